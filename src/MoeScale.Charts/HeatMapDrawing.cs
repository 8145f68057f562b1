using System.Globalization;
using System.Text;

namespace MoeScale.Charts;

/// <summary>Draws a heat map whose input has been checked, from back to front.</summary>
internal sealed class HeatMapDrawing
{
    private const double Edge = 10;
    private const double BarWidth = 14;
    private const double NumberSize = 9;
    private const double MinRow = 5;
    private const double MaxRow = 30;
    private const double RowsHeight = 300;
    private const int BarSteps = 32;

    // White to dark blue, each step darker than the one before in grey too.
    private static readonly (double R, double G, double B)[] Colours =
    [
        (255, 255, 255),
        (198, 219, 239),
        (107, 174, 214),
        (33, 113, 181),
        (8, 48, 107),
    ];

    // No colour of the scale, which has no grey.
    private const string Empty = "#e4e4e4";

    private readonly StringBuilder _svg = new();
    private readonly HeatMap _map;
    private readonly AxisRange _range;
    private readonly Ticks _ticks;
    private readonly double _left;
    private readonly double _top;
    private readonly double _cellWidth;
    private readonly double _cellHeight;

    public HeatMapDrawing(HeatMap map, AxisRange range)
    {
        _map = map;
        _range = range;
        _ticks = Ticks.Of(range);
        _top = map.Title.Length == 0 ? 16 : 40;
        _cellHeight = Math.Clamp(RowsHeight / map.Rows.Count, MinRow, MaxRow);
        double names = Math.Min(160, map.Rows.Max(r => TextShape.Width(r, Layout.FontSize)));
        _left = Edge + Layout.FontSize + 12 + names;
        double right =
            Layout.Width
            - Edge
            - Layout.FontSize
            - 8
            - _ticks.Major.Max(t => TextShape.Width(t.Text + t.Exponent, Layout.FontSize))
            - 8
            - BarWidth
            - 16;
        _cellWidth = (right - _left) / map.Columns.Count;
        double bottom = _top + (map.Rows.Count * _cellHeight);
        double height = Math.Max(bottom, _top + 100) + 46;
        Write(
            $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Layout.Width} {height:0.##}" role="img" font-family="system-ui, 'Helvetica Neue', Arial, sans-serif" font-size="{Layout.FontSize}" fill="#222">"""
        );
        Write($"<title>{TextShape.Escape(map.Title.Length > 0 ? map.Title : map.Unit)}</title>");
        Write($"<desc>{TextShape.Escape($"{map.Unit}, by {map.Y} and {map.X}.")}</desc>");
        Write($"""<rect width="{Layout.Width}" height="{height:0.##}" fill="#fff"/>""");
        if (map.Title.Length > 0)
        {
            Write(
                $"""<text x="{_left:0.##}" y="24" font-size="{Layout.TitleSize}" font-weight="bold">{TextShape.Escape(TextShape.Fit(map.Title, Layout.Width - _left, Layout.TitleSize))}</text>"""
            );
        }
        Cells();
        Write(
            $"""<rect x="{_left:0.##}" y="{_top:0.##}" width="{right - _left:0.##}" height="{bottom - _top:0.##}" fill="none" stroke="#444"/>"""
        );
        Names(right, bottom, names);
        Bar(right + 16);
        Write($"</svg>");
    }

    public override string ToString() => _svg.ToString();

    private void Cells()
    {
        // The widest number decides for all, or a map would look as if the cells without one were empty.
        string[,] numbers = new string[_map.Rows.Count, _map.Columns.Count];
        double widest = 0;
        for (int row = 0; row < _map.Rows.Count; row++)
        {
            for (int column = 0; column < _map.Columns.Count; column++)
            {
                double value = _map.Values[row, column];
                numbers[row, column] = double.IsFinite(value) ? Number(value) : "";
                widest = Math.Max(widest, TextShape.Width(numbers[row, column], NumberSize));
            }
        }
        bool numbered = widest + 2 <= _cellWidth && _cellHeight >= NumberSize + 2;
        for (int row = 0; row < _map.Rows.Count; row++)
        {
            for (int column = 0; column < _map.Columns.Count; column++)
            {
                double value = _map.Values[row, column];
                (double x, double y) = (_left + (column * _cellWidth), _top + (row * _cellHeight));
                if (!double.IsFinite(value))
                {
                    Write(
                        $"""<rect class="empty" x="{x:0.##}" y="{y:0.##}" width="{_cellWidth + 0.2:0.##}" height="{_cellHeight + 0.2:0.##}" fill="{Empty}"/>"""
                    );
                    continue;
                }
                double share = Math.Clamp(_range.Fraction(value), 0, 1);
                string where = TextShape.Escape($"{_map.Y} {_map.Rows[row]}, {_map.X} {_map.Columns[column]}: {numbers[row, column]}");
                Write(
                    $"""<rect class="cell" x="{x:0.##}" y="{y:0.##}" width="{_cellWidth + 0.2:0.##}" height="{_cellHeight + 0.2:0.##}" fill="{Colour(share)}"><title>{where}</title></rect>"""
                );
                if (numbered)
                {
                    Write(
                        $"""<text x="{x + (_cellWidth / 2):0.##}" y="{y + (_cellHeight / 2):0.##}" dy="0.35em" font-size="{NumberSize}" text-anchor="middle" fill="{(share > 0.55 ? "#fff" : "#222")}">{numbers[row, column]}</text>"""
                    );
                }
            }
        }
    }

