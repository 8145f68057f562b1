using System.Text.Json;
using MoeScale.Basics;

namespace MoeScale.Exchange.Logs.Formats;

/// <summary>
/// trainer_state.json of the Trainer of Transformers. It stands in each checkpoint's folder: the newest holds all that the older ones do.
/// Its FLOPs count all experts of a model.
/// </summary>
internal sealed class TrainerState : ILogFormat
{
    public string Name => "transformers";

    public string Title => "trainer_state.json of Transformers";

    public bool FolderIsOneRun => true;

    public bool Recognises(LogFile file) =>
        JsonLog.BeginsWithKey(file, "log_history") || (file.Name == "trainer_state.json" && file.Head.TrimStart().StartsWith('{'));

    public IEnumerable<RunLog> Read(LogFile file)
    {
        JsonElement root = JsonLog.Parse(file);
        if (JsonLog.Get(root, "log_history") is not { ValueKind: JsonValueKind.Array } history)
        {
            throw new UserException($"{file.Path} has no list 'log_history', in which the Trainer of Transformers keeps its reports.");
        }
        RunLog run = new(
            file.FolderName is { Length: > 0 } folder && !folder.StartsWith("checkpoint-", StringComparison.Ordinal) ? folder : RunOf(file),
            Name
        )
        {
            Files = [file.Path],
        };
        foreach (JsonElement entry in history.EnumerateArray())
        {
            if (JsonLog.Get(entry, "step") is JsonElement at && JsonLog.Number(at) is double step and >= 0 and <= 1e15)
            {
                run.At(step);
                foreach (JsonProperty property in entry.EnumerateObject().Where(p => p.Name != "step"))
                {
                    if (JsonLog.Number(property.Value) is double value)
                    {
                        // Of the last entry: the mean over the whole run, not a report.
                        run.SetNamed(property.Name == "train_loss" ? "mean_train_loss" : property.Name, value);
                    }
                }
            }
        }
        run.PlannedSteps = JsonLog.Get(root, "max_steps") is JsonElement most ? JsonLog.Number(most) : null;
        if (run.Column(Columns.TrainFlops) is not null)
        {
            run.Tell(new ImportNote.AllExpertsCounted(Columns.TrainFlops));
        }
        if (run.Steps.Count > 0)
        {
            yield return run;
        }
    }

    // ".../my-run/checkpoint-500/trainer_state.json".
    private static string RunOf(LogFile file) =>
        Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(file.Path)))) is { Length: > 0 } run
            ? run
            : file.Stem;
}
