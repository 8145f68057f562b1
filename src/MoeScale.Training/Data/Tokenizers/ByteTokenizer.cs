using System.Buffers;

namespace MoeScale.Training.Data.Tokenizers;

/// <summary>
/// A token is a byte of UTF-8, and the byte 0xFF, which occurs in no UTF-8 text (RFC 3629, section 1), ends a document. So the vocabulary
/// is
/// 256: a power of two, with no row of the embedding that only a 257th symbol would need, and no text that cannot be written.
/// </summary>
public sealed class ByteTokenizer : ITokenizer
{
    private static readonly byte[] AllBytes = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];

    public string Name => "bytes";

    public int VocabularySize => 256;

    public int Separator => 0xFF;

    public void Encode(ReadOnlySpan<byte> utf8, IBufferWriter<ushort> tokens)
    {
        Span<ushort> target = tokens.GetSpan(utf8.Length);
        for (int i = 0; i < utf8.Length; i++)
        {
            target[i] = utf8[i];
        }
        tokens.Advance(utf8.Length);
    }

    public ReadOnlySpan<byte> Bytes(int token)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(token);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(token, 0xFF);
        return token == Separator ? [] : AllBytes.AsSpan(token, 1);
    }
}
