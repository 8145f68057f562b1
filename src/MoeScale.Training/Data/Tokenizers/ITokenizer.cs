using System.Buffers;

namespace MoeScale.Training.Data.Tokenizers;

/// <summary>Text to tokens and back. Ids fit in 16 bits. Not for two threads at once: it remembers words.</summary>
public interface ITokenizer
{
    /// <summary>The kind and its size, as a checkpoint records it: "bytes", or "gpt2-bpe" with the hash of its merges.</summary>
    string Name { get; }

    /// <summary>Ids lie in [0, VocabularySize).</summary>
    int VocabularySize { get; }

    /// <summary>The id that ends each document. No text is encoded to it.</summary>
    int Separator { get; }

    /// <summary>Appends the ids of a text, which must be valid UTF-8; callers check.</summary>
    void Encode(ReadOnlySpan<byte> utf8, IBufferWriter<ushort> tokens);

    /// <summary>The bytes of one token, which may be a part of a character; none for the separator.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such id.</exception>
    ReadOnlySpan<byte> Bytes(int token);
}
