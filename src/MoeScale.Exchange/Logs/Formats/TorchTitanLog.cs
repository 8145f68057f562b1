using System.Globalization;
using System.Text.RegularExpressions;

namespace MoeScale.Exchange.Logs.Formats;

/// <summary>
/// The console of torchtitan, whose ranks may all print: the one that reports first is read. It says tokens a second and FLOPs of one
/// device, counting attention without the causal half, and leaving the input embedding out.
/// </summary>
internal sealed partial class TorchTitanLog : ILogFormat
{
    private static readonly Dictionary<string, (string Column, double Factor)> Fields = new()
    {
        ["loss"] = (Columns.Loss, 1),
        ["grad_norm"] = (Columns.GradientNorm, 1),
        ["tps"] = (Columns.DeviceTokensPerSecond, 1),
        ["tflops"] = (Columns.DeviceFlopsPerSecond, 1e12),
        ["mfu"] = (Columns.Mfu, 1),
        ["lr"] = (Columns.LearningRate, 1),
    };

    public string Name => "torchtitan";

    public string Title => "torchtitan console log";

    public bool Recognises(LogFile file) => LineScan.HasLine(file, line => Report().IsMatch(line));

    public IEnumerable<RunLog> Read(LogFile file)
    {
        RunLog run = new(file.Stem, Name) { Files = [file.Path] };
        string? rank = null;
        foreach (string line in file.Lines())
        {
            if (Report().Match(line) is { Success: true } report)
            {
                string own = Rank().Match(line).Groups["rank"].Value;
                rank ??= own;
                if (own != rank)
                {
                    run.Tell(new ImportNote.OneRank(rank));
                    continue;
                }
                double step = LineScan.Number(report.Groups["step"].Value)!.Value;
                if (report.Groups["validate"].Success)
                {
                    // It comes after the step's own report.
                    if (run.Steps.Count > 0 && run.Steps[^1] == step && Value(report, "loss") is double heldOut)
                    {
                        run.Set(Columns.ValidationLoss, heldOut);
                    }
                    continue;
                }
                run.At(step, LineScan.Time(Stamp().Match(line).Value));
                foreach (Match field in Field().Matches(line[report.Groups["fields"].Index..]))
                {
                    if (LineScan.Number(field.Groups["value"].Value) is double value)
                    {
                        (string column, double factor) = Fields.GetValueOrDefault(
                            field.Groups["name"].Value,
                            (MetricNames.Own(field.Groups["name"].Value), 1)
                        );
                        run.Set(column, value * factor);
                    }
                }
            }
            else
            {
                ReadStart(run, line);
            }
        }
        if (run.Steps.Count > 0)
        {
            yield return run;
        }
    }

    private static double? Value(Match report, string name) =>
        Field().Matches(report.Groups["fields"].Value).FirstOrDefault(f => f.Groups["name"].Value == name) is Match m
            ? LineScan.Number(m.Groups["value"].Value)
            : null;

    // "Trainer is initialized with local batch size 8, global batch size 64, gradient accumulation steps 1, sequence length 2048, total
    // steps 10".
    private static void ReadStart(RunLog run, string line)
    {
        foreach (Match fact in Start().Matches(line))
        {
            string value = fact.Groups["value"].Value.Replace(",", "", StringComparison.Ordinal);
            switch (fact.Groups["name"].Value)
            {
                case "global batch size":
                    run.Settings["global_batch_size"] = value;
                    break;
                case "sequence length":
                    run.Settings["seq_length"] = value;
                    break;
                default:
                    run.PlannedSteps = double.Parse(value, CultureInfo.InvariantCulture);
                    break;
            }
        }
        if (Size().Match(line) is { Success: true } size)
        {
            run.Settings[Columns.ParameterCount] = size.Groups["value"].Value.Replace(",", "", StringComparison.Ordinal);
        }
    }

    [GeneratedRegex(@"(?<validate>\bvalidate )?\bstep:\s*(?<step>\d[\d,]{0,18})\s+(?<fields>loss:.*)$")]
    private static partial Regex Report();

    [GeneratedRegex(@"(?<name>[A-Za-z_][\w/]*):\s*(?<value>[^\s(]+)")]
    private static partial Regex Field();

    [GeneratedRegex(@"\[rank(?<rank>\d+)\]")]
    private static partial Regex Rank();

    [GeneratedRegex(@"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:[.,]\d+)?")]
    private static partial Regex Stamp();

    [GeneratedRegex(@"\b(?<name>global batch size|sequence length|total steps)\s+(?<value>\d[\d,]{0,18})")]
    private static partial Regex Start();

    [GeneratedRegex(@"\bsize:\s*(?<value>\d[\d,]{0,25}) total parameters")]
    private static partial Regex Size();
}
