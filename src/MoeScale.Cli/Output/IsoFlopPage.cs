using System.Globalization;
using MoeScale.Basics;
using MoeScale.Charts;
using MoeScale.Planning;

namespace MoeScale.Cli.Output;

/// <summary>IsoFLOP curves as a page, as CSV and as a chart.</summary>
internal static class IsoFlopPage
{
    public static void Write(PlanRequest request, IReadOnlyList<IsoFlopCurve> curves)
    {
        bool fine = Fine(curves);
        Page.Field(
            "IsoFLOP",
            $"loss against size at {string.Join(", ", curves.Select(c => Figures.Scientific(c.Flops)).Distinct())} FLOPs"
        );
        MemoryLine.Write(request.Budget);
        Page.Field("Law", $"{request.Law.Id}; sizes are continuous");
        Page.BlankLine();
        Page.Paragraph("The lowest point of each curve, and the loss of half and twice the size:");
        Page.Table(
            ["FLOPs", "E", .. fine ? ["G"] : Array.Empty<string>(), "active", "total", "tokens", "loss", "N/2", "2N"],
            [
                .. curves.Select(c =>
                    (IReadOnlyList<string>)
                        [
                            Figures.Scientific(c.Flops),
                            Figures.Number(c.Experts),
                            .. fine ? [Figures.Number(c.Granularity)] : Array.Empty<string>(),
                            Quantity.FormatCount(c.Minimum.ActiveParams),
                            Quantity.FormatCount(c.Minimum.TotalParams),
                            Quantity.FormatCount(c.Minimum.Tokens),
                            Figures.Loss(c.Minimum.Loss),
                            Rise(c, 0.5),
                            Rise(c, 2),
                        ]
                ),
            ]
        );
        Page.Paragraph("N is the number of active parameters; --csv and --svg keep the whole curves.");
    }

    /// <summary>One line for each point, with the columns of runs files.</summary>
    public static string Csv(IReadOnlyList<IsoFlopCurve> curves)
    {
        CsvText csv = new("flops", "experts", "granularity", "active_params", "total_params", "tokens", "loss");
        foreach (IsoFlopCurve c in curves)
        {
            foreach (IsoFlopPoint p in c.Points)
            {
                csv.Row(c.Flops, c.Experts, c.Granularity, p.ActiveParams, p.TotalParams, p.Tokens, p.Loss);
            }
        }
        return csv.ToString();
    }

    /// <summary>Loss against active parameters, one curve for each budget and choice, its minimum marked.</summary>
    public static LineChart Chart(PlanRequest request, IReadOnlyList<IsoFlopCurve> curves)
    {
        bool fine = Fine(curves);
        (double, double)[] choices = [.. curves.Select(c => (c.Experts, c.Granularity)).Distinct()];
        bool several = curves.Select(c => c.Flops).Distinct().Count() > 1;
        return new LineChart(
            several ? $"Loss at fixed compute, {request.Law.Id}" : $"Loss at {Figures.Scientific(curves[0].Flops)} FLOPs, {request.Law.Id}",
            new Axis("active parameters", Scale.Log),
            new Axis("loss (nats per token)"),
            [
                .. curves.Select(c => new Series(
                    Name(c),
                    [.. c.Points.Select(p => new ChartPoint(p.ActiveParams, p.Loss, p.Loss == c.Points.Min(q => q.Loss)))]
                )
                {
                    Style = Array.IndexOf(choices, (c.Experts, c.Granularity)),
                }),
            ]
        );

        string Name(IsoFlopCurve c)
        {
            string flops = several ? $"{c.Flops.ToString("0.##e0", CultureInfo.InvariantCulture)} " : "";
            string experts = $"E={Figures.Number(c.Experts)}{(fine ? $" G={Figures.Number(c.Granularity)}" : "")}";
            return flops + (c is { Experts: 1, Granularity: 1 } ? "dense" : experts);
        }
    }

    private static bool Fine(IReadOnlyList<IsoFlopCurve> curves) => curves.Any(c => c.Granularity != 1);

    // The curve's own points are dense enough to interpolate in ln N.
    private static string Rise(IsoFlopCurve c, double factor)
    {
        double at = factor * c.Minimum.ActiveParams;
        int right = c.Points.ToList().FindIndex(p => p.ActiveParams >= at);
        if (right < 1)
        {
            return "-";
        }
        (IsoFlopPoint a, IsoFlopPoint b) = (c.Points[right - 1], c.Points[right]);
        double share = Math.Log(at / a.ActiveParams) / Math.Log(b.ActiveParams / a.ActiveParams);
        return "+" + (a.Loss + (share * (b.Loss - a.Loss)) - c.Minimum.Loss).ToString("0.0000", CultureInfo.InvariantCulture);
    }
}
