using System.Diagnostics;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Data;
using MoeScale.Training.Diagnostics;
using MoeScale.Training.Recipes;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Runs;

/// <summary>How a run, or a part of it, ended.</summary>
public enum RunEnd
{
    /// <summary>At its last token, or where it was to pause.</summary>
    Reached,

    /// <summary>Asked to, with a checkpoint.</summary>
    Stopped,

    /// <summary>The loss or the gradient is no number, or the loss explodes.</summary>
    Diverged,
}

/// <summary>
/// A run in its folder. It goes on from the last checkpoint, and ends with the same bits as if it had never been stopped.
/// </summary>
public sealed class TrainingRun : IDisposable
{
    /// <summary>Held-out tokens that are scored while it runs.</summary>
    public const long ScoredOnTheWay = 1 << 15;

    private readonly RunFolder _folder;
    private readonly TrainingData _data;
    private readonly CheckpointRule _rule;
    private readonly MetricsLog _metrics;
    private readonly RoutingRecord? _routing;
    private long _savedStep;
    private long _savedAt = Stopwatch.GetTimestamp();
    private long _shownAt;

    /// <summary>Opens it at its last checkpoint, or at the beginning.</summary>
    /// <param name="folder">In which the run has begun: <see cref="RunFolder.Begin"/>.</param>
    /// <param name="model">Its model.</param>
    /// <param name="configuration">Its configuration.</param>
    /// <param name="data">Its data.</param>
    /// <param name="threads">To work with; the bits do not depend on them.</param>
    /// <param name="rule">When checkpoints are written.</param>
    /// <exception cref="UserException">A file cannot be read or written, or is of another model.</exception>
    public TrainingRun(RunFolder folder, Model model, RunConfiguration configuration, TrainingData data, int threads, CheckpointRule rule)
    {
        _folder = folder;
        _data = data;
        _rule = rule;
        Trainer = new Trainer(model, configuration, data, threads);
        try
        {
            Checkpoint.Clean(folder.CheckpointPath);
            if (Checkpoint.Exists(folder.CheckpointPath))
            {
                Checkpoint.Read(folder.CheckpointPath, Trainer);
                IsResumed = true;
                HasOtherVectors = Trainer.State.Vectors != RunState.VectorsInUse;
            }
            _savedStep = Trainer.State.Step;
            _metrics = MetricsLog.Open(folder.MetricsPath, Trainer.State.Step);
            _routing = RoutingRecord.Open(
                folder.RoutingPath,
                folder.ChoicesPath,
                Trainer.Model,
                data.HeldOut,
                Trainer.State.Step,
                Trainer.Tokens,
                configuration.Sequences * configuration.Context
            );
        }
        catch
        {
            _metrics?.Dispose();
            Trainer.Dispose();
            throw;
        }
    }

    public Trainer Trainer { get; }

    /// <summary>Of its routers in the last steps; null where the model is dense.</summary>
    public RouterHealth? RouterHealth => _routing?.Health;

    /// <summary>Steps made.</summary>
    public long Steps => Trainer.State.Step;

    /// <summary>The step of the last checkpoint; 0 where there is none.</summary>
    public long SavedStep => _savedStep;

    /// <summary>Whether it began at a checkpoint.</summary>
    public bool IsResumed { get; }

    /// <summary>
    /// Whether the checkpoint was computed with other vector instructions, so that the bits may differ from those of a run that stayed on
    /// one machine.
    /// </summary>
    public bool HasOtherVectors { get; }

    /// <summary>Makes steps.</summary>
    /// <param name="upTo">The last step ends at or before so many tokens.</param>
    /// <param name="progress">Is told of each step.</param>
    /// <param name="stop">Ends it with a checkpoint.</param>
    /// <exception cref="UserException">Something cannot be written; the last checkpoint is kept.</exception>
    public RunEnd RunUntil(double upTo, Action<StepReport>? progress = null, CancellationToken stop = default)
    {
        while (!Trainer.IsDone && !Trainer.WouldPass(upTo))
        {
            if (stop.IsCancellationRequested)
            {
                Save();
                return RunEnd.Stopped;
            }
            long before = Trainer.Tokens;
            if (Trainer.Step() is not StepReport step)
            {
                Flush();
                return RunEnd.Diverged;
            }
            double every = Trainer.Configuration.HeldOutEvery;
            bool isScored = every > 0 && Math.Floor(step.Tokens / every) > Math.Floor(before / every) && !Trainer.IsDone;
            _metrics.Write(step, isScored ? Trainer.HeldOutLoss(ScoredOnTheWay) : null);
            _routing?.Add(step.Step, before, step.Tokens);
            progress?.Invoke(step);
            if (IsDue(step.Step))
            {
                Save();
            }
        }
        return RunEnd.Reached;
    }

    /// <summary>Scores what is held out and writes the weights and the result, which come last; the checkpoint goes.</summary>
    /// <exception cref="UserException">Something cannot be written; a checkpoint is kept.</exception>
    public RunResult Finish()
    {
        RunResult result = RunResult.Of(Trainer, _data) with { RouterWarnings = RouterHealth?.Findings().Count };
        Flush(toDisk: true);
        WeightsFile.Write(_folder.WeightsPath, Trainer.Model, new Dictionary<string, string> { ["format"] = "pt" }, WeightsFile.Weights);
        TextFile.WriteWhole(_folder.ResultPath, result.ToJson());
        Checkpoint.Delete(_folder.CheckpointPath);
        return result;
    }

    /// <summary>Writes a checkpoint.</summary>
    public void Save()
    {
        Flush(toDisk: true);
        if (_savedStep != Trainer.State.Step || !Checkpoint.Exists(_folder.CheckpointPath))
        {
            Checkpoint.Write(_folder.CheckpointPath, Trainer);
        }
        _savedStep = Trainer.State.Step;
        _savedAt = Stopwatch.GetTimestamp();
    }

    public void Dispose()
    {
        _metrics.Dispose();
        _routing?.Dispose();
        Trainer.Dispose();
    }

    private void Flush(bool toDisk = false)
    {
        _metrics.Flush(toDisk);
        _routing?.Flush(toDisk);
    }

    private bool IsDue(long step)
    {
        if (Stopwatch.GetElapsedTime(_shownAt).TotalSeconds > 1)
        {
            Flush();
            _shownAt = Stopwatch.GetTimestamp();
        }
        return (_rule.Steps > 0 && step - _savedStep >= _rule.Steps)
            || (_rule.Seconds > 0 && Stopwatch.GetElapsedTime(_savedAt).TotalSeconds >= _rule.Seconds);
    }
}
