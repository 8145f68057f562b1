namespace MoeScale.Laws.Runs;

/// <summary>One of the files that a table was read from.</summary>
/// <param name="Path">As the user gave it, or found in a folder.</param>
/// <param name="Columns">Its columns, in its order.</param>
/// <param name="HasLines">Whether its rows stand on lines, not only behind each other.</param>
public sealed record TableFile(string Path, IReadOnlyList<string> Columns, bool HasLines)
{
    /// <summary>"a.csv and b.csv", "a.csv and 4 more files".</summary>
    internal static string Names(IReadOnlyList<string> paths) =>
        paths.Count switch
        {
            1 => paths[0],
            2 => $"{paths[0]} and {paths[1]}",
            _ => $"{paths[0]} and {paths.Count - 1} more files",
        };
}
