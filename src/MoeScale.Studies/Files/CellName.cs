using System.Security.Cryptography;
using System.Text;

namespace MoeScale.Studies.Files;

/// <summary>What a cell is called: by what its grid says of it, "d64-e8-s1", as a folder that every file system takes.</summary>
internal static class CellName
{
    // A file system takes 255 bytes, and files beside the folder have endings.
    private const int Longest = 200;
    private const int HashDigits = 12;

    // Of devices, on Windows.
    private static readonly string[] Reserved = ["con", "prn", "aux", "nul"];

    /// <param name="settings">Key and value, as the grid gives them.</param>
    public static string Of(IReadOnlyDictionary<string, string> settings) =>
        Safe(string.Join('-', settings.Select(s => Settings.NamePart(s.Key, s.Value)).Where(p => p.Length > 0)));

    /// <summary>A name as a folder: not too long, not ending in a dot, and no device.</summary>
    /// <param name="name">ASCII.</param>
    public static string Safe(string name)
    {
        if (name.Length > Longest)
        {
            string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..HashDigits];
            name = $"{name[..(Longest - HashDigits - 1)]}~{hash}";
        }
        name = name.EndsWith('.') ? $"{name[..^1]}~" : name;
        string stem = name.Split('.')[0].ToLowerInvariant();
        bool isDevice = Reserved.Contains(stem) || (stem.Length == 4 && stem[..3] is "com" or "lpt" && char.IsAsciiDigit(stem[3]));
        return name.Length == 0 ? "cell"
            : isDevice || name[0] == '.' ? $"cell-{name}"
            : name;
    }
}
