using MoeScale.Basics;

namespace MoeScale.Studies.Folders;

/// <summary>What a program printed into a file.</summary>
internal static class TrainerLog
{
    private const int TailBytes = 8192;
    private const string Ours = "moescale: ";

    /// <summary>The last line of a log that says something; null where there is none.</summary>
    public static string? LastLine(string path)
    {
        // A bar of progress is drawn over itself behind a carriage return.
        string? line = TextFile
            .Tail(path, TailBytes)
            ?.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .LastOrDefault();
        return line?.StartsWith(Ours, StringComparison.Ordinal) == true ? line[Ours.Length..] : line;
    }
}
