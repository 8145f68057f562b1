using MoeScale.Training.Data;
using MoeScale.Training.Runs;

namespace MoeScale.Training.Diagnostics;

/// <summary>
/// What a run writes down about its routers: each step in routing.jsonl, and choices on a probe in choices.jsonl where <see cref="Marks"/>
/// of the tokens are seen.
/// </summary>
/// <remarks>
/// When that is depends on tokens alone, not on when checkpoints are written, so that a run leaves the same files wherever it was stopped.
/// </remarks>
internal sealed class RoutingRecord : IDisposable
{
    /// <summary>Shares of the run: early ones close together, since routers settle early.</summary>
    public static readonly double[] Marks = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

    private readonly Trainer _trainer;
    private readonly RoutingLog _log;
    private readonly ChoicesLog? _choices;

    private RoutingRecord(Trainer trainer, RoutingLog log, ChoicesLog? choices, RouterHealth health) =>
        (_trainer, _log, _choices, Health) = (trainer, log, choices, health);

    public RouterHealth Health { get; }

    /// <summary>Opens the files where the trainer stands. Null where the model is dense.</summary>
    /// <exception cref="Basics.UserException">A file cannot be opened.</exception>
    public static RoutingRecord? Open(RunFolder folder, Trainer trainer, ISequences? heldOut)
    {
        Transformer model = trainer.Model;
        if (model.RouterLoads.Count == 0)
        {
            return null;
        }
        int[] blocks = [.. model.RouterLoads.Select(r => r.Block)];
        long step = trainer.State.Step;
        RoutingLog log = RoutingLog.Open(folder.RoutingPath, step);
        ChoicesLog? choices = null;
        try
        {
            RouterHealth health = new(model.Model, blocks);
            foreach (RoutingStep past in RoutingHistory.Read(folder.RoutingPath, model.Model, RouterHealth.Window))
            {
                health.Add(past);
            }
            if (RouterProbe.Of(model, heldOut) is RouterProbe probe)
            {
                choices = ChoicesLog.Open(folder.ChoicesPath, step, probe, blocks);
                if (choices.IsEmpty)
                {
                    choices.Write(step, trainer.Tokens, model.Sequence);
                }
            }
            return new RoutingRecord(trainer, log, choices, health);
        }
        catch
        {
            choices?.Dispose();
            log.Dispose();
            throw;
        }
    }

    /// <summary>Takes the step that the trainer has just made.</summary>
    /// <param name="step">Its report.</param>
    /// <param name="before">Tokens seen before it.</param>
    public void Add(StepReport step, long before)
    {
        _log.Write(step.Step, step.Tokens, _trainer.Model.RouterLoads);
        Health.Add(_trainer.Model.RouterLoads);
        long all = _trainer.Configuration.Sequences * _trainer.Configuration.Context;
        if (_choices is not null && Passes(before, step.Tokens, all))
        {
            _choices.Write(step.Step, step.Tokens, _trainer.Model.Sequence);
        }
    }

    /// <inheritdoc cref="StepLog.Flush"/>
    public void Flush(bool toDisk)
    {
        _log.Flush(toDisk);
        _choices?.Flush(toDisk);
    }

    public void Dispose()
    {
        _log.Dispose();
        _choices?.Dispose();
    }

    /// <summary>
    /// Whether a mark lies behind <paramref name="before"/> and at or before <paramref name="after"/> of <paramref name="all"/> tokens.
    /// </summary>
    internal static bool Passes(long before, long after, long all)
    {
        foreach (double mark in Marks)
        {
            if (before < mark * all && after >= mark * all)
            {
                return true;
            }
        }
        return false;
    }
}
