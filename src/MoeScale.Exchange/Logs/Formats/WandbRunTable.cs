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
        (string Column, double Factor)[] shared = [];
        ImportNote[] units = [];
        HashSet<string> names = [];
        foreach (string[] row in CsvLog.Rows(file))
        {
            if (header is null)
            {
                header = row;
                shared = [.. header.Select(MetricNames.Of)];
                units =
                [
                    .. header
                        .Index()
                        .Where(h => shared[h.Index].Factor != 1)
                        .Select(h => new ImportNote.Unit(h.Item, shared[h.Index].Column, shared[h.Index].Factor)),
                ];
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
            foreach (ImportNote unit in units)
            {
                run.Tell(unit);
            }
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
                if (!char.IsAsciiLetter(row[i][^1]) && LineScan.Number(row[i]) is double value || row[i] is "NaN" or "Infinity")
                {
                    run.Set(
                        shared[i].Column,
                        row[i] == "NaN" ? double.NaN
                            : row[i] == "Infinity" ? double.PositiveInfinity
                            : LineScan.Number(row[i])!.Value * shared[i].Factor
                    );
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
}
