using System.Globalization;

namespace MoeScale.Charts;

/// <summary>What tells one curve from the others, three times over: colour, dashes and the shape of its markers.</summary>
internal sealed class CurveStyle
{
    /// <summary>Curves that differ in dashes or marker, even in black and white.</summary>
    public const int Distinct = 30;

    // Okabe and Ito, "Color Universal Design" (2008), but for the yellow, which is too faint on white.
    private static readonly string[] Colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"];

    // Five dashes and six shapes have no common divisor, so that pairs repeat only after all thirty.
    private static readonly string[] DashPatterns = ["", "7 3", "2 2.5", "9 3 2 3", "14 4"];

    // Outlines at radius 1, sized to look alike; an empty one is a circle.
    private static readonly (double X, double Y)[][] Shapes =
    [
        [],
        [(-0.87, -0.87), (0.87, -0.87), (0.87, 0.87), (-0.87, 0.87)],
        [(0, -1.2), (1.1, 0.75), (-1.1, 0.75)],
        [(0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)],
        [(0, 1.2), (-1.1, -0.75), (1.1, -0.75)],
        Star(1.35, 0.6),
    ];

    private readonly (double X, double Y)[] _shape;

    /// <param name="index">From 0; <see cref="Distinct"/> of them differ.</param>
    public CurveStyle(int index)
    {
        Colour = Colours[index % Colours.Length];
        Dashes = DashPatterns[index % DashPatterns.Length];
        _shape = Shapes[index % Shapes.Length];
    }

    /// <summary>The style of one curve of a chart: its own, or that of its place.</summary>
    public static CurveStyle Of(IReadOnlyList<Series> series, int place) => new((series[place].Style ?? place) % Distinct);

    public string Colour { get; }

    /// <summary>Lengths of dashes and gaps; empty for a solid line.</summary>
    public string Dashes { get; }

    /// <summary>The marker's outline around a point, as path data.</summary>
    public string Marker(double x, double y, double radius)
    {
        if (_shape.Length == 0)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"M{x - radius:0.##} {y:0.##}a{radius} {radius} 0 1 0 {2 * radius} 0a{radius} {radius} 0 1 0 {-2 * radius} 0Z"
            );
        }
        IEnumerable<string> corners = _shape.Select(c =>
            string.Create(CultureInfo.InvariantCulture, $"{x + (radius * c.X):0.##} {y + (radius * c.Y):0.##}")
        );
        return $"M{string.Join("L", corners)}Z";
    }

    private static (double X, double Y)[] Star(double outer, double inner) =>
        [
            .. Enumerable
                .Range(0, 10)
                .Select(i =>
                {
                    double radius = i % 2 == 0 ? outer : inner;
                    return (radius * Math.Sin(i * Math.PI / 5), -radius * Math.Cos(i * Math.PI / 5));
                }),
        ];
}