    private void Names(double right, double bottom, double room)
    {
        int every = (int)Math.Ceiling(Layout.FontSize / _cellHeight);
        for (int row = 0; row < _map.Rows.Count; row += every)
        {
            Write(
                $"""<text x="{_left - 6:0.##}" y="{_top + ((row + 0.5) * _cellHeight):0.##}" dy="0.35em" text-anchor="end">{TextShape.Escape(TextShape.Fit(_map.Rows[row], room, Layout.FontSize))}</text>"""
            );
        }
        double widest = _map.Columns.Max(c => TextShape.Width(c, Layout.FontSize));
        // A few long names are shortened; many are left out.
        every = _map.Columns.Count <= 10 ? 1 : (int)Math.Ceiling((widest + 4) / _cellWidth);
        for (int column = 0; column < _map.Columns.Count; column += every)
        {
            string name = TextShape.Fit(_map.Columns[column], Math.Max(every * _cellWidth, 2 * Layout.FontSize), Layout.FontSize);
            Write(
                $"""<text x="{_left + ((column + 0.5) * _cellWidth):0.##}" y="{bottom + 16:0.##}" text-anchor="middle">{TextShape.Escape(name)}</text>"""
            );
        }
        double middle = (_left + right) / 2;
        Write(
            $"""<text x="{middle:0.##}" y="{bottom + 35:0.##}" text-anchor="middle">{TextShape.Escape(TextShape.Fit(_map.X, right - _left, Layout.FontSize))}</text>"""
        );
        Write(
            $"""<text transform="translate(18 {(_top + bottom) / 2:0.##}) rotate(-90)" text-anchor="middle">{TextShape.Escape(_map.Y)}</text>"""
        );
    }

    private void Bar(double x)
    {
        double height = Math.Max(100, _map.Rows.Count * _cellHeight);
        for (int step = 0; step < BarSteps; step++)
        {
            double y = _top + (height * (BarSteps - 1 - step) / BarSteps);
            Write(
                $"""<rect x="{x:0.##}" y="{y:0.##}" width="{BarWidth}" height="{(height / BarSteps) + 0.2:0.##}" fill="{Colour(step / (BarSteps - 1.0))}"/>"""
            );
        }
        Write($"""<rect x="{x:0.##}" y="{_top:0.##}" width="{BarWidth}" height="{height:0.##}" fill="none" stroke="#444"/>""");
        foreach (Tick tick in _ticks.Major)
        {
            double y = _top + (height * (1 - _range.Fraction(tick.Value)));
            Write($"""<text x="{x + BarWidth + 5:0.##}" y="{y:0.##}" dy="0.35em">{TextShape.Escape(tick.Text)}{Raised(tick)}</text>""");
        }
        Write(
            $"""<text transform="translate({Layout.Width - Edge:0.##} {_top + (height / 2):0.##}) rotate(-90)" text-anchor="middle">{TextShape.Escape(TextShape.Fit(_map.Unit, height + 60, Layout.FontSize))}</text>"""
        );
    }

    private static string Raised(Tick tick) =>
        tick.Exponent is int exponent
            ? $"""<tspan dy="-0.45em" font-size="8">{exponent.ToString(CultureInfo.InvariantCulture).Replace('-', '−')}</tspan>"""
            : "";

    // Three digits of the highest are as much as a cell has room for.
    private string Number(double value) =>
        value
            .ToString(
                _range.High >= 100 ? "0"
                    : _range.High >= 10 ? "0.#"
                    : "0.##",
                CultureInfo.InvariantCulture
            )
            .Replace('-', '−');

    private static string Colour(double share)
    {
        double at = share * (Colours.Length - 1);
        int from = Math.Min((int)at, Colours.Length - 2);
        (double r, double g, double b) = Colours[from];
        (double r2, double g2, double b2) = Colours[from + 1];
        return $"#{Mixed(r, r2):x2}{Mixed(g, g2):x2}{Mixed(b, b2):x2}";

        int Mixed(double low, double high) => (int)Math.Round(low + ((at - from) * (high - low)));
    }

    private void Write(FormattableString element) => _svg.Append(element.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
