using MoeScale.Basics;
using MoeScale.Charts;
using MoeScale.Laws;
using MoeScale.Laws.Runs;
using MoeScale.Studies.Answers;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Reports;

/// <summary>The charts of a report, each only where the runs have something to show.</summary>
internal static class ReportCharts
{
    private const int MostSeries = 12;

    public static IReadOnlyList<(string Name, string Caption, LineChart Chart)> All(RunTable table, StudyFolder folder, StudyAnswer answer)
    {
        List<(string, string, LineChart)> charts = [];
        Add("loss-flops", "Loss against training compute", Against(table, "train_flops", "training compute (FLOPs)", ModelOf));
        Add("loss-seconds", "Loss against seconds of training", Against(table, "seconds", "training time (s)", ModelOf));
        Add("loss-size", "Loss against size at each number of tokens", Against(table, "active_params", "active parameters", row => $"{Quantity.FormatCount(Number(table, "tokens", row))} tokens"));
        Add("loss-experts", "Loss against the expansion rate", Against(table, "experts", "expansion rate E", Others));
        Add("loss-granularity", "Loss against granularity", Against(table, "granularity", "granularity G", Others));
        Add("loss-capacity", "Loss against the capacity factor", Against(table, "capacity_factor", "capacity factor", Others));
        Add("predicted", "Predicted against observed loss", Predicted(table, folder, answer));
        return charts;

        void Add(string name, string caption, LineChart? chart)
        {
            if (chart is not null)
            {
                charts.Add((name, caption, chart with { Title = caption }));
            }
        }

        string ModelOf(int row) => table.Column("trunk", "report").Text(row);

        string Others(int row) => $"d{Number(table, "d_model", row):0}, {Quantity.FormatCount(Number(table, "tokens", row))} tokens";
    }

    /// <summary>A curve for each group of runs; null where x does not vary within any of them.</summary>
    private static LineChart? Against(RunTable table, string x, string label, Func<int, string> group)
    {
        if (table.Find(x) is not { HasNumbers: true })
        {
            return null;
        }
        Series[] series =
        [
            .. Enumerable.Range(0, table.RowCount)
                .Where(r => Number(table, x, r) > 0)
                .GroupBy(group)
                .Where(g => g.Select(r => Number(table, x, r)).Distinct().Count() > 1)
                .Select(g => new Series(g.Key, [.. g.GroupBy(r => Number(table, x, r)).OrderBy(p => p.Key).Select(p => new ChartPoint(p.Key, p.Average(r => Number(table, "loss", r))))], Mark.LineAndPoints))
                .Take(MostSeries),
        ];
        return series.Length == 0 ? null : new LineChart("", new Axis(label, Scale.Log), new Axis("loss (nats per token)"), series);
    }

    private static LineChart? Predicted(RunTable table, StudyFolder folder, StudyAnswer answer)
    {
        if (answer.Law is null || !File.Exists(folder.LawPath))
        {
            return null;
        }
        Law law = LawCatalog.Open(folder.LawPath);
        ChartPoint[] points = [.. Enumerable.Range(0, table.RowCount).Select(r => new ChartPoint(Number(table, "loss", r), law.Evaluate([.. law.Variables.Select(v => v.Value(c => Number(table, c, r)) ?? double.NaN)])))];
        (double low, double high) = (points.Min(p => Math.Min(p.X, p.Y)), points.Max(p => Math.Max(p.X, p.Y)));
        return new LineChart(
            "", new Axis("observed loss (nats per token)"), new Axis("predicted loss (nats per token)"),
            [new Series("runs", points, Mark.Points), new Series("predicted = observed", [new ChartPoint(low, low), new ChartPoint(high, high)])])
        { Legend = true };
    }

    private static double Number(RunTable table, string column, int row) => table.Find(column) is RunColumn c ? c.Numbers.Span[row] : double.NaN;
}
