using System.Text.Json;
using MoeScale.Basics;

namespace MoeScale.Training.Sight;

/// <summary>What the router of a block did in a step, as routing.jsonl tells it.</summary>
/// <param name="Block">From 0.</param>
/// <param name="Load">Choices that fell on each expert.</param>
/// <param name="Dropped">Share of choices that found their expert full.</param>
/// <param name="Unserved">Share of tokens that no expert processed.</param>
/// <param name="BalanceLoss">Without its coefficient.</param>
/// <param name="ZLoss">Without its coefficient.</param>
/// <param name="LogitNorm">√ of the mean squared length of a token's logits.</param>
/// <param name="TokenEntropy">Mean over tokens of the entropy of their probabilities, nats.</param>
public sealed record RouterStep(int Block, long[] Load, double Dropped, double Unserved, double BalanceLoss, double ZLoss, double LogitNorm, double TokenEntropy);

/// <summary>A line of routing.jsonl.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Tokens">Seen, with its own.</param>
/// <param name="Layers">One for each block that has experts.</param>
public sealed record RoutingStep(long Step, long Tokens, IReadOnlyList<RouterStep> Layers);

/// <summary>Reads routing.jsonl of a run, also while it is written.</summary>
public static class RoutingHistory
{
    /// <summary>All steps, or the last ones. Empty where there is no such file: the model is dense, or no step was made.</summary>
    /// <exception cref="UserException">The file cannot be read, or a line but the last is damaged.</exception>
    public static IReadOnlyList<RoutingStep> Read(string path, int last = int.MaxValue) => JsonLines.Read(path, Step, last);

    private static RoutingStep Step(JsonElement line) => new(
        line.GetProperty("step").GetInt64(), line.GetProperty("tokens").GetInt64(), [.. line.GetProperty("layers").EnumerateArray().Select(Layer)]);

    private static RouterStep Layer(JsonElement layer) => new(
        layer.GetProperty("block").GetInt32(),
        [.. layer.GetProperty("load").EnumerateArray().Select(count => count.GetInt64())],
        Number(layer, "dropped"),
        Number(layer, "unserved"),
        Number(layer, "balance_loss"),
        Number(layer, "z_loss"),
        Number(layer, "logit_norm"),
        Number(layer, "token_entropy"));

    private static double Number(JsonElement layer, string name) =>
        layer.GetProperty(name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : double.NaN;
}
