using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Training.Layers.Experts;
using MoeScale.Training.Logs;

namespace MoeScale.Training.Diagnostics;

/// <summary>routing.jsonl: a line for each step, with what each router did in it.</summary>
internal sealed class RoutingLog : IDisposable
{
    private readonly StepLog _log;

    private RoutingLog(StepLog log) => _log = log;

    /// <summary>Opens it behind the line of a step; one of step 0 is empty.</summary>
    /// <exception cref="UserException">It cannot be opened.</exception>
    public static RoutingLog Open(string path, long step) => new(StepLog.Open(path, step));

    /// <exception cref="UserException">It cannot be written.</exception>
    public void Write(long step, long tokens, IReadOnlyList<RouterLoad> routers)
    {
        Utf8JsonWriter json = _log.Begin(step);
        json.WriteNumber("tokens", tokens);
        json.WriteStartArray("layers");
        // By number: an enumerator of an interface is an object, and this runs in each step.
        for (int i = 0; i < routers.Count; i++)
        {
            Write(json, routers[i]);
        }
        json.WriteEndArray();
        _log.End();
    }

    /// <inheritdoc cref="StepLog.Flush"/>
    public void Flush(bool toDisk) => _log.Flush(toDisk);

    public void Dispose() => _log.Dispose();

    private static void Write(Utf8JsonWriter json, RouterLoad router)
    {
        json.WriteStartObject();
        json.WriteNumber("block", router.Block);
        json.WriteStartArray("load");
        foreach (long count in router.Routed)
        {
            json.WriteNumberValue(count);
        }
        json.WriteEndArray();
        Number(json, "max_over_mean", LoadFigures.MaxOverMean(router.Routed));
        Number(json, "load_entropy", LoadFigures.Entropy(router.Routed));
        json.WriteNumber("dead", LoadFigures.Dead(router.Routed));
        Number(json, "dropped", router.DroppedShare);
        Number(json, "unserved", router.UnservedShare);
        Number(json, "balance_loss", router.BalanceLoss);
        Number(json, "z_loss", router.ZLoss);
        Number(json, "logit_norm", router.LogitNorm);
        Number(json, "token_entropy", router.TokenEntropy);
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumber(name, value);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
