using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Laws.Warnings;

namespace MoeScale.Reporting;

/// <summary>What is said of tables of runs.</summary>
public static class TableWords
{
    private const int MaxListed = 5;

    /// <summary>A note on a table: a sentence without full stop.</summary>
    public static Phrase Of(TableNote note) =>
        note switch
        {
            TableNote.ColumnsLacking n => (Phrase)$"{n.File} lacks {Listed(n.Lacks)}, which other files have; its rows have no value there",
            TableNote.ColumnsPassedOver n =>
                $"{Listed(n.Columns)} of {n.File} {(n.Columns.Count == 1 ? "is" : "are")} passed over: a cell there is no single number, "
                    + $"text or time",
            TableNote.FilesPassedOver n =>
                $"{Plural.Of(n.Files, "file")} in {n.Folder} {(n.Files == 1 ? "is" : "are")} passed over as no table of runs, such as "
                    + $"{n.First}",
            TableNote.RunInTwoFiles n =>
                $"{(n.Runs == 1 ? "a run stands" : $"{n.Runs} runs stand")} in more than one file: {n.Column} '{n.Run}' is at {n.First} "
                    + $"and at {n.Second}; a run that counts twice makes intervals too narrow, and {FitSettings.Where} leaves rows out",
            _ => throw new ArgumentOutOfRangeException(nameof(note)),
        };

    private static string Listed(IReadOnlyList<string> columns) =>
        $"{(columns.Count == 1 ? "the column" : "the columns")} {string.Join(", ", columns.Take(MaxListed))}"
        + (columns.Count > MaxListed ? $" and {columns.Count - MaxListed} more" : "");
}
