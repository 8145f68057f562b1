using MoeScale.Basics;
using MoeScale.Charts;
using MoeScale.Laws;
using MoeScale.Laws.Runs;
using MoeScale.Planning;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Reports;

/// <summary>Loss against size at budgets within those of the runs, by the fitted law and the family of the study.</summary>
internal static class IsoFlopChart
{
    /// <summary>Of its file.</summary>
    public const string Name = "isoflop";

    private const int Budgets = 3;
    private const int MaxSeries = 15;

    /// <summary>None where there is no law, or no plan follows from it.</summary>
    public static IReadOnlyList<(string Name, string Caption, LineChart Chart)> Of(RunTable table, StudyFolder folder)
    {
        if (!File.Exists(folder.LawPath) || !File.Exists(folder.FamilyPath) || table.Find("train_flops") is not { HasNumbers: true } flops)
        {
            return [];
        }
        double[] spent = [.. flops.Numbers.ToArray().Where(f => f > 0)];
        if (spent.Length == 0)
        {
            return [];
        }
        double[] budgets =
        [
            .. Enumerable.Range(0, Budgets).Select(i => spent.Min() * Math.Pow(spent.Max() / spent.Min(), i / (Budgets - 1.0))),
        ];
        try
        {
            PlanRequest request = PlanRequest.For(LawCatalog.Open(folder.LawPath), new Budget { Flops = budgets[0] });
            IReadOnlyList<IsoFlopCurve> curves = IsoFlop.Curves(request, budgets);
            Series[] series =
            [
                // Of each budget the best.
                .. curves
                    .GroupBy(c => c.Flops)
                    .SelectMany(b => b.OrderBy(c => c.Minimum.Loss).Take(MaxSeries / Budgets))
                    .Select(c => new Series(
                        Label(c),
                        [.. c.Points.Select(p => new ChartPoint(p.ActiveParams, p.Loss, p.ActiveParams == c.Minimum.ActiveParams))]
                    )),
            ];
            string caption =
                $"IsoFLOP curves of the fitted "
                + $"law{(series.Length < curves.Count ? $" ({series.Length} of {curves.Count}, the best of each budget)" : "")}";
            return series.Length == 0
                ? []
                :
                [
                    (
                        Name,
                        caption,
                        new LineChart(
                            "IsoFLOP curves of the fitted law",
                            new Axis("active parameters", Scale.Log),
                            new Axis("predicted loss (nats per token)"),
                            series
                        )
                    ),
                ];
        }
        catch (UserException)
        {
            // A law that gains from every parameter has no curve with a minimum; the report says so under the law.
            return [];
        }
    }

    private static string Label(IsoFlopCurve c) =>
        FormattableString.Invariant($"{c.Flops:0.0e0}")
        + (c.Experts == 1 ? "" : FormattableString.Invariant($", E {c.Experts:0.##}"))
        + (c.Granularity == 1 ? "" : FormattableString.Invariant($", G {c.Granularity:0.##}"));
}
