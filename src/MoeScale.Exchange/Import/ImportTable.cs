using MoeScale.Basics;
using MoeScale.Exchange.Logs;

namespace MoeScale.Exchange.Import;

/// <summary>Imported runs as a table that a fit reads: a row a run, or a row a report.</summary>
public static class ImportTable
{
    // What a reader looks at first; the rest follows as it comes.
    private static readonly string[] First =
    [
        Columns.Loss,
        Columns.ValidationLoss,
        Columns.Tokens,
        Columns.TrainFlops,
        "steps",
        Columns.BatchTokens,
        Columns.LearningRate,
        Columns.Seconds,
        Columns.TokensPerSecond,
        Columns.Mfu,
        "devices",
    ];

    /// <summary>CSV with "run", "format" and "end" before the numbers; a cell is empty where a run has no such number.</summary>
    /// <param name="runs">In their order.</param>
    /// <param name="withPoints">A row for each report instead of each run.</param>
    public static string Csv(IReadOnlyList<ImportedRun> runs, bool withPoints)
    {
        IEnumerable<string> all = runs.SelectMany(r => r.Points.Count > 0 && withPoints ? r.Points.SelectMany(p => p.Keys) : r.Numbers.Keys)
            .Distinct();
        string[] numbers = [.. First.Where(all.Contains), .. all.Except(First)];
        string[] texts = [.. runs.SelectMany(r => r.Log.Texts.Keys).Distinct().Except(numbers)];
        CsvText csv = new(["run", "format", "end", .. numbers, .. texts]);
        foreach (ImportedRun run in runs)
        {
            foreach (IReadOnlyDictionary<string, double> row in withPoints ? run.Points : [run.Numbers])
            {
                csv.Row([
                    run.Name,
                    run.Log.Format,
                    run.End.ToString().ToLowerInvariant(),
                    .. numbers.Select(n => row.TryGetValue(n, out double value) ? Cell(value) : ""),
                    .. texts.Select(t => run.Log.Texts.GetValueOrDefault(t, "")),
                ]);
            }
        }
        return csv.ToString();
    }

    // A reader takes an empty cell for a number that is missing, and "inf" for no number at all.
    private static string Cell(double value) => double.IsFinite(value) ? CsvText.Number(value) : "";
}
