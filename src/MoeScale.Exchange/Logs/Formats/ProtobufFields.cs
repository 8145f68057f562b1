using System.Buffers.Binary;

namespace MoeScale.Exchange.Logs.Formats;

/// <summary>
/// Walks the fields of a protobuf message as they stand on the wire (https://protobuf.dev/programming-guides/encoding), which is all that
/// event files and W&amp;B's records need. Ends where the message is cut short or is none.
/// </summary>
internal ref struct ProtobufFields(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;

    /// <summary>Number of the field.</summary>
    public int Number { get; private set; }

    /// <summary>A field that holds bytes: a text, a message, packed numbers.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>A field that holds a number: a varint, or the bits of a fixed one.</summary>
    public ulong Value { get; private set; }

    /// <summary>Whether <see cref="Value"/> has 32 bits, as a float has.</summary>
    public bool Is32Bits { get; private set; }

    /// <summary>As the double or float that its bits are.</summary>
    public readonly double Real => Is32Bits ? BitConverter.UInt32BitsToSingle((uint)Value) : BitConverter.UInt64BitsToDouble(Value);

    public bool Next()
    {
        Bytes = default;
        (Value, Is32Bits) = (0, false);
        if (!Varint(out ulong tag))
        {
            return false;
        }
        Number = (int)Math.Min(tag >> 3, int.MaxValue);
        switch (tag & 7)
        {
            case 0:
                bool whole = Varint(out ulong value);
                Value = value;
                return whole;
            case 1 when _rest.Length >= 8:
                Value = BinaryPrimitives.ReadUInt64LittleEndian(_rest);
                _rest = _rest[8..];
                return true;
            case 2 when Varint(out ulong length) && length <= (ulong)_rest.Length:
                Bytes = _rest[..(int)length];
                _rest = _rest[(int)length..];
                return true;
            case 5 when _rest.Length >= 4:
                Value = BinaryPrimitives.ReadUInt32LittleEndian(_rest);
                Is32Bits = true;
                _rest = _rest[4..];
                return true;
            default:
                return false;
        }
    }

    private bool Varint(out ulong value)
    {
        value = 0;
        for (int i = 0; i < Math.Min(10, _rest.Length); i++)
        {
            value |= (ulong)(_rest[i] & 0x7F) << (7 * i);
            if (_rest[i] < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return true;
            }
        }
        return false;
    }
}
