using MoeScale.Training.Data.Tokens;
using MoeScale.Training.Logs;
using MoeScale.Training.Transformers;

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

    private readonly Transformer _model;
    private readonly RoutingLog _log;
    private readonly ChoicesLog? _choices;
    private readonly long _length;

    private RoutingRecord(Transformer model, RoutingLog log, ChoicesLog? choices, RouterHealth health, long length) =>
        (_model, _log, _choices, Health, _length) = (model, log, choices, health, length);

    public RouterHealth Health { get; }

    /// <summary>Opens the files where the run stands. Null where the model is dense.</summary>
    /// <param name="routingPath">Of routing.jsonl.</param>
    /// <param name="choicesPath">Of choices.jsonl.</param>
    /// <param name="model">That is trained.</param>
    /// <param name="heldOut">From which the probe is taken; null where nothing is held out.</param>
    /// <param name="step">The last that was made.</param>
    /// <param name="tokens">Seen up to it.</param>
    /// <param name="length">Tokens of the whole run.</param>
    /// <exception cref="Basics.UserException">A file cannot be opened.</exception>
    public static RoutingRecord? Open(
        string routingPath,
        string choicesPath,
        Transformer model,
        ISequences? heldOut,
        long step,
        long tokens,
        long length
    )
    {
        if (model.RouterLoads.Count == 0)
        {
            return null;
        }
        int[] blocks = [.. model.RouterLoads.Select(r => r.Block)];
        RoutingLog log = RoutingLog.Open(routingPath, step);
        ChoicesLog? choices = null;
        try
        {
            RouterHealth health = new(model.Model, blocks);
            foreach (RoutingStep past in RoutingHistory.Read(routingPath, model.Model, RouterHealth.Window))
            {
                health.Add(past);
            }
            if (RouterProbe.Of(model, heldOut) is RouterProbe probe)
            {
                choices = ChoicesLog.Open(choicesPath, step, probe, blocks);
                if (choices.IsEmpty)
                {
                    choices.Write(step, tokens, model.Sequence);
                }
            }
            return new RoutingRecord(model, log, choices, health, length);
        }
        catch
        {
            choices?.Dispose();
            log.Dispose();
            throw;
        }
    }

    /// <summary>Takes the step that the model has just made.</summary>
    /// <param name="step">Its number.</param>
    /// <param name="before">Tokens seen before it.</param>
    /// <param name="tokens">Seen, with its own.</param>
    public void Add(long step, long before, long tokens)
    {
        _log.Write(step, tokens, _model.RouterLoads);
        Health.Add(_model.RouterLoads);
        if (_choices is not null && Passes(before, tokens, _length))
        {
            _choices.Write(step, tokens, _model.Sequence);
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
