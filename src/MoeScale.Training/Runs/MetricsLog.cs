using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Training.Logs;

namespace MoeScale.Training.Runs;

/// <summary>metrics.jsonl: a line for each step.</summary>
internal sealed class MetricsLog : IDisposable
{
    private readonly StepLog _log;

    private MetricsLog(StepLog log) => _log = log;

    /// <summary>Opens it behind the line of a step; one of step 0 is empty.</summary>
    /// <exception cref="UserException">It cannot be opened.</exception>
    public static MetricsLog Open(string path, long step) => new(StepLog.Open(path, step));

    /// <exception cref="UserException">It cannot be written.</exception>
    public void Write(StepReport step, double? heldOutLoss)
    {
        Utf8JsonWriter json = _log.Begin(step.Step);
        json.WriteNumber("tokens", step.Tokens);
        json.WriteNumber("loss", step.Loss);
        json.WriteNumber("smoothed_loss", step.SmoothedLoss);
        json.WriteNumber("learning_rate", step.Rate);
        json.WriteNumber("gradient_norm", step.GradientNorm);
        json.WriteNumber("tokens_per_second", Math.Round(step.TokensPerSecond));
        if (heldOutLoss is double heldOut)
        {
            json.WriteNumber("held_out_loss", heldOut);
        }
        _log.End();
    }

    /// <inheritdoc cref="StepLog.Flush"/>
    public void Flush(bool toDisk) => _log.Flush(toDisk);

    public void Dispose() => _log.Dispose();
}
