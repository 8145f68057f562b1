using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using MoeScale.Laws.Runs.Columnar;

namespace MoeScale.Laws.Runs;

/// <summary>Values that Parquet stores as cells of a table.</summary>
internal static class ParquetCells
{
    // Beyond them a double leaves out whole numbers.
    private const long Exact = 1L << 53;

    /// <summary>A stored whole number as a cell.</summary>
    public static void Add(TableBuilder table, int row, int column, ParquetColumn told, long value)
    {
        switch (told.Meaning)
        {
            case Meaning.Date:
                Add(table, row, column, Text(told, value, TimeSpan.TicksPerDay, "yyyy-MM-dd"));
                break;
            case Meaning.Timestamp:
                Add(table, row, column, Text(told, value, 0, "yyyy-MM-ddTHH:mm:ss.FFFFFFF"));
                break;
            case Meaning.Time:
                Add(table, row, column, Text(told, value, 0, "HH:mm:ss.FFFFFFF"));
                break;
            case Meaning.Decimal:
                table.Add(row, column, Fraction(told, value));
                break;
            case Meaning.Unsigned when value < 0 && told.Physical == Physical.Int64:
                Add(table, row, column, unchecked((ulong)value).ToString(CultureInfo.InvariantCulture));
                break;
            case Meaning.Unsigned when value < 0:
                table.Add(row, column, (double)unchecked((uint)value));
                break;
            case var _ when value is > Exact or < -Exact:
                Add(table, row, column, value.ToString(CultureInfo.InvariantCulture));
                break;
            default:
                table.Add(row, column, (double)value);
                break;
        }
    }

    /// <summary>Stored bytes as a cell.</summary>
    public static void Add(TableBuilder table, int row, int column, ParquetColumn told, ReadOnlySpan<byte> value)
    {
        switch (told.Meaning)
        {
            case Meaning.Decimal:
                table.Add(row, column, value.Length == 0 ? double.NaN : Fraction(told, new BigInteger(value, isBigEndian: true)));
                break;
            case Meaning.Uuid:
                Add(table, row, column, new Guid(value, bigEndian: true).ToString());
                break;
            case Meaning.Half:
                table.Add(row, column, (double)BinaryPrimitives.ReadHalfLittleEndian(value));
                break;
            default:
                table.Add(row, column, value);
                break;
        }
    }

    /// <summary>A point in time as a cell.</summary>
    public static void Add(TableBuilder table, int row, int column, DateTime value) =>
        Add(table, row, column, value.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture));

    private static void Add(TableBuilder table, int row, int column, string text) => table.Add(row, column, Encoding.UTF8.GetBytes(text));

    // Of clocks finer than .NET's the rest is cut off; a time that no calendar has stays the number that it is.
    private static string Text(ParquetColumn told, long value, long ticksOfUnit, string format)
    {
        Int128 ticks = ticksOfUnit > 0 ? (Int128)value * ticksOfUnit : (Int128)value * TimeSpan.TicksPerSecond / told.Scale;
        Int128 all = ticks + (told.Meaning == Meaning.Time ? 0 : DateTime.UnixEpoch.Ticks);
        return all >= 0 && all <= DateTime.MaxValue.Ticks
            ? new DateTime((long)all).ToString(format, CultureInfo.InvariantCulture)
            : value.ToString(CultureInfo.InvariantCulture);
    }

    private static double Fraction(ParquetColumn told, BigInteger unscaled) =>
        double.Parse(string.Create(CultureInfo.InvariantCulture, $"{unscaled}e-{told.Scale}"), CultureInfo.InvariantCulture);
}
