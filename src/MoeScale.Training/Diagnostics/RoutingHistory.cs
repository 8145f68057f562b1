using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Logs;

namespace MoeScale.Training.Diagnostics;

/// <summary>What the router of a block did in a step, as routing.jsonl tells it.</summary>
/// <param name="Block">From 0.</param>
/// <param name="Load">Choices that fell on each expert.</param>
/// <param name="Dropped">Share of choices that found their expert full.</param>
/// <param name="Unserved">Share of tokens that no expert processed.</param>
/// <param name="BalanceLoss">Without its coefficient.</param>
/// <param name="ZLoss">Without its coefficient.</param>
/// <param name="LogitNorm">√ of the mean squared length of a token's logits.</param>
/// <param name="TokenEntropy">Mean over tokens of the entropy of their probabilities, nats.</param>
public sealed record RouterStep(
    int Block,
    long[] Load,
    double Dropped,
    double Unserved,
    double BalanceLoss,
    double ZLoss,
    double LogitNorm,
    double TokenEntropy
);

/// <summary>A line of routing.jsonl.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Tokens">Seen, with its own.</param>
/// <param name="Layers">One for each block that has experts.</param>
public sealed record RoutingStep(long Step, long Tokens, IReadOnlyList<RouterStep> Layers);

/// <summary>Reads routing.jsonl of a run, also while it is written.</summary>
public static class RoutingHistory
{
    /// <summary>All steps, or the last ones. Empty where there is no such file: the model is dense, or no step was made.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="model">Whose routers it tells of.</param>
    /// <param name="last">So many steps, at most.</param>
    /// <exception cref="UserException">The file cannot be read, a line but the last is damaged, or it tells of another model.</exception>
    public static IReadOnlyList<RoutingStep> Read(string path, Model model, int last = int.MaxValue)
    {
        IReadOnlyList<RoutingStep> steps = JsonLines.Read(path, Step, last);
        for (int i = 0; i < steps.Count; i++)
        {
            if (!IsOf(model, steps[i], steps[0]) || (i > 0 && steps[i].Step <= steps[i - 1].Step))
            {
                throw JsonLines.Damaged(path, $"what it says of step {steps[i].Step} is not what the routers of '{model.Name}' do");
            }
        }
        return steps;
    }

    // Each token chooses an expert once, so that no load is above all tokens seen.
    private static bool IsOf(Model model, RoutingStep step, RoutingStep first) =>
        step.Step > 0
        && step.Tokens is > 0 and < 1L << 53
        && step.Layers.Count == model.MoeBlocks
        && step.Layers.Select(l => l.Block).SequenceEqual(first.Layers.Select(l => l.Block))
        && step.Layers.Zip(step.Layers.Skip(1)).All(pair => pair.First.Block < pair.Second.Block)
        && step.Layers.All(l =>
            l.Block >= 0 && l.Block < model.Blocks && l.Load.Length == model.ExpertCount && l.Load.All(n => n >= 0 && n <= step.Tokens)
        );

    private static RoutingStep Step(JsonElement line) =>
        new(
            line.GetProperty("step").GetInt64(),
            line.GetProperty("tokens").GetInt64(),
            [.. line.GetProperty("layers").EnumerateArray().Select(Layer)]
        );

    private static RouterStep Layer(JsonElement layer) =>
        new(
            layer.GetProperty("block").GetInt32(),
            [.. layer.GetProperty("load").EnumerateArray().Select(count => count.GetInt64())],
            Number(layer, "dropped"),
            Number(layer, "unserved"),
            Number(layer, "balance_loss"),
            Number(layer, "z_loss"),
            Number(layer, "logit_norm"),
            Number(layer, "token_entropy")
        );

    private static double Number(JsonElement layer, string name) =>
        layer.GetProperty(name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : double.NaN;
}
