namespace MoeScale.Exchange.Logs.Formats;

/// <summary>
/// What W&amp;B exports of a chart: three columns a run, "RUN - METRIC" and its __MIN and __MAX, thinned to about 500 points.
/// </summary>
internal sealed class WandbChart : ILogFormat
{
    private const string Between = " - ";

    public string Name => "wandb-chart";

    public string Title => "chart of W&B";

    public bool Recognises(LogFile file) => IsHeader(CsvLog.Header(file));

    /// <summary>Whether a table of these columns is a chart.</summary>
    public static bool IsHeader(IReadOnlyList<string> columns) =>
        columns is [_, string first, string low, ..] && first.Contains(Between, StringComparison.Ordinal) && low == $"{first}__MIN";

    /// <summary>The columns that are curves, not their lower and upper ends.</summary>
    public static IEnumerable<string> Curves(IReadOnlyList<string> columns) => columns.Skip(1).Where(IsCurve);

    private static bool IsCurve(string column) =>
        column.Contains(Between, StringComparison.Ordinal)
        && !column.EndsWith("__MIN", StringComparison.Ordinal)
        && !column.EndsWith("__MAX", StringComparison.Ordinal);

    public IEnumerable<RunLog> Read(LogFile file)
    {
        string[]? header = null;
        Dictionary<int, (RunLog Run, string Metric)> curves = [];
        foreach (string[] row in CsvLog.Rows(file))
        {
            if (header is null)
            {
                header = row;
                curves = RunsOf(header, file);
                continue;
            }
            if (LineScan.Number(row[0]) is not double step || !(step is >= 0 and <= 1e15))
            {
                continue;
            }
            foreach ((int i, (RunLog run, string metric)) in curves)
            {
                if (row[i].Length > 0 && LineScan.Number(row[i]) is double value)
                {
                    run.At(step);
                    run.SetNamed(metric, value);
                }
            }
        }
        foreach (RunLog run in curves.Values.Select(c => c.Run).Distinct().Where(r => r.Steps.Count > 0))
        {
            run.Tell(new ImportNote.Thinned(run.Steps.Count));
            yield return run;
        }
    }

    private static Dictionary<int, (RunLog Run, string Metric)> RunsOf(string[] header, LogFile file)
    {
        Dictionary<string, RunLog> runs = [];
        Dictionary<int, (RunLog Run, string Metric)> curves = [];
        for (int i = 1; i < header.Length; i++)
        {
            if (!IsCurve(header[i]))
            {
                continue;
            }
            int end = header[i].LastIndexOf(Between, StringComparison.Ordinal);
            string name = header[i][..end];
            if (!runs.TryGetValue(name, out RunLog? run))
            {
                runs.Add(name, run = new RunLog(name, "wandb-chart") { Files = [file.Path] });
            }
            curves.Add(i, (run, header[i][(end + Between.Length)..]));
        }
        return curves;
    }
}
