using System.Buffers;
using System.Globalization;
using System.Text;

namespace MoeScale.Basics;

/// <summary>A table as comma-separated values: a header and rows, lines ended by "\n" (RFC 4180 but for that).</summary>
public sealed class CsvText
{
    // Separators, one of which a reader may guess, and what ends a cell or a row.
    private static readonly SearchValues<char> Special = SearchValues.Create(",;\t\"\n\r");

    private readonly StringBuilder _text = new();

    /// <param name="header">Names of the columns.</param>
    public CsvText(params IEnumerable<string> header) => Row(header);

    /// <summary>Rows so far, the header aside.</summary>
    public int RowCount { get; private set; } = -1;

    /// <summary>Adds a row.</summary>
    /// <param name="cells">In the order of the header; in quotes where they hold a separator, a quote or an end of line.</param>
    public void Row(params IEnumerable<string> cells)
    {
        _text.AppendJoin(',', cells.Select(Quoted)).Append('\n');
        RowCount++;
    }

    /// <summary>Adds a row of numbers.</summary>
    public void Row(params IEnumerable<double> cells) => Row(cells.Select(Number));

    /// <summary>A number so that the same bits are read back.</summary>
    public static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>The whole table.</summary>
    public override string ToString() => _text.ToString();

    private static string Quoted(string cell) =>
        cell.AsSpan().ContainsAny(Special) ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
}
