namespace MoeScale.Laws.Runs.Columnar;

/// <summary>
/// A struct of Thrift's compact protocol, which Parquet's metadata is written in: values by the number of their field. A value is a long,
/// a bool, bytes, a list of structs or a struct; numbers with a fraction and other lists are not kept.
/// </summary>
internal sealed class ThriftStruct
{
    // None until there is a field: an empty struct is one byte of a file.
    private Dictionary<int, object>? _fields;

    public void Add(int field, object value) => (_fields ??= [])[field] = value;

    /// <summary>A whole number; null where there is none.</summary>
    public long? Whole(int field) => Value(field) as long?;

    public bool? Truth(int field) => Value(field) as bool?;

    public ReadOnlyMemory<byte>? Bytes(int field) => Value(field) as ReadOnlyMemory<byte>?;

    public ThriftStruct? Struct(int field) => Value(field) as ThriftStruct;

    /// <summary>The structs of a list; none where there is no such list.</summary>
    public IReadOnlyList<ThriftStruct> Structs(int field) => Value(field) as List<ThriftStruct> ?? [];

    public bool Has(int field) => Value(field) is not null;

    private object? Value(int field) => _fields?.GetValueOrDefault(field);
}

/// <summary>Reads structs of Thrift's compact protocol, which may be anything: never beyond the bytes, never deep, and never more
/// values than <see cref="MaxKept"/>, since a value takes far more memory than bytes.</summary>
/// <param name="bytes">That hold them.</param>
/// <param name="position">Where the first one begins.</param>
internal sealed class ThriftReader(ReadOnlyMemory<byte> bytes, int position)
{
    /// <summary>Structs and fields that are kept in all; metadata of ten thousand chunks of columns have fewer.</summary>
    public const int MaxKept = 1 << 20;

    private const int MaxDepth = 32;
    private const int Stop = 0,
        True = 1,
        False = 2,
        Byte = 3,
        Double = 7,
        Binary = 8,
        List = 9,
        Set = 10,
        Map = 11,
        Struct = 12;

    private int _kept;

    /// <summary>Where it stands.</summary>
    public int Position { get; private set; } = position;

    /// <exception cref="InvalidDataException">The bytes are no struct.</exception>
    public ThriftStruct Read(int depth = 0)
    {
        if (depth > MaxDepth)
        {
            throw new InvalidDataException("structs nest too deep");
        }
        Keep();
        ThriftStruct read = new();
        int field = 0;
        while (true)
        {
            int header = Next();
            int type = header & 15;
            if (type == Stop)
            {
                return read;
            }
            field = header >> 4 == 0 ? (short)Zigzag() : field + (header >> 4);
            Keep();
            read.Add(field, type is True or False ? type == True : Value(type, depth));
        }
    }

    private object Value(int type, int depth) =>
        type switch
        {
            // Inside lists a truth value has a byte of its own.
            True or False => Next() == True,
            Byte => (long)(sbyte)Next(),
            > Byte and < Double => Zigzag(),
            Double => Skipped(8),
            Binary => Taken(),
            List or Set => Elements(depth),
            Map => Pairs(depth),
            Struct => Read(depth + 1),
            _ => throw new InvalidDataException("a value is of no known type"),
        };

    // The elements that are structs; others are read over.
    private List<ThriftStruct> Elements(int depth)
    {
        if (depth > MaxDepth)
        {
            throw new InvalidDataException("lists nest too deep");
        }
        int header = Next();
        int count = header >> 4 == 15 ? Length() : header >> 4;
        List<ThriftStruct> structs = [];
        for (int i = 0; i < count; i++)
        {
            if (Value(header & 15, depth + 1) is ThriftStruct element)
            {
                structs.Add(element);
            }
        }
        return structs;
    }

    private bool Pairs(int depth)
    {
        int count = Length();
        int types = count == 0 ? 0 : Next();
        for (int i = 0; i < count; i++)
        {
            Value(types >> 4, depth + 1);
            Value(types & 15, depth + 1);
        }
        return false;
    }

    private ReadOnlyMemory<byte> Taken()
    {
        int length = Length();
        ReadOnlyMemory<byte> taken = bytes.Slice(Position, length);
        Position += length;
        return taken;
    }

    private void Keep()
    {
        if (++_kept > MaxKept)
        {
            throw new InvalidDataException($"the metadata has more than {MaxKept} values");
        }
    }

    private bool Skipped(int count)
    {
        Position = bytes.Length - Position >= count ? Position + count : throw Short();
        return false;
    }

    // What is counted has a byte each at least.
    private int Length()
    {
        ulong length = Varint();
        return length <= (ulong)(bytes.Length - Position) ? (int)length : throw Short();
    }

    private long Zigzag()
    {
        ulong n = Varint();
        return (long)(n >> 1) ^ -(long)(n & 1);
    }

    private ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            int next = Next();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
        throw new InvalidDataException("a number is too long");
    }

    private int Next() => Position < bytes.Length ? bytes.Span[Position++] : throw Short();

    private static InvalidDataException Short() => new("the metadata is cut short");
}
