using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Training.Kernels.Vectors;
using MoeScale.Training.Recipes;

namespace MoeScale.Training.Runs;

/// <summary>Where a run stands, beside its weights and moments; state.json of a checkpoint.</summary>
/// <param name="Step">Steps made.</param>
/// <param name="Sequences">Read of the training data: the position in it.</param>
/// <param name="SmoothedLoss">Nats per token.</param>
/// <param name="LowestLoss">The lowest smoothed loss so far.</param>
/// <param name="Seconds">Spent in steps, over all times that the run was started.</param>
/// <param name="ThreadSeconds">The same, each second times the threads that it had.</param>
/// <param name="Vectors">The vector instructions it was computed with: others round otherwise.</param>
internal sealed record RunState(
    long Step,
    long Sequences,
    double SmoothedLoss,
    double LowestLoss,
    double Seconds,
    double ThreadSeconds,
    string Vectors
)
{
    public static string VectorsInUse => SimdPaths.Widest.ToString();

    public static RunState Begin { get; } = new(0, 0, 0, double.MaxValue, 0, 0, VectorsInUse);

    public void Write(string path) => TextFile.WriteWhole(path, JsonSerializer.Serialize(this, RunConfiguration.Json) + "\n");

    /// <exception cref="UserException">It cannot be read, or is no such file.</exception>
    public static RunState Read(string path)
    {
        string text = TextFile.Read(path);
        try
        {
            RunState? state = JsonText.Parse(text).Deserialize<RunState>(RunConfiguration.Json);
            return
                state
                    is {
                        Step: >= 0,
                        Sequences: >= 0,
                        SmoothedLoss: >= 0,
                        LowestLoss: >= 0,
                        Seconds: >= 0,
                        ThreadSeconds: >= 0,
                        Vectors: not null
                    }
                ? state
                : throw new JsonException();
        }
        catch (JsonException)
        {
            throw new UserException($"{path} is no state of a run, or is damaged. Remove the checkpoint to begin anew.");
        }
    }
}
