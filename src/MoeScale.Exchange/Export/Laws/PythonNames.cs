using System.Text;
using MoeScale.Formulas;

namespace MoeScale.Exchange.Export.Laws;

/// <summary>Identifiers for names of formulas, in ASCII: α is alpha, λ is lambda_, and no two names have the same.</summary>
/// <param name="taken">Identifiers that are given away already.</param>
internal sealed class PythonNames(IEnumerable<string> taken)
{
    // Keywords, and what written formulas call.
    private static readonly string[] Reserved =
    [
        .. (
            "False None True and as assert async await break class continue def del elif else except finally for from global if "
            + "import in is lambda nonlocal not or pass raise return try while with yield math abs min max"
        ).Split(' '),
    ];

    private readonly HashSet<string> _taken = [.. Reserved, .. taken];
    private readonly Dictionary<string, string> _given = [];

    /// <summary>The identifier of a name, always the same.</summary>
    public string this[string name]
    {
        get
        {
            if (!_given.TryGetValue(name, out string? identifier))
            {
                identifier = Spelt(name);
                while (!_taken.Add(identifier))
                {
                    identifier += "_";
                }
                _given.Add(name, identifier);
            }
            return identifier;
        }
    }

    private static string Spelt(string name)
    {
        StringBuilder spelt = new();
        foreach (char c in name)
        {
            _ = c switch
            {
                _ when char.IsAsciiLetterOrDigit(c) => spelt.Append(c),
                '\u0302' => spelt.Append("hat"),
                '\u0303' => spelt.Append("tilde"),
                '\u0304' => spelt.Append("bar"),
                _ when Names.EnglishOf(c) is string greek => spelt.Append(greek),
                _ when char.IsLetter(c) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.NonSpacingMark =>
                    spelt.Append(System.Globalization.CultureInfo.InvariantCulture, $"u{(int)c:x4}"),
                _ => spelt.Append('_'),
            };
        }
        return spelt.Length == 0 || char.IsAsciiDigit(spelt[0]) ? $"law_{spelt}" : spelt.ToString();
    }
}
