using System.Globalization;
using System.Text;

namespace MoeScale.Charts;

/// <summary>Draws a chart whose input has been checked, from back to front.</summary>
internal sealed class SvgDrawing
{
    private const double MarkerRadius = 3;
    private const double EmphasisRadius = 4.5;

    private readonly StringBuilder _svg = new();
    private readonly LineChart _chart;
    private readonly Layout _layout;

    public SvgDrawing(LineChart chart, AxisRange x, AxisRange y)
    {
        _chart = chart;
        Ticks yTicks = Ticks.Of(y, chart.Y.Ticks);
        _layout = new Layout(chart, x, y, yTicks);
        Write(
            $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Layout.Width} {Layout.Height}" role="img" font-family="system-ui, 'Helvetica Neue', Arial, sans-serif" font-size="{Layout.FontSize}" fill="#222">"""
        );
        Words();
        Write($"""<rect width="{Layout.Width}" height="{Layout.Height}" fill="#fff"/>""");
        HorizontalAxis(Ticks.Of(x, chart.X.Ticks));
        VerticalAxis(yTicks);
        Write(
            $"""<path d="M{_layout.Left:0.##} {_layout.Top:0.##}V{_layout.Bottom:0.##}H{_layout.Right:0.##}" fill="none" stroke="#444"/>"""
        );
        for (int i = 0; i < chart.Series.Count; i++)
        {
            Curve(chart.Series[i], CurveStyle.Of(chart.Series, i));
        }
        if (_layout.Labels is not null)
        {
            NamesAtEnds(_layout.Labels);
        }
        else
        {
            Legend();
        }
        Write($"</svg>");
    }

    public override string ToString() => _svg.ToString();

    private void Words()
    {
        string names = string.Join(", ", _chart.Series.Select(s => s.Name));
        string title = _chart.Title.Length > 0 ? _chart.Title : $"{_chart.Y.Label} over {_chart.X.Label}";
        Write($"<title>{TextShape.Escape(title)}</title>");
        Write($"<desc>{TextShape.Escape($"{_chart.Y.Label} over {_chart.X.Label}; curves: {names}.")}</desc>");
    }

    private void HorizontalAxis(Ticks ticks)
    {
        double rightmost = double.NegativeInfinity;
        foreach (Tick tick in ticks.Major)
        {
            double x = _layout.PlaceX(tick.Value);
            Write($"""<path d="M{x:0.##} {_layout.Top:0.##}V{_layout.Bottom:0.##}" stroke="#ddd" stroke-width="0.6"/>""");
            Write($"""<path d="M{x:0.##} {_layout.Bottom:0.##}v5" stroke="#444"/>""");
            double half = TextShape.Width(tick.Text + tick.Exponent, Layout.FontSize) / 2;
            if (x - half > rightmost)
            {
                Write($"""<text x="{x:0.##}" y="{_layout.Bottom + 18:0.##}" text-anchor="middle">{Label(tick)}</text>""");
                rightmost = x + half;
            }
        }
        foreach (double value in ticks.Minor)
        {
            Write($"""<path d="M{_layout.PlaceX(value):0.##} {_layout.Bottom:0.##}v3" stroke="#444" stroke-width="0.6"/>""");
        }
        double middle = (_layout.Left + _layout.Right) / 2;
        Write(
            $"""<text x="{middle:0.##}" y="{_layout.Bottom + 37:0.##}" text-anchor="middle">{Fitted(_chart.X.Label, 2 * (Layout.Width - middle))}</text>"""
        );
        if (_chart.Title.Length > 0)
        {
            Write(
                $"""<text x="{_layout.Left:0.##}" y="24" font-size="{Layout.TitleSize}" font-weight="bold">{TextShape.Escape(TextShape.Fit(_chart.Title, Layout.Width - _layout.Left, Layout.TitleSize))}</text>"""
            );
        }
    }

    private void VerticalAxis(Ticks ticks)
    {
        foreach (Tick tick in ticks.Major)
        {
            double y = _layout.PlaceY(tick.Value);
            Write($"""<path d="M{_layout.Left:0.##} {y:0.##}H{_layout.Right:0.##}" stroke="#ddd" stroke-width="0.6"/>""");
            Write($"""<path d="M{_layout.Left:0.##} {y:0.##}h-5" stroke="#444"/>""");
            Write($"""<text x="{_layout.Left - 8:0.##}" y="{y:0.##}" dy="0.35em" text-anchor="end">{Label(tick)}</text>""");
        }
        foreach (double value in ticks.Minor)
        {
            Write($"""<path d="M{_layout.Left:0.##} {_layout.PlaceY(value):0.##}h-3" stroke="#444" stroke-width="0.6"/>""");
        }
        double middle = (_layout.Top + _layout.Bottom) / 2;
        Write(
            $"""<text transform="translate(18 {middle:0.##}) rotate(-90)" text-anchor="middle">{Fitted(_chart.Y.Label, 2 * middle)}</text>"""
        );
    }

    private void Curve(Series series, CurveStyle style)
    {
        Write($"""<g stroke="{style.Colour}" stroke-width="1.6" fill="#fff">""");
        Write($"<title>{TextShape.Escape(series.Name)}</title>");
        List<ChartPoint[]> runs = Runs(series);
        string line = series.Mark == Mark.Points ? "" : string.Concat(runs.Where(r => r.Length > 1).Select(r => Path(r, series.Steps)));
        if (line.Length > 0)
        {
            // An inner svg cuts what leaves the plot, without an id that could clash with another chart on the page.
            string box = string.Create(
                CultureInfo.InvariantCulture,
                $"{_layout.Left:0.##} {_layout.Top:0.##} {_layout.Right - _layout.Left:0.##} {_layout.Bottom - _layout.Top:0.##}"
            );
            string[] b = box.Split(' ');
            Write(
                $"""<svg x="{b[0]}" y="{b[1]}" width="{b[2]}" height="{b[3]}" viewBox="{box}"><path d="{line}" fill="none" stroke-linejoin="round"{Dashes(style)}/></svg>"""
            );
        }
        ChartPoint? end = series.Points.LastOrDefault(_layout.Holds);
        foreach (ChartPoint[] run in runs)
        {
            foreach (ChartPoint point in run.Where(_layout.Holds))
            {
                if (point.Emphasised)
                {
                    Marker(point, style, EmphasisRadius, $" fill=\"{style.Colour}\"");
                }
                // A point between two gaps has no line to show it.
                else if (series.Mark != Mark.Line || run.Length == 1 || point == end)
                {
                    Marker(point, style, MarkerRadius, "");
                }
            }
        }
        Write($"</g>");
    }

    private void NamesAtEnds(IReadOnlyList<EndLabel> labels)
    {
        foreach (EndLabel label in labels)
        {
            if (Math.Abs(label.Height - label.Wanted) > 2)
            {
                double end = label.Left - Layout.LabelGap;
                Write(
                    $"""<path d="M{end + 5:0.##} {label.Wanted:0.##}L{label.Left - 2:0.##} {label.Height:0.##}" stroke="#888" stroke-width="0.6"/>"""
                );
            }
            // The white rim keeps a name readable where it crosses another curve.
            Write(
                $"""<text class="name" x="{label.Left:0.##}" y="{label.Height:0.##}" dy="0.35em" stroke="#fff" stroke-width="3" paint-order="stroke">{TextShape.Escape(_chart.Series[label.Series].Name)}</text>"""
            );
        }
    }

    private void Legend()
    {
        for (int i = 0; i < _chart.Series.Count; i++)
        {
            Series series = _chart.Series[i];
            CurveStyle style = CurveStyle.Of(_chart.Series, i);
            double x = _layout.Left + (i % _layout.LegendColumns * _layout.LegendColumnWidth);
            double y = _layout.Bottom + 54 + (i / _layout.LegendColumns * Layout.LineHeight);
            Write($"""<g stroke="{style.Colour}" stroke-width="1.6" fill="#fff">""");
            if (series.Mark != Mark.Points)
            {
                Write($"""<path d="M{x:0.##} {y:0.##}h{Layout.SampleWidth - 6}"{Dashes(style)}/>""");
            }
            Write($"""<path d="{style.Marker(x + ((Layout.SampleWidth - 6) / 2), y, MarkerRadius)}"/>""");
            Write($"</g>");
            double width = _layout.LegendColumnWidth - Layout.SampleWidth;
            Write($"""<text class="name" x="{x + Layout.SampleWidth:0.##}" y="{y:0.##}" dy="0.35em">{Fitted(series.Name, width)}</text>""");
        }
    }

    /// <summary>The stretches of points that have values; a step before a gap still holds until the gap's place.</summary>
    private static List<ChartPoint[]> Runs(Series series)
    {
        List<ChartPoint[]> runs = [];
        List<ChartPoint> run = [];
        foreach (ChartPoint? point in series.Points.Append(null))
        {
            if (point is not null && double.IsFinite(point.Y))
            {
                run.Add(point);
            }
            else if (run.Count > 0)
            {
                runs.Add(series.Steps && point is not null ? [.. run, point with { Y = double.NaN }] : [.. run]);
                run.Clear();
            }
        }
        return runs;
    }

    private string Path(ChartPoint[] run, bool steps)
    {
        StringBuilder path = new();
        foreach (ChartPoint point in run)
        {
            (double x, double y) = (_layout.PlaceX(point.X), _layout.PlaceY(point.Y));
            bool step = steps && path.Length > 0;
            path.Append(
                    step ? 'H'
                    : path.Length == 0 ? 'M'
                    : 'L'
                )
                .Append(CultureInfo.InvariantCulture, $"{x:0.##}");
            if (double.IsFinite(y))
            {
                path.Append(step ? 'V' : ' ').Append(CultureInfo.InvariantCulture, $"{y:0.##}");
            }
        }
        return path.ToString();
    }

    private void Marker(ChartPoint point, CurveStyle style, double radius, string fill) =>
        Write($"""<path class="marker" d="{style.Marker(_layout.PlaceX(point.X), _layout.PlaceY(point.Y), radius)}"{fill}/>""");

    private static string Dashes(CurveStyle style) => style.Dashes.Length == 0 ? "" : $" stroke-dasharray=\"{style.Dashes}\"";

    private static string Label(Tick tick) =>
        tick.Exponent is int exponent
            ? $"""{tick.Text}<tspan dy="-0.45em" font-size="8">{exponent.ToString(CultureInfo.InvariantCulture).Replace('-', '−')}</tspan>"""
            : tick.Text;

    private static string Fitted(string text, double width) => TextShape.Escape(TextShape.Fit(text, width, Layout.FontSize));

    private void Write(FormattableString element) => _svg.Append(element.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
