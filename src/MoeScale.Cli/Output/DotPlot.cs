using System.Globalization;

namespace MoeScale.Cli.Output;

/// <summary>A small plot of points in plain characters: '.' for one, 'o' for some, '#' for many.</summary>
internal static class DotPlot
{
    /// <summary>Columns of a panel, so that two and the gap between them fill a line.</summary>
    public const int Width = 38;

    private const int Margin = 9;
    private const int Across = Width - Margin - 1;
    private const int Down = 9;
    private const int Some = 2;
    private const int Many = 5;

    /// <summary>One panel.</summary>
    /// <param name="Title">Above it.</param>
    /// <param name="X">Of each point; finite.</param>
    /// <param name="Y">Of each point; finite.</param>
    public sealed record Panel(string Title, double[] X, double[] Y)
    {
        /// <summary>Ends of both axes.</summary>
        public required (double Low, double High) XRange { get; init; }

        public required (double Low, double High) YRange { get; init; }

        /// <summary>Whether the axes are logarithmic.</summary>
        public bool XLog { get; init; }

        public bool YLog { get; init; }

        /// <summary>The line that good points lie on, by the place across, 0 to 1: its place up, 0 to 1.</summary>
        public required Func<double, double> Guide { get; init; }

        public required Func<double, string> YText { get; init; }
    }

    /// <summary>The lines of two panels beside each other.</summary>
    public static IEnumerable<string> Beside(Panel left, Panel right) =>
        Lines(left).Zip(Lines(right), (l, r) => $"{l.PadRight(Width)}  {r}".TrimEnd());

    private static IEnumerable<string> Lines(Panel p)
    {
        int[,] counts = new int[Down, Across];
        for (int i = 0; i < p.X.Length; i++)
        {
            counts[Cell(1 - Place(p.Y[i], p.YRange, p.YLog), Down), Cell(Place(p.X[i], p.XRange, p.XLog), Across)]++;
        }
        yield return p.Title;
        for (int row = 0; row < Down; row++)
        {
            string label =
                row == 0 ? p.YText(p.YRange.High)
                : row == Down - 1 ? p.YText(p.YRange.Low)
                : "";
            char[] line = new char[Across];
            for (int column = 0; column < Across; column++)
            {
                bool guide = Cell(1 - p.Guide((column + 0.5) / Across), Down) == row;
                line[column] = counts[row, column] switch
                {
                    0 => guide ? '-' : ' ',
                    < Some => '.',
                    < Many => 'o',
                    _ => '#',
                };
            }
            yield return $"{label.PadLeft(Margin - 1)} |{new string(line)}";
        }
        string low = Number(p.XRange.Low),
            high = Number(p.XRange.High);
        yield return $"{new string(' ', Margin)}{low}{high.PadLeft(Across + 1 - low.Length)}";
    }

    /// <summary>Four digits.</summary>
    public static string Number(double value) =>
        value.ToString(Math.Abs(value) is < 1e-3 or >= 1e5 ? "0.0e0" : "G4", CultureInfo.InvariantCulture);

    private static double Place(double value, (double Low, double High) range, bool log) =>
        log ? Math.Log(value / range.Low) / Math.Log(range.High / range.Low) : (value - range.Low) / (range.High - range.Low);

    private static int Cell(double place, int cells) => Math.Clamp((int)Math.Floor(place * cells), 0, cells - 1);
}
