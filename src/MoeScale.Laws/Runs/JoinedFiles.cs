using MoeScale.Formulas;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Runs;

/// <summary>What to know of files that became one table: where they differ, and runs that stand in two of them.</summary>
internal static class JoinedFiles
{
    // As programs call the column that names a run.
    private static readonly string[] RunNames = ["run", "run_id", "run_name", "run name", "name", "id"];

    /// <param name="files">In their order.</param>
    /// <param name="columns">Of all of them.</param>
    /// <param name="lines">Of each row.</param>
    /// <param name="fileOf">For each row the index of its file.</param>
    public static IEnumerable<TableNote> Notes(
        IReadOnlyList<TableFile> files,
        IReadOnlyList<RunColumn> columns,
        IReadOnlyList<int> lines,
        IReadOnlyList<int> fileOf
    )
    {
        if (files.Count == 1)
        {
            yield break;
        }
        foreach (TableFile file in files)
        {
            HashSet<string> own = [.. file.Columns.Select(Names.Canonical)];
            string[] lacking = [.. columns.Select(c => c.Name).Where(n => !own.Contains(Names.Canonical(n)))];
            if (lacking.Length > 0)
            {
                yield return new TableNote.ColumnsLacking(file.Path, lacking);
            }
        }
        if (columns.FirstOrDefault(c => RunNames.Contains(c.Name, StringComparer.OrdinalIgnoreCase)) is RunColumn name)
        {
            Dictionary<string, int> first = new(StringComparer.Ordinal);
            Dictionary<string, int> again = new(StringComparer.Ordinal);
            for (int row = 0; row < fileOf.Count; row++)
            {
                string run = name.Text(row);
                // Many rows of one run in one file are its points.
                if (run.Length > 0 && !first.TryAdd(run, row) && fileOf[first[run]] != fileOf[row])
                {
                    again.TryAdd(run, row);
                }
            }
            if (again.Count > 0)
            {
                (string run, int second) = again.MinBy(a => a.Value);
                string Place(int row) => $"{files[fileOf[row]].Path}:{lines[row]}";
                yield return new TableNote.RunInTwoFiles(name.Name, run, Place(first[run]), Place(second), again.Count);
            }
        }
    }
}
