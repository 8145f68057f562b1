using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Planning;
using MoeScale.Planning.Hardware;
using MoeScale.Reporting;

namespace MoeScale.Cli.Output;

/// <summary>The plans of several laws for one budget: a column for each law.</summary>
internal static class SideBySidePage
{
    /// <summary>Laws beside each other in a line of 80 letters.</summary>
    private const int MaxColumns = 3;

    public static void Write(IReadOnlyList<Plan> plans, Deployment deployment)
    {
        foreach (Plan[] some in plans.Chunk(MaxColumns))
        {
            Page.Table(["<law", .. some.Select(p => p.Request.Law.Id)], Rows(some, deployment));
            Page.BlankLine();
        }
        string servers = deployment.Servers is double n ? Figures.Number(n) : "as few";
        string where = $"{servers} {deployment.Server.Name}{(deployment.Servers is null ? " as hold it" : "")}";
        Budget budget = plans[0].Request.Budget;
        string cache = budget.KvTokens > 0 ? $"weights and the KV cache of {CacheWords.Sequences(budget)}" : "weights alone";
        string memory = budget.MemoryBytes is double limit ? $" within {HeadroomWords.Limit(limit, budget.MemoryHeadroom)}" : "";
        string speeds = $"memory: {cache}{memory}. tok/s: at most, for {PlanPage.Alone(plans[0].Request.Budget)} on {where}.";
        string lifted = plans.Select(p => p.DenseMatch).OfType<DenseMatch>().Select(LimitWords.Lifted).FirstOrDefault("");
        Page.Paragraph($"{speeds} Dense needs: FLOPs of a dense model of the same loss over the plan's{lifted}.");
        Page.Paragraph($"{PlanWords.NotComparable}.", "- ", 2);
        foreach (Plan plan in plans)
        {
            IEnumerable<string> sentences = plan.Best is null
                ? [MisfitWords.NothingFits(plan).Say(CommandTerms.OutsideFit)]
                : plan.Warnings.Concat(plan.FitWarnings).Select(w => $"{PlanWords.Of(w).Say(CommandTerms.OutsideFit)}.");
            foreach (string sentence in sentences)
            {
                Page.Paragraph($"{plan.Request.Law.Id}: {sentence}", "- ", 2);
            }
        }
    }

    private static IReadOnlyList<IReadOnlyList<string>> Rows(Plan[] plans, Deployment deployment)
    {
        return
        [
            Row("expansion rate E", (_, c) => Figures.Number(c.Experts)),
            Row("granularity G", (_, c) => Figures.Number(c.Granularity)),
            Row(
                "experts, top-k",
                (_, c) => c.Model.IsDense ? "dense" : $"{Figures.Number(c.Model.ExpertCount)}, {Figures.Number(c.Model.TopK)}"
            ),
            Row("shared experts", (_, c) => Figures.Number(c.Model.SharedExperts)),
            Row("active parameters", (_, c) => Quantity.FormatCount(c.ActiveParams)),
            Row("total parameters", (_, c) => Quantity.FormatCount(c.TotalParams)),
            Row("tokens", (_, c) => Quantity.FormatCount(c.Tokens)),
            Row("tokens a parameter", (_, c) => Quantity.FormatCount(c.TokensPerActiveParam)),
            Row("loss (nats)", (_, c) => Figures.Loss(c.Loss)),
            .. plans.FirstOrDefault(p => p.Intervals is not null)?.Intervals is PlanIntervals some
                ?
                [
                    Row(
                        $"N, {Figures.Number(100 * some.Level)} % of draws",
                        (p, _) => IntervalsText.Counts(p.Intervals?.Best.ActiveParams)
                    ),
                    Row($"D, {Figures.Number(100 * some.Level)} % of draws", (p, _) => IntervalsText.Counts(p.Intervals?.Best.Tokens)),
                    Row($"loss, {Figures.Number(100 * some.Level)} % of draws", (p, _) => IntervalsText.Losses(p.Intervals?.Best.Loss)),
                ]
                : Array.Empty<IReadOnlyList<string>>(),
            Row("error of the law", (p, _) => p.Request.Law.Error is double e ? Figures.Loss(e) : "not stated"),
            Row("d_model, blocks", (_, c) => $"{Figures.Number(c.Model.ModelWidth)}, {Figures.Number(c.Model.Blocks)}"),
            Row("d_ff or d_expert", (_, c) => Figures.Number(c.Model.ExpertWidth)),
            Row("training FLOPs", (_, c) => Figures.Scientific(c.TrainFlops)),
            Row("memory", (_, c) => Quantity.FormatBytes(c.MemoryBytes)),
            Row("tok/s", (p, c) => Quantity.FormatCount(deployment.Alone(c, p.Request.Budget).TokensPerSecond)),
            Row(
                "dense needs",
                (p, c) => p.DenseMatch is DenseMatch d ? $"{Figures.Number(d.Flops / (c.TrainFlops + c.InferenceFlops))} times" : "-"
            ),
            Row("limited by", (_, c) => LimitWords.Names(c.Binding)),
            Row(
                "inside its runs?",
                (p, c) =>
                    p.Request.Law.Range.Count == 0 ? "not stated"
                    : c.OutsideRange.Count == 0 ? "yes"
                    : "no"
            ),
        ];

        IReadOnlyList<string> Row(string label, Func<Plan, Configuration, string> value) =>
            [label, .. plans.Select(p => p.Best is Configuration c ? value(p, c) : "nothing fits")];
    }
}
