namespace MoeScale.Laws.Runs.Columnar;

/// <summary>
/// A struct of Thrift's compact protocol, which Parquet's metadata is written in: values by the number of their field. A value is a long,
/// a bool, bytes, a list or a struct; numbers with a fraction are not kept.
/// </summary>
internal sealed class ThriftStruct
{
    private readonly Dictionary<int, object> _fields = [];

    public void Add(int field, object value) => _fields[field] = value;

    /// <summary>A whole number; null where there is none.</summary>
    public long? Whole(int field) => _fields.GetValueOrDefault(field) as long?;

    public bool? Truth(int field) => _fields.GetValueOrDefault(field) as bool?;

    public ReadOnlyMemory<byte>? Bytes(int field) => _fields.GetValueOrDefault(field) as ReadOnlyMemory<byte>?;

    public ThriftStruct? Struct(int field) => _fields.GetValueOrDefault(field) as ThriftStruct;

    /// <summary>The structs of a list; none where there is no such list.</summary>
    public IReadOnlyList<ThriftStruct> Structs(int field) =>
        _fields.GetValueOrDefault(field) is List<object> list ? [.. list.OfType<ThriftStruct>()] : [];

    public bool Has(int field) => _fields.ContainsKey(field);
}

/// <summary>Reads structs of Thrift's compact protocol, which may be anything: never beyond the bytes, and never deep.</summary>
/// <param name="bytes">That hold them.</param>
/// <param name="position">Where the first one begins.</param>
internal sealed class ThriftReader(ReadOnlyMemory<byte> bytes, int position)
{
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

    /// <summary>Where it stands.</summary>
    public int Position { get; private set; } = position;

    /// <exception cref="InvalidDataException">The bytes are no struct.</exception>
    public ThriftStruct Read(int depth = 0)
    {
        if (depth > MaxDepth)
        {
            throw new InvalidDataException("structs nest too deep");
        }
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

    private List<object> Elements(int depth)
    {
        if (depth > MaxDepth)
        {
            throw new InvalidDataException("lists nest too deep");
        }
        int header = Next();
        int count = header >> 4 == 15 ? Length() : header >> 4;
        List<object> elements = [];
        for (int i = 0; i < count; i++)
        {
            elements.Add(Value(header & 15, depth + 1));
        }
        return elements;
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
