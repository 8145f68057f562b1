using MoeScale.Basics;
using MoeScale.Charts;
using MoeScale.Planning;

namespace MoeScale.Cli.Output;

/// <summary>A frontier as a page, as CSV and as a chart.</summary>
internal static class FrontierPage
{
    private const int MaxRows = 13;

    public static void Write(PlanRequest request, Frontier frontier)
    {
        Budget budget = request.Budget;
        FrontierPoint[] points = [.. frontier.Points];
        bool fine = points.Any(p => p.Plan.Candidates.Any(c => c.Granularity != 1));
        Page.Field(
            "Frontier",
            $"{Name(frontier.Axis)} from {Value(frontier.Axis, points[0].Value)} to {Value(frontier.Axis, points[^1].Value)}, "
                + Plural.Of(points.Length, "point")
                + (frontier.Axis == BudgetAxis.Flops ? "" : $", {Figures.Scientific(budget.Flops)} FLOPs")
        );
        MemoryLine.Write(budget);
        Page.Field("Law", $"{request.Law.Id}; sizes are continuous, so that rounding does not blur the changes");
        Page.BlankLine();
        Page.Paragraph($"The best {(fine ? "expansion rate E and granularity G" : "expansion rate E")}:");
        Page.Table(
            ["<", "<", "<"],
            [
                .. Stretches(frontier)
                    .Select(s =>
                        (IReadOnlyList<string>)
                            [$"from {Value(frontier.Axis, s.From)}", $"to {Value(frontier.Axis, s.To)}", Choice(s.Best, fine)]
                    ),
            ]
        );
        Page.BlankLine();
        Page.Table(
            [
                Name(frontier.Axis),
                "E",
                .. fine ? ["G"] : Array.Empty<string>(),
                "active",
                "total",
                "tokens",
                "loss",
                "memory",
                "<ties with",
            ],
            [.. Chosen(points).Select(p => Row(frontier.Axis, p, fine))]
        );
        if (points.Length > MaxRows)
        {
            Page.Paragraph($"{MaxRows} of {Plural.Of(points.Length, "point")}; --csv keeps all of them, and every E.");
        }
        string[] outside = [.. points.Where(p => p.Plan.Best?.OutsideRange.Count > 0).Select(p => Value(frontier.Axis, p.Value))];
        if (outside.Length > 0)
        {
            Page.Paragraph(
                $"{outside.Length} of {Plural.Of(points.Length, "point")} are outside the experiments of {request.Law.Id}.",
                "- ",
                2
            );
        }
    }

    /// <summary>One line for each point and candidate, with the columns of runs files.</summary>
    public static string Csv(Frontier frontier)
    {
        CsvText csv = new(
            Column(frontier.Axis),
            "experts",
            "granularity",
            "best",
            "active_params",
            "total_params",
            "tokens",
            "loss",
            "train_flops",
            "inference_flops",
            "memory_bytes"
        );
        foreach (FrontierPoint point in frontier.Points)
        {
            foreach (Configuration c in point.Plan.Candidates)
            {
                double isBest = c == point.Plan.Best ? 1 : 0;
                csv.Row(
                    point.Value,
                    c.Experts,
                    c.Granularity,
                    isBest,
                    c.ActiveParams,
                    c.TotalParams,
                    c.Tokens,
                    c.Loss,
                    c.TrainFlops,
                    c.InferenceFlops,
                    c.MemoryBytes
                );
            }
        }
        return csv.ToString();
    }

