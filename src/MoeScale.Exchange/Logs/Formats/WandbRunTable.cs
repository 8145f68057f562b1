namespace MoeScale.Exchange.Logs.Formats;

/// <summary>
/// The table of runs that W&amp;B exports: a row a run, its configuration and last metrics. Names and order of columns differ between the
/// exports of one project, cells are empty where a run has none, and runs that crashed stand among the others.
/// </summary>
internal sealed class WandbRunTable : ILogFormat
{
    private static readonly Dictionary<string, RunEnd> States = new(StringComparer.OrdinalIgnoreCase)
    {
        ["finished"] = RunEnd.Finished,
        ["running"] = RunEnd.Unfinished,
        ["crashed"] = RunEnd.Unfinished,
        ["failed"] = RunEnd.Unfinished,
        ["killed"] = RunEnd.Unfinished,
    };

    public string Name => "wandb-table";

    public string Title => "table of runs of W&B";

    public bool Recognises(LogFile file) => CsvLog.Header(file) is ["Name", _, ..];

    public IEnumerable<RunLog> Read(LogFile file)
    {
        string[]? header = null;
        HashSet<string> names = [];
        foreach (string[] row in CsvLog.Rows(file))
        {
            if (header is null)
            {
                header = row;
                continue;
            }
            string own = row[0].Length > 0 ? row[0] : $"row {names.Count + 1}";
            string name = own;
            for (int n = 2; !names.Add(name); n++)
            {
                // W&B numbers runs, and their names need not differ.
                name = $"{own} ({n})";
            }
            RunLog run = new(name, Name) { Files = [file.Path] };
            run.At(0);
            for (int i = 1; i < row.Length; i++)
            {
                if (row[i].Length == 0)
                {
                    continue;
                }
                if (header[i] == "State" && States.TryGetValue(row[i], out RunEnd end))
                {
                    run.End = end;
                }
                // A suffix belongs to words here: "1B" is a name, not a number.
                if (Number(row[i]) is double value)
                {
                    run.SetNamed(header[i], value);
                }
                else
                {
                    run.Texts[MetricNames.Own(header[i])] = row[i];
                }
            }
            Losses.Take(run, header.Skip(1));
            yield return run;
        }
    }

    // A suffix belongs to words here: "1B" is a name, not a number.
    private static double? Number(string cell) =>
        cell is "NaN" or "Infinity" || !char.IsAsciiLetter(cell[^1]) ? LineScan.Number(cell) : null;
}
