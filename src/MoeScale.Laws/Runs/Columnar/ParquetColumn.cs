using System.Text;

namespace MoeScale.Laws.Runs.Columnar;

/// <summary>How a column is stored, by Parquet's own numbers.</summary>
internal enum Physical
{
    Boolean,
    Int32,
    Int64,
    Int96,
    Float,
    Double,
    ByteArray,
    FixedByteArray,
}

/// <summary>What a stored value means.</summary>
internal enum Meaning
{
    /// <summary>Itself: a truth value, a number.</summary>
    Plain,
    Unsigned,
    Text,

    /// <summary>A whole number over a power of ten.</summary>
    Decimal,

    /// <summary>Days since 1970.</summary>
    Date,

    /// <summary>Units of a clock since 1970.</summary>
    Timestamp,

    /// <summary>Units of a clock since midnight.</summary>
    Time,
    Uuid,
    Half,

    /// <summary>Nothing that a cell could hold.</summary>
    None,
}

/// <summary>A column of a Parquet file that lies flat in its rows.</summary>
/// <param name="Name">As the file writes it.</param>
/// <param name="Index">Of its chunk in each group of rows.</param>
/// <param name="Physical">How it is stored.</param>
/// <param name="TypeLength">Bytes of a value of fixed length; else 0.</param>
/// <param name="IsOptional">Whether values may be missing.</param>
/// <param name="Meaning">What a value means.</param>
/// <param name="Scale">Digits behind the point of a decimal; ticks a second of a clock.</param>
internal sealed record ParquetColumn(
    string Name,
    int Index,
    Physical Physical,
    int TypeLength,
    bool IsOptional,
    Meaning Meaning,
    long Scale = 0
)
{
    /// <summary>Reads an element of a schema.</summary>
    /// <param name="element">Of the schema, without children.</param>
    /// <param name="index">Of its chunk in each group of rows.</param>
    /// <exception cref="InvalidDataException">It says no type.</exception>
    public static ParquetColumn Of(ThriftStruct element, int index)
    {
        if (element.Whole(1) is not (>= 0 and <= (long)Physical.FixedByteArray and long type))
        {
            throw new InvalidDataException("a column has no type");
        }
        Physical physical = (Physical)type;
        long length = physical == Physical.FixedByteArray ? element.Whole(2) ?? 0 : 0;
        if (length is < 0 or > 1 << 16 || (physical == Physical.FixedByteArray && length == 0))
        {
            throw new InvalidDataException("a column has values of no length");
        }
        (Meaning meaning, long scale) = Meant(element, physical, (int)length);
        return new ParquetColumn(NameOf(element), index, physical, (int)length, element.Whole(3) == 1, meaning, scale);
    }

    /// <summary>The name of an element of a schema.</summary>
    public static string NameOf(ThriftStruct element) => Encoding.UTF8.GetString((element.Bytes(4) ?? default).Span).Trim();

    private static (Meaning Meaning, long Scale) Meant(ThriftStruct element, Physical physical, int length)
    {
        ThriftStruct? logical = element.Struct(10);
        long? converted = element.Whole(6);
        bool isBytes = physical is Physical.ByteArray or Physical.FixedByteArray;
        bool isWhole = physical is Physical.Int32 or Physical.Int64;
        if (logical?.Has(5) == true || converted == 5)
        {
            long scale = logical?.Struct(5)?.Whole(1) ?? element.Whole(7) ?? 0;
            // Longer numbers than any decimal would take quadratic time.
            return scale is >= 0 and <= 1000 && (isWhole || (physical == Physical.FixedByteArray && length <= 128))
                ? (Meaning.Decimal, scale)
                : (Meaning.None, 0);
        }
        if (isBytes)
        {
            // Texts, enumerations and JSON.
            return physical == Physical.ByteArray
                && (logical?.Has(1) == true || logical?.Has(4) == true || logical?.Has(12) == true || converted is 0 or 4 or 19)
                    ? (Meaning.Text, 0)
                : logical?.Has(14) == true && length == 16 ? (Meaning.Uuid, 0)
                : logical?.Has(15) == true && length == 2 ? (Meaning.Half, 0)
                : (Meaning.None, 0);
        }
        if (!isWhole)
        {
            return (Meaning.Plain, 0);
        }
        return logical?.Has(6) == true || converted == 6 ? (Meaning.Date, 0)
            : logical?.Struct(8) is ThriftStruct stamp ? (Meaning.Timestamp, PerSecond(stamp))
            : logical?.Struct(7) is ThriftStruct time ? (Meaning.Time, PerSecond(time))
            : converted is 9 or 10 ? (Meaning.Timestamp, converted == 9 ? 1000 : 1_000_000)
            : converted is 7 or 8 ? (Meaning.Time, converted == 7 ? 1000 : 1_000_000)
            : converted is >= 11 and <= 14 || logical?.Struct(10)?.Truth(2) == false ? (Meaning.Unsigned, 0)
            : (Meaning.Plain, 0);
    }

    private static long PerSecond(ThriftStruct clock) =>
        clock.Struct(2) is not ThriftStruct unit ? 1_000_000
        : unit.Has(1) ? 1000
        : unit.Has(3) ? 1_000_000_000
        : 1_000_000;
}
