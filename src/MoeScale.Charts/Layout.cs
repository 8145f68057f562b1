namespace MoeScale.Charts;

/// <summary>Where the parts of a chart stand in its 640 × 420 units.</summary>
internal sealed class Layout
{
    public const double Width = 640;
    public const double Height = 420;
    public const double FontSize = 11;
    public const double TitleSize = 14;

    /// <summary>From the end of a curve to its label.</summary>
    public const double LabelGap = 12;

    /// <summary>From one line of labels to the next.</summary>
    public const double LineHeight = 14;

    /// <summary>The sample of a curve in the legend.</summary>
    public const double SampleWidth = 44;

    private const double Edge = 10;
    private const double LegendGap = 8;
    private const double MinPlotWidth = 280;
    private const double MinPlotHeight = 120;

    private readonly AxisRange _x;
    private readonly AxisRange _y;

    public Layout(LineChart chart, AxisRange x, AxisRange y, Ticks yTicks)
    {
        _x = x;
        _y = y;
        Top = chart.Title.Length == 0 ? 16 : 40;
        Left = Edge + FontSize + 12 + yTicks.Major.Select(t => TextShape.Width(t.Text + t.Exponent, FontSize)).DefaultIfEmpty(0).Max();
        Bottom = Height - 46;
        Right = Width - Edge;
        ChartPoint?[] ends = [.. chart.Series.Select(s => s.Points.LastOrDefault(Holds))];
        Labels = chart.Legend ? null : Direct(chart, ends);
        if (Labels is null)
        {
            Right = Width - Edge - 8;
            // Many long names share the columns that leave the plot its least height, and are shortened to fit them.
            int mostRows = (int)((Bottom - LegendGap - Top - MinPlotHeight) / LineHeight);
            int leastColumns = (chart.Series.Count + mostRows - 1) / mostRows;
            double widest = chart.Series.Max(s => TextShape.Width(s.Name, FontSize));
            LegendColumnWidth = Math.Min((Right - Left) / leastColumns, SampleWidth + widest + 24);
            LegendColumns = Math.Max(leastColumns, (int)((Right - Left) / LegendColumnWidth));
            int rows = (chart.Series.Count + LegendColumns - 1) / LegendColumns;
            Bottom -= (rows * LineHeight) + LegendGap;
        }
    }

    public double Left { get; }

    public double Top { get; }

    public double Right { get; private set; }

    public double Bottom { get; }

    /// <summary>The names at the ends of the curves that the plot shows; null where there is a legend.</summary>
    public IReadOnlyList<EndLabel>? Labels { get; }

    public int LegendColumns { get; }

    public double LegendColumnWidth { get; }

    public double PlaceX(double value) => Left + (Near(_x.Fraction(value)) * (Right - Left));

    public double PlaceY(double value) => Bottom - (Near(_y.Fraction(value)) * (Bottom - Top));

    /// <summary>Whether a point has a value and lies in the plot.</summary>
    public bool Holds(ChartPoint point) => double.IsFinite(point.Y) && _x.Holds(point.X) && _y.Holds(point.Y);

    // Points a hundred plots away are out of sight anyway, and would have coordinates of any length.
    private static double Near(double fraction) => Math.Clamp(fraction, -100, 100);

    /// <summary>Labels beside the ends, with the plot made as wide as they leave it; null where they do not fit.</summary>
    private IReadOnlyList<EndLabel>? Direct(LineChart chart, ChartPoint?[] ends)
    {
        double[] widths = [.. chart.Series.Select(s => TextShape.Width(s.Name, FontSize))];
        for (int i = 0; i < ends.Length; i++)
        {
            if (ends[i] is ChartPoint end && _x.Fraction(end.X) is > 0 and double fraction)
            {
                // The label starts at Left + fraction·(Right − Left) + gap and must end before the edge.
                Right = Math.Min(Right, Left + ((Width - Edge - LabelGap - widths[i] - Left) / fraction));
            }
        }
        if (Right - Left < MinPlotWidth)
        {
            return null;
        }
        IEnumerable<EndLabel> labels = ends.Index()
            .Where(e => e.Item is not null)
            .Select(e => new EndLabel(e.Index, PlaceX(e.Item!.X) + LabelGap, widths[e.Index], PlaceY(e.Item.Y)));
        return EndLabels.Place(labels, LineHeight, Top + (LineHeight / 2), Bottom - (LineHeight / 2) - 1);
    }
}
