using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Diagnostics;
using MoeScale.Training.Recipes;

namespace MoeScale.Reporting;

/// <summary>What is wrong with routers, and what helps, in words.</summary>
public static class RouterWords
{
    private static readonly Setting BalanceLoss = RoutingKeys.SettingOf(RoutingKeys.BalanceLoss),
        BalanceBias = RoutingKeys.SettingOf(RoutingKeys.BalanceBias),
        ZLoss = RoutingKeys.SettingOf(RoutingKeys.ZLoss),
        CapacityFactor = RoutingKeys.SettingOf(RoutingKeys.CapacityFactor),
        Group = RoutingKeys.SettingOf(RoutingKeys.Group);

    // More names than that are no help.
    private const int Named = 8;

    /// <summary>What is wrong, in a sentence.</summary>
    public static Phrase Of(RouterFinding f) =>
        f.Fault switch
        {
            RouterFault.Overloaded => Overloaded(f),
            RouterFault.Idle => $"Block {f.Block}: {Names(f)} idle, with {(f.Experts.Count == 1 ? "" : "as little as ")}{Load(f.Value)}.",
            RouterFault.Undecided =>
                $"Block {f.Block}: the router cannot tell its experts apart; its probabilities are as even as a choice "
                    + $"among {f.Value * f.ExpertCount:0.0} of {f.ExpertCount} at random.",
            _ => throw new ArgumentOutOfRangeException(nameof(f), f.Fault, "a fault without words"),
        };

    /// <summary>In a few words: "block 1: expert 5 overloaded, 2.7x".</summary>
    public static Phrase Brief(RouterFinding f) =>
        f.Fault switch
        {
            RouterFault.Overloaded => BriefOverload(f),
            RouterFault.Idle when f.Experts.Count == 1 => $"block {f.Block}: expert {f.Experts[0]} idle",
            RouterFault.Idle => $"block {f.Block}: {Plural.Of(f.Experts.Count, "expert")} idle",
            RouterFault.Undecided => $"block {f.Block}: router undecided",
            _ => throw new ArgumentOutOfRangeException(nameof(f), f.Fault, "a fault without words"),
        };

    /// <summary>What usually helps against a fault, in settings that its kind of routing has.</summary>
    public static Phrase Cure(RouterFault fault, Routing routing)
    {
        if (fault == RouterFault.Undecided)
        {
            return $"Train on more tokens or at a higher rate; {Sharper(routing)}";
        }
        return fault == RouterFault.Overloaded ? $"{Balance(routing)}.{Capacity(routing)}" : Wake(routing);
    }

    private static Phrase Overloaded(RouterFinding f) =>
        $"Block {f.Block}: {Names(f)} overloaded, with {(f.Experts.Count == 1 ? "" : "up to ")}{f.Value:0.0} times the mean load.";

    private static Phrase BriefOverload(RouterFinding f) => $"block {f.Block}: expert {f.Experts[0]} overloaded, {f.Value:0.0}x";

    private static Phrase Wake(Routing r) =>
        $"{Balance(r)}; if they were idle from the start, lower {RecipeSettings.InitialScale.Name} or raise {RecipeSettings.Warmup.Name}; "
        + $"or take fewer experts.";

    private static Phrase Sharper(Routing r) =>
        r.Kind.Lacks(RoutingKeys.BalanceLoss)
            ? (Phrase)$"a larger {Group} gives experts more to choose from."
            : (Phrase)$"lower {BalanceLoss} (now {r.BalanceLoss}) or {ZLoss} (now {r.ZLoss}), which both draw probabilities together.";

    private static Phrase Balance(Routing r) =>
        r.BalanceBias > 0
            ? (Phrase)$"Raise {BalanceBias} (now {r.BalanceBias}), or give {BalanceLoss} beside it (0.01 is usual)"
            : (Phrase)$"Raise {BalanceLoss} (now {r.BalanceLoss}; 0.01 is usual), or give {BalanceBias.To("0.001")}";

    private static Phrase Capacity(Routing r) =>
        r.CapacityFactor is double factor
            ? (Phrase)$" What is too much is dropped: a larger {CapacityFactor} (now {factor}) drops less, but does not balance."
            : "";

    private static string Load(double share) =>
        share == 0 ? "no token" : FormattableString.Invariant($"{100 * share:0.0} % of the mean load");

    private static string Names(RouterFinding f)
    {
        if (f.Experts.Count == 1)
        {
            return $"expert {f.Experts[0]} is";
        }
        return f.Experts.Count <= Named
            ? $"experts {string.Join(", ", f.Experts.Take(f.Experts.Count - 1))} and {f.Experts[^1]} are"
            : $"{f.Experts.Count} of {Plural.Of(f.ExpertCount, "expert")} ({string.Join(", ", f.Experts.Take(Named))}, ...) are";
    }
}
