using System.Globalization;
using System.Text.RegularExpressions;

namespace MoeScale.Exchange.Logs.Formats;

/// <summary>
/// The console of Megatron-LM: a line for each report whose fields come and go with its options, held-out losses on lines of their own,
/// and, at the start, every argument. The last rank prints; what launchers put before a line is passed over.
/// </summary>
internal sealed partial class MegatronLog : ILogFormat
{
    private static readonly Dictionary<string, (string Column, double Factor)> Fields = new()
    {
        ["consumed samples"] = (Columns.Samples, 1),
        ["elapsed time per iteration (ms)"] = (Columns.StepSeconds, 1e-3),
        ["throughput per GPU (TFLOP/s/GPU)"] = (Columns.DeviceFlopsPerSecond, 1e12),
        ["learning rate"] = (Columns.LearningRate, 1),
        ["global batch size"] = (Columns.BatchSamples, 1),
        // The mean since the last line.
        ["lm loss"] = (Columns.Loss, 1),
        ["grad norm"] = (Columns.GradientNorm, 1),
        ["number of skipped iterations"] = (Columns.SkippedSteps, 1),
        ["number of nan iterations"] = (Columns.NanSteps, 1),
    };

    // Where it stops early, by a signal, an interval or an error, it leaves before it prints this. The last steps may have no report.
    private const string Done = "[after training is done]";

    public string Name => "megatron";

    public string Title => "Megatron-LM console log";

    public bool Recognises(LogFile file) =>
        LineScan.HasLine(file, line => Report().IsMatch(line) && line.Contains("consumed samples:", StringComparison.Ordinal));

    public IEnumerable<RunLog> Read(LogFile file)
    {
        List<RunLog> runs = [];
        Dictionary<string, string> arguments = [];
        foreach (string line in file.Lines())
        {
            if (Report().Match(line) is { Success: true } report)
            {
                double step = double.Parse(report.Groups["step"].Value, CultureInfo.InvariantCulture);
                double planned = double.Parse(report.Groups["of"].Value, CultureInfo.InvariantCulture);
                string fields = line[(report.Index + report.Length)..];
                if (runs.Count == 0 || IsOther(runs[^1], step, planned, fields))
                {
                    string name = runs.Count == 0 ? file.Stem : $"{file.Stem} ({runs.Count + 1})";
                    runs.Add(new RunLog(name, Name) { Files = [file.Path] });
                }
                RunLog run = runs[^1];
                run.At(step, LineScan.Time(report.Groups["time"].Value));
                run.PlannedSteps = planned;
                foreach (string field in fields.Split('|'))
                {
                    Set(run, field);
                }
                // Printed before the first report, and again at each restart.
                foreach ((string name, string value) in arguments)
                {
                    run.Settings[name] = value;
                }
                arguments.Clear();
            }
            else if (Validation().Match(line) is { Success: true } held)
            {
                if (runs.Count > 0 && LineScan.Number(held.Groups["loss"].Value) is double loss)
                {
                    runs[^1].Set(held.Groups["set"].Value == "test" ? "test_loss" : Columns.ValidationLoss, loss);
                }
            }
            else if (runs.Count > 0 && line.Contains(Done, StringComparison.Ordinal))
            {
                runs[^1].End = RunEnd.Finished;
            }
            else if (Vocabulary().Match(line) is { Success: true } vocabulary)
            {
                arguments["padded_vocab_size"] = vocabulary.Groups["size"].Value;
            }
            else if (Argument().Match(line) is { Success: true } argument)
            {
                arguments[argument.Groups["name"].Value] = argument.Groups["value"].Value.Trim();
            }
        }
        return runs;
    }

    // A restart has as many planned steps as before, or goes on with the same batch; logs of several runs in one file do neither.
    private static bool IsOther(RunLog run, double step, double planned, string fields) =>
        run.PlannedSteps != planned && (step <= run.Steps[^1] || Batch(fields) != run.Last(Columns.BatchSamples));

    private static double? Batch(string fields) =>
        fields.Split('|').FirstOrDefault(f => f.Trim().StartsWith("global batch size:", StringComparison.Ordinal)) is string field
            ? LineScan.Number(field.AsSpan(field.IndexOf(':', StringComparison.Ordinal) + 1))
            : null;

    private static void Set(RunLog run, string field)
    {
        int colon = field.LastIndexOf(':');
        if (colon > 0 && LineScan.Number(field.AsSpan(colon + 1)) is double value)
        {
            string name = field[..colon].Trim();
            (string column, double factor) = Fields.GetValueOrDefault(name, (MetricNames.Own(name), 1));
            run.Set(column, value * factor);
        }
    }

    [GeneratedRegex(
        @"(?:\[(?<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?)\]\s*)?\biteration\s+(?<step>\d{1,15})\s*/\s*(?<of>\d{1,15})\s*\|"
    )]
    private static partial Regex Report();

    [GeneratedRegex(@"\bvalidation loss at iteration \d+(?: on (?<set>\w+) set)?\s*\|.*?\blm loss value:\s*(?<loss>\S+)")]
    private static partial Regex Validation();

    // " > padded vocab (size: 50257) with 47 dummy tokens (new size: 50304)".
    [GeneratedRegex(@"> padded vocab \(size: \d+\).*\(new size: (?<size>\d+)\)")]
    private static partial Regex Vocabulary();

    [GeneratedRegex(@"(?:^|\s)(?<name>[a-z][a-z0-9_]*) \.{2,} (?<value>.*)$")]
    private static partial Regex Argument();
}