    /// <summary>How far each choice is behind the best one: where curves meet at zero, the best changes.</summary>
    public static LineChart Chart(PlanRequest request, Frontier frontier)
    {
        bool fine = frontier.Points.Any(p => p.Plan.Candidates.Any(c => c.Granularity != 1));
        (double Experts, double Granularity)[] choices =
        [
            .. frontier.Points.SelectMany(p => p.Plan.Candidates).Select(c => (c.Experts, c.Granularity)).Distinct().Order(),
        ];
        double unit = frontier.Axis == BudgetAxis.Memory ? 1e9 : 1;
        Series[] series =
        [
            .. choices.Select(choice => new Series(
                choice is (1, 1) ? "dense"
                    : fine ? $"E={choice.Experts} G={choice.Granularity}"
                    : $"E={choice.Experts}",
                [.. frontier.Points.Select(p => new ChartPoint(p.Value / unit, Behind(p, choice.Experts, choice.Granularity)))]
            )),
        ];
        // Differences beyond a few times the law's error decide nothing, and would squeeze those that do; but each curve shows
        // where it comes nearest.
        double nearest = series.Max(s => s.Points.Where(p => double.IsFinite(p.Y)).Select(p => p.Y).DefaultIfEmpty(0).Min());
        double most = series.SelectMany(s => s.Points).Where(p => double.IsFinite(p.Y)).Select(p => p.Y).DefaultIfEmpty(0).Max();
        double top = Math.Min(Math.Max(5 * (request.Law.Error ?? 0.01), 1.1 * nearest), Math.Max(most, 1e-4));
        return new LineChart(
            $"Loss above the best choice, "
                + $"{request.Law.Id}{(frontier.Axis == BudgetAxis.Flops ? "" : $", {Figures.Scientific(request.Budget.Flops)} FLOPs")}",
            new Axis(AxisLabel(frontier.Axis), Scale.Log),
            new Axis("loss above the best (nats per token)") { Low = 0, High = top },
            series
        );
    }

    private static double Behind(FrontierPoint p, double experts, double granularity) =>
        p.Plan.Best is Configuration best
        && p.Plan.Candidates.FirstOrDefault(c => c.Experts == experts && c.Granularity == granularity) is Configuration c
            ? c.Loss - best.Loss
            : double.NaN;

    private static IEnumerable<(double From, double To, Configuration? Best)> Stretches(Frontier frontier)
    {
        double from = frontier.Points[0].Value;
        foreach (FrontierChange change in frontier.Changes)
        {
            yield return (from, change.Value, change.Before);
            from = change.Value;
        }
        yield return (from, frontier.Points[^1].Value, frontier.Points[^1].Plan.Best);
    }

    private static IEnumerable<FrontierPoint> Chosen(FrontierPoint[] points) =>
        points.Length <= MaxRows
            ? points
            : Enumerable.Range(0, MaxRows).Select(i => points[(int)Math.Round(i * (points.Length - 1.0) / (MaxRows - 1))]);

    private static IReadOnlyList<string> Row(BudgetAxis axis, FrontierPoint p, bool fine) =>
        p.Plan.Best is Configuration c
            ?
            [
                Value(axis, p.Value),
                Figures.Number(c.Experts),
                .. fine ? [Figures.Number(c.Granularity)] : Array.Empty<string>(),
                Quantity.FormatCount(c.ActiveParams),
                Quantity.FormatCount(c.TotalParams),
                Quantity.FormatCount(c.Tokens),
                Figures.Loss(c.Loss),
                Quantity.FormatBytes(c.MemoryBytes),
                string.Join(
                    ", ",
                    c.Ties.Select(t => fine ? $"{Figures.Number(t.Experts)}/{Figures.Number(t.Granularity)}" : Figures.Number(t.Experts))
                ),
            ]
            : [Value(axis, p.Value), "-", .. fine ? ["-"] : Array.Empty<string>(), "-", "-", "-", "-", "-", "nothing fits"];

    private static string Choice(Configuration? best, bool fine) =>
        best is null
            ? "nothing fits"
            : $"E = {Figures.Number(best.Experts)}{(fine ? $", G = {Figures.Number(best.Granularity)}" : "")}"
                + (best.Model.IsDense ? " (dense)" : "");

    public static string Name(BudgetAxis axis) =>
        axis switch
        {
            BudgetAxis.Memory => "memory",
            BudgetAxis.Flops => "FLOPs",
            _ => "inference tokens",
        };

    public static string Column(BudgetAxis axis) =>
        axis switch
        {
            BudgetAxis.Memory => "memory_limit_bytes",
            BudgetAxis.Flops => "flops",
            _ => "inference_tokens",
        };

    private static string AxisLabel(BudgetAxis axis) =>
        axis switch
        {
            BudgetAxis.Memory => "memory (GB)",
            BudgetAxis.Flops => "FLOPs",
            _ => "inference tokens",
        };

    private static string Value(BudgetAxis axis, double value) =>
        axis switch
        {
            BudgetAxis.Memory => Quantity.FormatBytes(value),
            BudgetAxis.Flops => Figures.Scientific(value),
            _ => Quantity.FormatCount(value),
        };
}
