using System.Text.Json;
using MoeScale.Basics;

namespace MoeScale.Exchange.Logs.Formats;

/// <summary>
/// Results of lm-evaluation-harness: a score for each task and metric, with the filter after a comma ("acc,none"); older files have no
/// filter. A group of tasks stands beside its parts, under its own name.
/// </summary>
internal sealed class LmEvalResults : ILogFormat
{
    public string Name => "lm-eval";

    public string Title => "results of lm-evaluation-harness";

    public bool Recognises(LogFile file) =>
        JsonLog.BeginsWithKey(file, "results")
        && (
            file.Head.Contains("\"acc", StringComparison.Ordinal)
            || file.Head.Contains("_stderr", StringComparison.Ordinal)
            || file.Name.StartsWith("results", StringComparison.Ordinal)
        );

    public IEnumerable<RunLog> Read(LogFile file)
    {
        JsonElement root = JsonLog.Parse(file);
        if (JsonLog.Get(root, "results") is not { ValueKind: JsonValueKind.Object } results)
        {
            throw new UserException($"{file.Path} has no object 'results', in which lm-evaluation-harness keeps its scores.");
        }
        RunLog run = new(JsonLog.Get(root, "model_name") is { ValueKind: JsonValueKind.String } name ? name.GetString()! : file.Stem, Name)
        {
            Files = [file.Path],
            End = RunEnd.Finished,
        };
        run.At(0);
        foreach (JsonProperty task in results.EnumerateObject().Where(t => t.Value.ValueKind == JsonValueKind.Object))
        {
            foreach (JsonProperty metric in task.Value.EnumerateObject().Where(m => m.Name != "sample_len"))
            {
                if (metric.Value.ValueKind == JsonValueKind.Number)
                {
                    string filter = metric.Name.EndsWith(",none", StringComparison.Ordinal) ? metric.Name[..^",none".Length] : metric.Name;
                    run.Set(MetricNames.Own($"{task.Name}_{filter}"), metric.Value.GetDouble());
                }
            }
        }
        if (run.Columns.Count > 0)
        {
            yield return run;
        }
    }
}
