using System.Globalization;
using MoeScale.Basics;
using MoeScale.Models;

namespace MoeScale.Training.Diagnostics;

/// <summary>How a router fails.</summary>
public enum RouterFault
{
    /// <summary>Experts get far more than the mean load.</summary>
    Overloaded,

    /// <summary>Probabilities are so even that experts cannot be told apart.</summary>
    Undecided,

    /// <summary>Experts get next to nothing.</summary>
    Idle,
}

/// <summary>A failure of a router that shows in its last steps.</summary>
/// <param name="Block">The block that it stands in, from 0.</param>
/// <param name="Fault">Which.</param>
/// <param name="Experts">Those that are overloaded or idle, the worst first; none of a router that is undecided.</param>
/// <param name="Value">The highest or the lowest load over the mean; of a router that is undecided, e^entropy over the number of
/// experts.</param>
/// <param name="ExpertCount">Experts of the layer.</param>
public sealed record RouterFinding(int Block, RouterFault Fault, IReadOnlyList<int> Experts, double Value, int ExpertCount)
{
    // More names than that are no help.
    private const int Named = 8;

    /// <summary>What is wrong, in a sentence.</summary>
    public string Text =>
        Fault switch
        {
            RouterFault.Overloaded => string.Create(
                CultureInfo.InvariantCulture,
                $"Block {Block}: {Names} overloaded, with {(Experts.Count == 1 ? "" : "up to ")}{Value:0.0} times the mean load."
            ),
            RouterFault.Idle => string.Create(
                CultureInfo.InvariantCulture,
                $"Block {Block}: {Names} idle, with {(Value == 0 ? Experts.Count == 1 ? "no token" : "as little as no token" : $"{(Experts.Count == 1 ? "" : "as little as ")}{100 * Value:0.0} % of the mean load")}."
            ),
            _ => string.Create(
                CultureInfo.InvariantCulture,
                $"Block {Block}: the router cannot tell its experts apart; its probabilities are as even as a choice among {Value * ExpertCount:0.0} of {ExpertCount} at random."
            ),
        };

    /// <summary>In a few words: "block 1: expert 5 overloaded, 2.7x".</summary>
    public string Brief =>
        Fault switch
        {
            RouterFault.Overloaded => string.Create(
                CultureInfo.InvariantCulture,
                $"block {Block}: expert {Experts[0]} overloaded, {Value:0.0}x"
            ),
            RouterFault.Idle => $"block {Block}: {(Experts.Count == 1 ? $"expert {Experts[0]}" : Plural.Of(Experts.Count, "expert"))} idle",
            _ => $"block {Block}: router undecided",
        };

    /// <summary>What usually helps, in keys of the model file.</summary>
    public string Cure(Routing routing)
    {
        if (routing.Kind == RoutingKind.ExpertChoice)
        {
            return "Train on more tokens or at a higher rate; a larger routing_group gives experts more to choose from.";
        }
        string balance =
            routing.BalanceBias > 0
                ? FormattableString.Invariant(
                    $"Raise balance_bias (now {routing.BalanceBias}), or give a balance_loss beside it (0.01 is usual)"
                )
                : FormattableString.Invariant(
                    $"Raise balance_loss (now {routing.BalanceLoss}; 0.01 is usual), or give a balance_bias of 0.001"
                );
        return Fault switch
        {
            RouterFault.Overloaded =>
                $"{balance}.{(routing.CapacityFactor is double factor ? FormattableString.Invariant($" What is too much is dropped: a larger capacity_factor (now {factor}) drops less, but does not balance.") : "")}",
            RouterFault.Idle =>
                $"{balance}; if they were idle from the start, lower --init-scale or raise --warmup; or take fewer experts.",
            _ => FormattableString.Invariant(
                $"Train on more tokens or at a higher rate; lower balance_loss (now {routing.BalanceLoss}) or router_z_loss (now {routing.ZLoss}), which both draw probabilities together."
            ),
        };
    }

    private string Names =>
        Experts.Count == 1 ? $"expert {Experts[0]} is"
        : Experts.Count <= Named ? $"experts {string.Join(", ", Experts.Take(Experts.Count - 1))} and {Experts[^1]} are"
        : $"{Experts.Count} of {Plural.Of(ExpertCount, "expert")} ({string.Join(", ", Experts.Take(Named))}, ...) are";
}
