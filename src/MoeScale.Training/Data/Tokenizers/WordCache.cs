using System.Buffers.Binary;

namespace MoeScale.Training.Data.Tokenizers;

/// <summary>
/// The tokens of words met before. Each word has one slot, and the later word of two in one slot stays: frequent words
/// come back soon, and memory is bounded by 1.4 MB whatever the text is.
/// </summary>
internal sealed class WordCache
{
    private const int SlotBits = 15;
    private const int MaxBytes = 24;
    private const int MaxTokens = 8;

    private readonly byte[] _lengths = new byte[1 << SlotBits];
    private readonly byte[] _counts = new byte[1 << SlotBits];
    private readonly byte[] _words = new byte[MaxBytes << SlotBits];
    private readonly ushort[] _tokens = new ushort[MaxTokens << SlotBits];

    /// <summary>The word's tokens; empty if they are not known.</summary>
    public ReadOnlySpan<ushort> Find(ReadOnlySpan<byte> word)
    {
        if (word.Length > MaxBytes)
        {
            return [];
        }
        int slot = Slot(word);
        return _lengths[slot] == word.Length && word.SequenceEqual(_words.AsSpan(slot * MaxBytes, word.Length))
            ? _tokens.AsSpan(slot * MaxTokens, _counts[slot])
            : [];
    }

    /// <summary>Remembers the word, unless it is long.</summary>
    public void Add(ReadOnlySpan<byte> word, ReadOnlySpan<ushort> tokens)
    {
        if (word.Length > MaxBytes || tokens.Length > MaxTokens)
        {
            return;
        }
        int slot = Slot(word);
        word.CopyTo(_words.AsSpan(slot * MaxBytes));
        tokens.CopyTo(_tokens.AsSpan(slot * MaxTokens));
        _lengths[slot] = (byte)word.Length;
        _counts[slot] = (byte)tokens.Length;
    }

    private static int Slot(ReadOnlySpan<byte> word)
    {
        ulong hash = (ulong)word.Length;
        while (word.Length >= sizeof(ulong))
        {
            hash = Step(hash, BinaryPrimitives.ReadUInt64LittleEndian(word));
            word = word[sizeof(ulong)..];
        }
        ulong rest = 0;
        foreach (byte value in word)
        {
            rest = (rest << 8) | value;
        }
        return (int)(Step(hash, rest) >> (64 - SlotBits));
    }

    private static ulong Step(ulong hash, ulong value)
    {
        hash = (hash ^ value) * 0x9E3779B97F4A7C15;
        return hash ^ (hash >> 32);
    }
}
