namespace MoeScale.Exchange.Logs.Formats;

/// <summary>
/// The history of one run that W&amp;B exports: a row a step, with gaps where a metric was logged at other steps. Some
/// have no "_step"; then rows are counted.
/// </summary>
internal sealed class WandbHistory : ILogFormat
{
    public string Name => "wandb-history";

    public string Title => "history of a run of W&B";

    public bool Recognises(LogFile file)
    {
        IReadOnlyList<string> header = CsvLog.Header(file);
        return header.Contains("_step")
            || header.Contains("_runtime")
            || header.Any(h => h.StartsWith("throughput/", StringComparison.Ordinal));
    }

    public IEnumerable<RunLog> Read(LogFile file)
    {
        RunLog run = new(file.Stem, Name) { Files = [file.Path] };
        string[]? header = null;
        int step = -1;
        long rows = 0;
        foreach (string[] row in CsvLog.Rows(file))
        {
            if (header is null)
            {
                header = row;
                step = Array.IndexOf(header, "_step");
                continue;
            }
            rows++;
            double at = step < 0 ? rows : LineScan.Number(row[step]) ?? double.NaN;
            if (!(at is >= 0 and <= 1e15))
            {
                continue;
            }
            run.At(at);
            for (int i = 0; i < row.Length; i++)
            {
                if (i != step && row[i].Length > 0 && LineScan.Number(row[i]) is double value)
                {
                    run.SetNamed(header[i], value);
                }
            }
        }
        if (run.Steps.Count > 0)
        {
            Losses.Take(run, header!);
            yield return run;
        }
    }
}
