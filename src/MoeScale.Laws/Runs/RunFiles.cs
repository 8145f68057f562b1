using MoeScale.Basics;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Runs;

/// <summary>The files that a user means by files, folders, patterns and "-".</summary>
/// <param name="Paths">At least one; none twice.</param>
/// <param name="Notes">What was passed over.</param>
internal sealed record RunFiles(IReadOnlyList<string> Paths, IReadOnlyList<TableNote> Notes)
{
    private static readonly string[] Endings = [".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet"];

    /// <exception cref="UserException">A pattern or a folder has no table, or a file is given twice.</exception>
    public static RunFiles Of(IReadOnlyList<string> given)
    {
        List<string> paths = [];
        List<TableNote> notes = [];
        Dictionary<string, string> seen = new(StringComparer.Ordinal);
        foreach (
            string path in given.SelectMany(g => g != PlainFile.StandardInput && GivenFiles.IsPattern(g) ? GivenFiles.Matching(g) : [g])
        )
        {
            foreach (string file in Directory.Exists(path) ? InFolder(path, notes) : [path])
            {
                if (!seen.TryAdd(Real(file), file))
                {
                    throw new UserException(
                        $"{Shown(file)} is given twice{(seen[Real(file)] == file ? "" : $", also as {seen[Real(file)]}")}: its runs would "
                            + $"count twice. Leave one out."
                    );
                }
                paths.Add(file);
            }
        }
        return new RunFiles(paths, notes);
    }

    private static string Shown(string path) => path == PlainFile.StandardInput ? "standard input (-)" : path;

    // Behind links, too.
    private static string Real(string path)
    {
        if (path == PlainFile.StandardInput)
        {
            return path;
        }
        try
        {
            string full = Path.GetFullPath(path);
            return File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Whoever reads it will say why it cannot be read.
            return path;
        }
    }

    private static string[] InFolder(string folder, List<TableNote> notes)
    {
        IReadOnlyList<string> files;
        try
        {
            files = GivenFiles.In(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{folder} cannot be read: {TextFile.Reason(e)}.");
        }
        string[] tables = [.. files.Where(IsTable)];
        if (tables.Length == 0)
        {
            throw new UserException(
                $"{folder} is a folder without a table of runs: no file in it ends in {string.Join(", ", Endings)}, perhaps with .gz."
            );
        }
        if (files.Count > tables.Length)
        {
            notes.Add(new TableNote.FilesPassedOver(folder, files.Count - tables.Length, files.First(f => !tables.Contains(f))));
        }
        return tables;
    }

    private static bool IsTable(string path)
    {
        string name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        return Endings.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase)
            && (!name.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || IsList(path));
    }

    // Beside runs lie configurations, which are JSON too.
    private static bool IsList(string path)
    {
        try
        {
            using FileStream file = PlainFile.Open(path, "a file of runs");
            return UnpackedFile.Open(file, path).Peek().TrimStart("\uFEFF \t\r\n"u8) is [(byte)'[', ..];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or UserException)
        {
            // Whoever reads it will say why it cannot be read.
            return true;
        }
    }
}
