using MoeScale.Charts;

namespace MoeScale.Cli.Output;

/// <summary>Predicted against observed, and residuals, as charts.</summary>
internal static class FitCharts
{
    /// <summary>fit-residuals.svg for fit.svg.</summary>
    public static string ResidualsPath(string path) =>
        Path.Combine(Path.GetDirectoryName(path) ?? "", $"{Path.GetFileNameWithoutExtension(path)}-residuals{Path.GetExtension(path)}");

    public static LineChart Observed(FitAnswer answer)
    {
        FitPoints points = FitPoints.Of(answer);
        (double low, double high) = points.Range;
        string what = answer.Question.Columns.Observed.Column;
        Scale scale = points.IsLog ? Scale.Log : Scale.Linear;
        return new LineChart(
            $"Predicted against observed, {answer.Question.Name}",
            new Axis($"observed {what}", scale),
            new Axis($"predicted {what}", scale),
            [
                new Series("runs", [.. points.Observed.Zip(points.Predicted, (o, p) => new ChartPoint(o, p))], Mark.Points),
                new Series("predicted = observed", [new ChartPoint(low, low), new ChartPoint(high, high)]),
            ]
        )
        {
            Legend = true,
        };
    }

    public static LineChart Residuals(FitAnswer answer)
    {
        FitPoints points = FitPoints.Of(answer);
        (double low, double high) = points.Range;
        string what = answer.Question.Columns.Observed.Column;
        return new LineChart(
            $"Residuals, {answer.Question.Name}",
            new Axis($"predicted {what}", points.IsLog ? Scale.Log : Scale.Linear),
            new Axis("predicted / observed - 1 (%)"),
            [
                new Series("runs", [.. points.Predicted.Zip(points.Percent, (p, r) => new ChartPoint(p, r))], Mark.Points),
                new Series("no residual", [new ChartPoint(low, 0), new ChartPoint(high, 0)]),
            ]
        )
        {
            Legend = true,
        };
    }
}
