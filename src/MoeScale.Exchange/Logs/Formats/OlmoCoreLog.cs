using System.Text.RegularExpressions;

namespace MoeScale.Exchange.Logs.Formats;

/// <summary>The console of OLMo-core: a line that begins a report, and its metrics on the indented lines that follow.</summary>
internal sealed partial class OlmoCoreLog : ILogFormat
{
    public string Name => "olmo-core";

    public string Title => "OLMo-core console log";

    public bool Recognises(LogFile file) => LineScan.HasLine(file, line => Report().IsMatch(line));

    public IEnumerable<RunLog> Read(LogFile file)
    {
        RunLog run = new(file.Stem, Name) { Files = [file.Path] };
        bool inReport = false;
        foreach (string line in file.Lines())
        {
            if (Report().Match(line) is { Success: true } report)
            {
                run.At(LineScan.Number(report.Groups["step"].Value)!.Value, LineScan.Time(Stamp().Match(line).Value));
                run.PlannedSteps = LineScan.Number(report.Groups["of"].Value);
                inReport = true;
            }
            else if (inReport && Metric().Match(line) is { Success: true } metric)
            {
                string text = metric.Groups["value"].Value;
                if (LineScan.Number(text) is double value)
                {
                    // "12.3%" is a share already.
                    string name = metric.Groups["name"].Value;
                    run.SetNamed(name, text.EndsWith('%') ? value / MetricNames.Of(name).Factor : value);
                    if ("KMBT".Contains(text[^1], StringComparison.Ordinal))
                    {
                        run.Tell(new ImportNote.Rounded(MetricNames.Of(name).Column));
                    }
                }
            }
            else
            {
                inReport = false;
            }
        }
        if (run.Steps.Count > 0)
        {
            yield return run;
        }
    }

    [GeneratedRegex(@"\[step=(?<step>\d[\d,]{0,18})/(?<of>\d[\d,]{0,18}),")]
    private static partial Regex Report();

    [GeneratedRegex(@"^\s+(?<name>\S[^=]*)=(?<value>\S+)\s*$")]
    private static partial Regex Metric();

    [GeneratedRegex(@"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?")]
    private static partial Regex Stamp();
}
