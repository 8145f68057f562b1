using MoeScale.Basics;
using MoeScale.Charts;
using MoeScale.Training.Diagnostics;

namespace MoeScale.Cli.Output;

/// <summary>What routers did, as charts: names of files and their SVG.</summary>
internal static class RouterCharts
{
    private const int MaxCurves = 12;
    private const int MaxPoints = 200;
    private const int MaxColumns = 24;
    private const string TokensSeen = "tokens seen";

    public static IEnumerable<(string Name, string Svg)> Draw(RouterReport r)
    {
        yield return (
            "imbalance.svg",
            OverTime(r, "Imbalance of routers", "highest load over the mean", s => LoadFigures.MaxOverMean(s.Load), 1)
        );
        yield return (
            "wavering.svg",
            OverTime(
                r,
                $"Between how many of {r.Experts} experts a token wavers",
                "e^entropy of a token's probabilities",
                s => Math.Exp(s.TokenEntropy),
                1
            )
        );
        yield return (
            "balance-loss.svg",
            OverTime(r, "Load-balancing loss without its coefficient", "experts · Σ f·P (1 at balance)", s => s.BalanceLoss)
        );
        yield return ("z-loss.svg", OverTime(r, "z-loss without its coefficient", "mean of ln²(Σ e^logit)", s => s.ZLoss));
        yield return ("logit-norm.svg", OverTime(r, "Logits of routers", "length of a token's logits", s => s.LogitNorm));
        if (r.Steps.Any(s => s.Layers.Any(l => l.Unserved > 0)))
        {
            yield return ("unserved.svg", OverTime(r, "Tokens that no expert processed", "share of tokens (%)", s => 100 * s.Unserved, 0));
        }
        if (r.Steps.Any(s => s.Layers.Any(l => l.Dropped > 0)))
        {
            yield return (
                "dropped.svg",
                OverTime(r, "Choices that found their expert full", "share of choices (%)", s => 100 * s.Dropped, 0)
            );
        }
        if (r.Probe is { Moments.Count: > 1 } probe)
        {
            yield return (
                "saturation.svg",
                new LineChart(
                    "Router saturation",
                    new Axis(TokensSeen),
                    new Axis("last choices that were made already (%)") { Low = 0, High = 104 },
                    [
                        .. Drawn(r)
                            .Select(layer => new Series(
                                $"block {r.Blocks[layer]}",
                                [.. probe.Moments.Zip(probe.Saturation(layer), (m, s) => new ChartPoint(m.Tokens, 100 * s))],
                                Mark.LineAndPoints
                            )),
                    ]
                ).ToSvg()
            );
        }
        string[] experts = [.. Enumerable.Range(0, r.Experts).Select(e => $"{e}")];
        for (int layer = 0; layer < r.Blocks.Count; layer++)
        {
            string block = $"block {r.Blocks[layer]}";
            string end = $"block-{r.Blocks[layer]}.svg";
            yield return ($"load-{end}", Load(r, layer, experts).ToSvg());
            if (r.Probe is null)
            {
                continue;
            }
            yield return (
                $"kinds-{end}",
                Shares($"Which experts take which tokens, {block}", "kind of token", r.Kinds[layer], experts).ToSvg()
            );
            yield return (
                $"places-{end}",
                Shares($"Which experts take which places, {block}", "place in the sequence", r.Positions[layer], experts).ToSvg()
            );
            if (r.Pair(layer) is not null)
            {
                yield return (
                    $"together-{end}",
                    new HeatMap(
                        $"Experts that take the same tokens, {block}",
                        "... goes to this one too",
                        "of this expert's tokens ...",
                        "share (%)",
                        experts,
                        experts,
                        Map(r.Probe.Last.Layers[layer].CoActivation(), v => 100 * v)
                    ).ToSvg()
                );
            }
        }
    }

    private static HeatMap Load(RouterReport r, int layer, string[] experts)
    {
        RoutingStep[][] bins = Bins(r.Steps, MaxColumns);
        double[,] values = new double[r.Experts, bins.Length];
        for (int bin = 0; bin < bins.Length; bin++)
        {
            double all = bins[bin].Sum(s => s.Layers[layer].Load.Sum());
            for (int e = 0; e < r.Experts; e++)
            {
                values[e, bin] = bins[bin].Sum(s => s.Layers[layer].Load[e]) * r.Experts / all;
            }
        }
        return new HeatMap(
            $"Load of experts, block {r.Blocks[layer]}",
            TokensSeen,
            "expert",
            "load over the mean",
            [.. bins.Select(b => Quantity.FormatCount(b[^1].Tokens))],
            experts,
            values
        );
    }

    private static HeatMap Shares(string title, string rows, Specialisation s, string[] experts) =>
        new(title, "expert", rows, "share of the row's tokens (%)", experts, s.Names, Map(s.Shares(), v => 100 * v));

    private static string OverTime(RouterReport r, string title, string unit, Func<RouterStep, double> figure, double? low = null)
    {
        RoutingStep[][] bins = Bins(r.Steps, MaxPoints);
        IEnumerable<Series> series = Drawn(r)
            .Select(layer => new Series(
                $"block {r.Blocks[layer]}",
                [.. bins.Select(b => new ChartPoint(b[^1].Tokens, b.Average(s => figure(s.Layers[layer]))))]
            ));
        return new LineChart(title, new Axis(TokensSeen), new Axis(unit) { Low = low }, [.. series]).ToSvg();
    }

    /// <summary>All layers, or some at even distances, the first and the last among them.</summary>
    private static IEnumerable<int> Drawn(RouterReport r)
    {
        int count = Math.Min(MaxCurves, r.Blocks.Count);
        return Enumerable.Range(0, count).Select(i => count == 1 ? 0 : i * (r.Blocks.Count - 1) / (count - 1));
    }

    private static RoutingStep[][] Bins(IReadOnlyList<RoutingStep> steps, int most)
    {
        int count = Math.Min(most, steps.Count);
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(i =>
                {
                    int from = (int)((long)i * steps.Count / count),
                        to = (int)((long)(i + 1) * steps.Count / count);
                    return steps.Skip(from).Take(to - from).ToArray();
                }),
        ];
    }

    private static double[,] Map(double[,] values, Func<double, double> change)
    {
        double[,] changed = new double[values.GetLength(0), values.GetLength(1)];
        for (int i = 0; i < changed.GetLength(0); i++)
        {
            for (int j = 0; j < changed.GetLength(1); j++)
            {
                changed[i, j] = change(values[i, j]);
            }
        }
        return changed;
    }
}
