using System.Globalization;
using System.Xml.Linq;

namespace MoeScale.Charts.Tests;

public class LineChartTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private static LineChart Chart(params Series[] series) => new("Loss", new("compute (FLOPs)"), new("loss (nats)"), series);

    private static Series Curve(string name, params (double X, double Y)[] points) =>
        new(name, [.. points.Select(p => new ChartPoint(p.X, p.Y))]);

    /// <summary>Axes from 0 to 1, so that a point's place is a share of the frame.</summary>
    private static LineChart Unit(params Series[] series) =>
        Chart(series) with
        {
            X = new("x") { Low = 0, High = 1 },
            Y = new("y") { Low = 0, High = 1 },
        };

    private static XElement Parse(LineChart chart) => XElement.Parse(chart.ToSvg());

    private static double[] Numbers(XElement element, params string[] attributes) =>
        [.. attributes.Select(a => double.Parse(element.Attribute(a)!.Value, CultureInfo.InvariantCulture))];

    private static XElement[] Curves(XElement svg) => [.. svg.Elements(Svg + "g")];

    private static string Line(XElement curve) => curve.Element(Svg + "svg")?.Element(Svg + "path")?.Attribute("d")?.Value ?? "";

    private static int Markers(XElement curve) => curve.Elements(Svg + "path").Count(p => p.Attribute("class")?.Value == "marker");

    private static XElement[] Names(XElement svg) => [.. svg.Elements(Svg + "text").Where(t => t.Attribute("class")?.Value == "name")];

    private static string Refusal(LineChart chart) => Assert.Throws<ArgumentException>(chart.ToSvg).Message;

    [Fact]
    public void ToSvg_LinearAxes_PlaceAPointByItsShareOfTheFrame()
    {
        XElement curve = Curves(Parse(Unit(Curve("a", (0, 0), (0.25, 1), (1, 0.5)))))[0];
        double[] box = Numbers(curve.Element(Svg + "svg")!, "x", "y", "width", "height");
        // Left: 10 to the edge, 11 + 12 for the axis label, tick labels of three letters of 0.65 · 11.
        // Right: the name of one letter ends 10 before the edge and starts 12 after the curve.
        Assert.Equal([54.45, 40, 556.4, 334], box.Select(b => Math.Round(b, 2)));
        Assert.Equal("M54.45 374L193.55 40L610.85 207", Line(curve));
    }

    [Fact]
    public void ToSvg_LogAxis_PlacesEqualRatiosAtEqualDistances()
    {
        LineChart chart = Unit(Curve("a", (1, 0), (10, 0), (1000, 1))) with
        {
            X = new("x", Scale.Log) { Low = 1, High = 1000 },
        };
        Assert.Equal("M54.45 374L239.92 374L610.85 40", Line(Curves(Parse(chart))[0])); // 54.45 + 556.4/3 = 239.92
    }

    [Fact]
    public void Range_OfFreeEnds_LeavesAMarginOfFourPercent()
    {
        AxisRange linear = AxisRange.Of(new Axis("x"), [0, 100]);
        Assert.Equal((-4, 104), (linear.Low, linear.High));
        AxisRange log = AxisRange.Of(new Axis("x", Scale.Log), [1, 1e25]);
        Assert.Equal(0.1, log.Low, 1e-15); // one decade of 25, from two powers correct to the last digits
        Assert.Equal(1e26, log.High, 1e12);
    }

    [Theory]
    [InlineData(Scale.Linear, 5, 4.5, 5.5)]
    [InlineData(Scale.Linear, 0, -1, 1)]
    [InlineData(Scale.Log, 8, 4, 16)]
    public void Range_OfOneValue_HasItInTheMiddle(Scale scale, double value, double low, double high)
    {
        AxisRange range = AxisRange.Of(new Axis("x", scale), [value, value]);
        Assert.Equal((low, high), (range.Low, range.High));
        Assert.Equal(0.5, range.Fraction(value), 15);
    }

    [Fact]
    public void ToSvg_SinglePoint_IsAMarker()
    {
        XElement curve = Curves(Parse(Chart(Curve("one", (1e20, 3)))))[0];
        Assert.Equal("", Line(curve));
        Assert.Equal(1, Markers(curve));
    }

    [Fact]
    public void ToSvg_PointWithoutValue_IsAGap()
    {
        XElement curve = Curves(
            Parse(Unit(Curve("a", (0, 0), (0.25, 0), (0.4, double.NaN), (0.5, 1), (0.6, double.PositiveInfinity), (0.75, 0), (1, 0))))
        )[0];
        Assert.Equal("M54.45 374L193.55 374M471.75 374L610.85 374", Line(curve));
        Assert.Equal(2, Markers(curve)); // the point between two gaps, and the end
    }

    [Fact]
    public void ToSvg_Steps_HoldAValueUntilTheNextPointOrGap()
    {
        Series steps = Curve("a", (0, 0), (0.25, 1), (0.5, 0.5), (0.75, double.NaN)) with { Steps = true };
        // The curve ends at half the axis, so that its name leaves the plot its whole width of 577.2.
        Assert.Equal("M54.45 374H198.34V40H342.23V207H486.11", Line(Curves(Parse(Unit(steps)))[0]));
    }

    [Fact]
    public void ToSvg_Marks_SayWhichPointsAreDrawn()
    {
        ChartPoint[] points = [new(0, 0), new(0.5, 0.2, Emphasised: true), new(1, 1)];
        XElement[] curves = Curves(Parse(Unit(new("l", points), new("p", points, Mark.Points), new("b", points, Mark.LineAndPoints))));
        Assert.Equal([2, 3, 3], curves.Select(Markers)); // a line alone has its emphasised point and its end
        Assert.Equal([true, false, true], curves.Select(c => Line(c).Length > 0));
        Assert.All(curves, c => Assert.Single(c.Elements(Svg + "path"), m => m.Attribute("fill")?.Value == c.Attribute("stroke")!.Value));
    }

    [Fact]
    public void ToSvg_PointsOutsideTheEnds_AreCutAndNotMarked()
    {
        XElement svg = Parse(Unit(new Series("a", [new(0.5, 0.5), new(1, 1e300)], Mark.LineAndPoints), new("gone", [new(2, 2)])));
        Assert.Equal([1, 0], Curves(svg).Select(Markers));
        Assert.Equal("a", Assert.Single(Names(svg)).Value);
        Assert.True(Line(Curves(svg)[0]).Length < 40, "a coordinate far outside is held near");
    }

    [Fact]
    public void ToSvg_CurvesThatEndTogether_HaveNamesApartWithLeaders()
    {
        XElement svg = Parse(Unit([.. Enumerable.Range(0, 12).Select(i => Curve($"E = {1 << i}", (0, 1), (1, 0.3 + (0.001 * i))))]));
        double[] heights = [.. Names(svg).Select(t => Numbers(t, "y")[0]).Order()];
        Assert.Equal(12, heights.Length);
        Assert.All(heights.Zip(heights.Skip(1)), pair => Assert.True(pair.Second - pair.First >= 13.99, $"{pair}")); // 14, printed to 0.01
        Assert.All(Names(svg), t => Assert.True(Numbers(t, "x")[0] + TextShape.Width(t.Value, 11) <= 630.01, t.Value));
        // Nobody keeps its place here: the nearest two are 7 away.
        Assert.Equal(12, svg.Elements(Svg + "path").Count(p => p.Attribute("stroke")?.Value == "#888"));
        // From the highest curve to the lowest, so that no two leaders cross.
        Assert.Equal(
            Enumerable.Range(0, 12).Reverse().Select(i => $"E = {1 << i}"),
            Names(svg).OrderBy(t => Numbers(t, "y")[0]).Select(t => t.Value)
        );
    }

    [Fact]
    public void ToSvg_NamesThatDoNotFit_GoToALegend()
    {
        string Name(int i) => $"a name of a curve that is far too long for its end {i}";
        XElement svg = Parse(Unit([.. Enumerable.Range(0, 3).Select(i => Curve(Name(i), (0, 0), (1, i / 3.0)))]));
        double bottom = Numbers(Curves(svg)[0].Element(Svg + "svg")!, "y", "height").Sum();
        Assert.Equal(["0", "1", "2"], Names(svg).Select(t => t.Value[^1..]));
        Assert.All(Names(svg), t => Assert.InRange(Numbers(t, "y")[0], bottom + 40, 415));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public void ToSvg_ThirtyNames_FitTheLegendWhateverTheirLength(int length)
    {
        XElement svg = Parse(Unit([.. Enumerable.Range(0, 30).Select(i => Curve($"{i} {new string('n', length)}", (0, 0), (1, 0)))]));
        Assert.Equal(30, Names(svg).Length);
        Assert.All(Names(svg), t => Assert.InRange(Numbers(t, "y")[0], 0, 415));
        Assert.All(Names(svg), t => Assert.InRange(Numbers(t, "x")[0] + TextShape.Width(t.Value, 11), 0, 640));
        Assert.InRange(Numbers(Curves(svg)[0].Element(Svg + "svg")!, "height")[0], 120, 300);
    }

    [Fact]
    public void ToSvg_LegendAskedFor_HoldsEveryName()
    {
        XElement svg = Parse(Unit(Curve("a", (0, 0), (1, 0)), Curve("b", (2, 2))) with { Legend = true });
        Assert.Equal(["a", "b"], Names(svg).Select(t => t.Value));
        Assert.Equal(4, Curves(svg).Length); // each curve, and its sample
    }

    [Fact]
    public void Styles_OfThirtyCurves_DifferWithoutColour()
    {
        CurveStyle[] styles = [.. Enumerable.Range(0, CurveStyle.Distinct).Select(i => new CurveStyle(i))];
        Assert.Equal(30, styles.Select(s => (s.Dashes, s.Marker(0, 0, 3))).Distinct().Count());
        Assert.All(styles.Zip(styles.Skip(1)), pair => Assert.NotEqual(pair.First.Colour, pair.Second.Colour));
    }

    [Fact]
    public void ToSvg_SignsOfXml_AreEscaped()
    {
        const string Evil = "<script>&amp; \"x\" 'y' ]]> \u0001\ud800 日本";
        const string Shown = "<script>&amp; \"x\" 'y' ]]> \ufffd\ufffd 日本";
        XElement svg = Parse(new LineChart(Evil, new(Evil), new(Evil), [Curve(Evil, (0, 0), (1, 1))]));
        Assert.Equal(Shown, svg.Element(Svg + "title")!.Value);
        Assert.Equal(Shown, Curves(svg)[0].Element(Svg + "title")!.Value);
        Assert.Equal(4, svg.Elements(Svg + "text").Count(t => t.Value == Shown)); // title, two axes, name
        Assert.Empty(svg.Descendants(Svg + "script"));
    }

    [Fact]
    public void ToSvg_Always_NamesItselfForReaders()
    {
        XElement svg = Parse(Chart(Curve("a", (0, 1), (1, 2)), Curve("b", (0, 1), (1, 3))));
        Assert.Equal("img", svg.Attribute("role")!.Value);
        Assert.Equal("0 0 640 420", svg.Attribute("viewBox")!.Value);
        Assert.Equal("Loss", svg.Element(Svg + "title")!.Value);
        Assert.Equal("loss (nats) over compute (FLOPs); curves: a, b.", svg.Element(Svg + "desc")!.Value);
        Assert.Contains(svg.Elements(Svg + "text"), t => t.Value == "compute (FLOPs)");
        Assert.Contains(svg.Elements(Svg + "text"), t => t.Value == "loss (nats)");
    }

    [Fact]
    public void ToSvg_PowersOfTen_AreRaised()
    {
        XElement svg = Parse(Chart(Curve("a", (1e19, 3), (1e23, 2))) with { X = new("C", Scale.Log) });
        XElement label = svg.Elements(Svg + "text").Single(t => t.Value == "1021");
        Assert.Equal("21", label.Element(Svg + "tspan")!.Value);
    }

    [Fact]
    public void ToSvg_SmallChart_IsTheGoldenFile()
    {
        LineChart chart = Golden();
        using StreamReader golden = new(typeof(LineChartTests).Assembly.GetManifestResourceStream("isoflop.svg")!);
        Assert.Equal(golden.ReadToEnd(), chart.ToSvg());
    }

    [Fact]
    public void ToSvg_InAnyCulture_IsTheSame()
    {
        string expected = Golden().ToSvg();
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            // Globalization is invariant, so a culture of its own makes the comma.
            CultureInfo commas = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            (commas.NumberFormat.NumberDecimalSeparator, commas.NumberFormat.NegativeSign) = (",", "~");
            CultureInfo.CurrentCulture = commas;
            Assert.Equal(expected, Golden().ToSvg());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static LineChart Golden() =>
        new(
            "IsoFLOP curves",
            new("active parameters", Scale.Log),
            new("loss (nats per token)"),
            [
                new("1e19 FLOPs", [new(1e7, 3.5), new(1e8, 3.1, Emphasised: true), new(1e9, 3.4)]),
                new("1e20 FLOPs", [new(1e8, 2.9), new(5e8, 2.7, Emphasised: true), new(3e9, 2.8)], Mark.LineAndPoints),
            ]
        );

    [Fact]
    public void ToSvg_NothingToDraw_SaysWhatIsNeeded()
    {
        Assert.Equal("'Loss' has 0 curves; a chart needs 1 to 30, as many as can be told apart without colour.", Refusal(Chart()));
        Assert.Contains("has 31 curves", Refusal(Chart([.. Enumerable.Repeat(Curve("a", (0, 0)), 31)])));
        Assert.Equal(
            "'Loss' has no point with a finite value; at least one is needed.",
            Refusal(Chart(Curve("a"), Curve("b", (1, double.NaN))))
        );
        Assert.Equal("'a' has a point at x = NaN; x must be finite, only y may have gaps.", Refusal(Chart(Curve("a", (double.NaN, 1)))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void ToSvg_ValueNotAboveZeroOnALogAxis_IsRefused(double value)
    {
        Assert.Equal(
            $"axis 'compute (FLOPs)' is logarithmic, but has a value of {value}; all must be above zero.",
            Refusal(Chart(Curve("a", (value, 1), (1, 1))) with { X = new("compute (FLOPs)", Scale.Log) })
        );
        Assert.Contains("axis 'loss' is logarithmic", Refusal(Chart(Curve("a", (1, value), (1, 1))) with { Y = new("loss", Scale.Log) }));
    }

    [Theory]
    [InlineData(2.0, 1.0)]
    [InlineData(1.0, 1.0)]
    [InlineData(1.0, 1.0000000001)]
    [InlineData(0.0, double.PositiveInfinity)]
    [InlineData(double.NaN, 1.0)]
    public void ToSvg_EndsThatMakeNoAxis_AreRefused(double low, double high) =>
        Assert.StartsWith(
            "axis 'x' would run from ",
            Refusal(
                Chart(Curve("a", (0, 0), (1, 1))) with
                {
                    X = new("x") { Low = low, High = high },
                }
            )
        );

    [Fact]
    public void Range_OneEndBeyondAllValues_MovesTheOther()
    {
        Assert.Equal(
            (10, 11),
            (AxisRange.Of(new Axis("x") { Low = 10 }, [1, 2]).Low, AxisRange.Of(new Axis("x") { Low = 10 }, [1, 2]).High)
        );
        Assert.Equal(
            (-11, -10),
            (AxisRange.Of(new Axis("x") { High = -10 }, [1, 2]).Low, AxisRange.Of(new Axis("x") { High = -10 }, [1, 2]).High)
        );
    }
}
