namespace MoeScale.Charts;

/// <summary>
/// Curves over two axes, written as an SVG that a paper could print: axes with units, each curve labelled at its end,
/// readable without colour.
/// </summary>
/// <param name="Title">One line above the plot; may be empty.</param>
/// <param name="X">The horizontal axis.</param>
/// <param name="Y">The vertical axis.</param>
/// <param name="Series">The curves, 1 to 30.</param>
public sealed record LineChart(string Title, Axis X, Axis Y, IReadOnlyList<Series> Series)
{
    /// <summary>A legend below the plot instead of labels at the curves. Drawn unasked where the labels do not fit.</summary>
    public bool Legend { get; init; }

    /// <summary>The chart as one SVG element of 640 × 420 units; the same chart gives the same text.</summary>
    /// <exception cref="ArgumentException">
    /// No curve or too many, no point with a value, an x that is not finite, a value of zero or less on a logarithmic axis,
    /// or ends of an axis in the wrong order.
    /// </exception>
    public string ToSvg()
    {
        if (Series.Count is 0 or > CurveStyle.Distinct)
        {
            throw new ArgumentException(
                $"'{Title}' has {Series.Count} curves; a chart needs 1 to {CurveStyle.Distinct}, as many as can be told apart without "
                    + $"colour."
            );
        }
        foreach (Series series in Series)
        {
            if (series.Points.FirstOrDefault(p => !double.IsFinite(p.X)) is ChartPoint point)
            {
                throw new ArgumentException($"'{series.Name}' has a point at x = {point.X}; x must be finite, only y may have gaps.");
            }
        }
        ChartPoint[] drawn = [.. Series.SelectMany(s => s.Points).Where(p => double.IsFinite(p.Y))];
        if (drawn.Length == 0)
        {
            throw new ArgumentException($"'{Title}' has no point with a finite value; at least one is needed.");
        }
        AxisRange x = AxisRange.Of(X, drawn.Select(p => p.X));
        AxisRange y = AxisRange.Of(Y, drawn.Select(p => p.Y));
        return new SvgDrawing(this, x, y).ToString();
    }
}
