using System.Text.Json;
using MoeScale.Basics;

namespace MoeScale.Exchange.Logs.Formats;

/// <summary>
/// metrics.jsonl of a run that this program trained, with the result.json beside it; its model is the model.yaml beside it.
/// </summary>
internal sealed class OwnRun : ILogFormat
{
    public string Name => "moescale";

    public string Title => "folder of a run of this program";

    public bool Recognises(LogFile file) =>
        file.Name.EndsWith(".jsonl", StringComparison.Ordinal)
        && JsonLog.BeginsWithKey(file, "smoothed_loss")
        && file.Head.Contains("\"step\"", StringComparison.Ordinal);

    public IEnumerable<RunLog> Read(LogFile file)
    {
        RunLog run = new(file.FolderName, Name) { Files = [file.Path], End = RunEnd.Unfinished };
        int number = 0;
        foreach (string line in file.Lines())
        {
            number++;
            if (line.Length == 0)
            {
                continue;
            }
            JsonElement report;
            try
            {
                report = JsonText.Parse(line);
            }
            catch (JsonException)
            {
                // A run that was killed may have left half a line.
                run.Tell(new ImportNote.Damaged(file.Path, number));
                continue;
            }
            if (JsonLog.Get(report, "step") is JsonElement at && JsonLog.Number(at) is double step and >= 0)
            {
                run.At(step);
                foreach (JsonProperty property in report.EnumerateObject().Where(p => p.Name != "step"))
                {
                    if (JsonLog.Number(property.Value) is double value)
                    {
                        run.Set(
                            property.Name == "held_out_loss" ? Columns.ValidationLoss
                                : property.Name == "gradient_norm" ? Columns.GradientNorm
                                : property.Name,
                            value
                        );
                    }
                }
            }
        }
        if (run.Steps.Count == 0)
        {
            yield break;
        }
        LogFile result = new(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file.Path))!, "result.json"));
        if (File.Exists(result.Path))
        {
            run.End = RunEnd.Finished;
            JsonElement told = JsonLog.Parse(result);
            if (
                JsonLog.Get(told, "held_out") is { ValueKind: JsonValueKind.True }
                && JsonLog.Get(told, "loss") is JsonElement loss
                && JsonLog.Number(loss) is double heldOut
            )
            {
                run.Set(Columns.ValidationLoss, heldOut);
            }
        }
        yield return run;
    }
}
