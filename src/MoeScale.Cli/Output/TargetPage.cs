using System.Globalization;
using MoeScale.Basics;
using MoeScale.Planning;
using MoeScale.Reporting;

namespace MoeScale.Cli.Output;

/// <summary>What a loss needs: before the plan that reaches it, a line for each choice.</summary>
internal static class TargetPage
{
    /// <param name="plan">The plan that just reaches the loss.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="memory">Whether the least memory was asked for, rather than the fewest FLOPs.</param>
    /// <param name="result">What each choice needs.</param>
    public static void Write(Plan plan, double loss, bool memory, TargetResult result)
    {
        bool fine = result.Choices.Any(c => c.Granularity != 1);
        Configuration best = plan.Best!;
        string amount = memory
            ? $"the least memory, {Least(plan.Request.Budget, best)}, within {Figures.Scientific(plan.Request.Budget.Flops)} FLOPs"
            : $"the fewest FLOPs, {Figures.Scientific(plan.Request.Budget.Flops)}";
        Page.Field("Asked", string.Create(CultureInfo.InvariantCulture, $"{amount}, for a loss of {loss}"));
        Page.BlankLine();
        Page.Table(
            ["<", "E", .. fine ? ["G"] : Array.Empty<string>(), memory ? "memory" : "FLOPs", "active", "total", "tokens", "loss"],
            [.. result.Choices.Select(c => Row(c, best, memory, fine))]
        );
        Page.Paragraph($"What each expansion rate E{(fine ? " and granularity G" : "")} needs for that loss; > the least.");
    }

    private static string Least(Budget budget, Configuration best) =>
        budget.MemoryHeadroom == Headroom.None
            ? Quantity.FormatBytes(best.MemoryBytes)
            : HeadroomWords.Limit(budget.MemoryHeadroom.Around(best.MemoryBytes), budget.MemoryHeadroom);

    private static IReadOnlyList<string> Row(TargetChoice choice, Configuration best, bool memory, bool fine)
    {
        string[] which =
        [
            choice.Experts == best.Experts && choice.Granularity == best.Granularity ? ">" : "",
            Figures.Number(choice.Experts),
            .. fine ? [Figures.Number(choice.Granularity)] : Array.Empty<string>(),
        ];
        return choice.Configuration is Configuration c
            ?
            [
                .. which,
                memory ? Quantity.FormatBytes(c.MemoryBytes) : Figures.Scientific(choice.Budget!.Value),
                Quantity.FormatCount(c.ActiveParams),
                Quantity.FormatCount(c.TotalParams),
                Quantity.FormatCount(c.Tokens),
                Figures.Loss(c.Loss),
            ]
            : [.. which, "never", "-", "-", "-", "-"];
    }
}
