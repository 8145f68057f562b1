namespace MoeScale.Laws.Runs.Columnar;

/// <summary>Writes structs of Thrift's compact protocol.</summary>
internal sealed class ThriftWriter(Stream stream)
{
    private const int True = 1,
        False = 2,
        I32 = 5,
        I64 = 6,
        Binary = 8,
        List = 9,
        Struct = 12;

    private readonly Stack<int> _outer = [];
    private int _last;

    public void Whole(int field, int value)
    {
        Header(field, I32);
        Varint(Zigzag(value));
    }

    public void Long(int field, long value)
    {
        Header(field, I64);
        Varint(Zigzag(value));
    }

    public void Truth(int field, bool value) => Header(field, value ? True : False);

    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        Header(field, Binary);
        Element(value);
    }

    /// <summary>A struct, whose fields the action writes.</summary>
    public void Begin(int field, Action fields)
    {
        Header(field, Struct);
        Element(fields);
    }

    public void Structs(int field, int count, Action<int> fields)
    {
        Items(field, count, Struct);
        for (int i = 0; i < count; i++)
        {
            int index = i;
            Element(() => fields(index));
        }
    }

    public void Wholes(int field, params ReadOnlySpan<int> values)
    {
        Items(field, values.Length, I32);
        foreach (int value in values)
        {
            Varint(Zigzag(value));
        }
    }

    /// <summary>A list of one text.</summary>
    public void Text(int field, ReadOnlySpan<byte> value)
    {
        Items(field, 1, Binary);
        Element(value);
    }

    /// <summary>A struct that stands by itself.</summary>
    public void Element(Action fields)
    {
        _outer.Push(_last);
        _last = 0;
        fields();
        stream.WriteByte(0);
        _last = _outer.Pop();
    }

    private void Element(ReadOnlySpan<byte> value)
    {
        Varint((ulong)value.Length);
        stream.Write(value);
    }

    private void Items(int field, int count, int type)
    {
        Header(field, List);
        if (count < 15)
        {
            stream.WriteByte((byte)((count << 4) | type));
            return;
        }
        stream.WriteByte((byte)(0xF0 | type));
        Varint((ulong)count);
    }

    private void Header(int field, int type)
    {
        stream.WriteByte((byte)(((field - _last) << 4) | type));
        _last = field;
    }

    private static ulong Zigzag(long value) => (ulong)((value << 1) ^ (value >> 63));

    private void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            stream.WriteByte((byte)(value | 0x80));
            value >>= 7;
        }
        stream.WriteByte((byte)value);
    }
}
