using System.Buffers;

namespace MoeScale.Training.Data.Tokenizers;

/// <summary>
/// GPT-2's byte-level byte-pair encoding (Radford et al. 2019) with the vocabulary of its two files. Any text can be encoded; the words of
/// <see cref="Gpt2Words"/> are encoded one by one. "&lt;|endoftext|&gt;" ends a document; where a text spells it, it is text.
/// Not for two threads at once: it remembers words.
/// </summary>
public sealed class BpeTokenizer : ITokenizer
{
    private readonly BpeFiles _files;
    private readonly WordMerger _merger;
    private readonly WordCache _cache = new();

    internal BpeTokenizer(BpeFiles files)
    {
        _files = files;
        _merger = new WordMerger(files.Merges);
    }

    /// <param name="vocabularyPath">vocab.json (or encoder.json): an object of token to id.</param>
    /// <param name="mergesPath">merges.txt (or vocab.bpe): two tokens a line, in the order in which they merge.</param>
    /// <exception cref="Basics.UserException">A file cannot be read, or they are no such files, or do not belong together.</exception>
    public static BpeTokenizer Read(string vocabularyPath, string mergesPath) => new(BpeFiles.Read(vocabularyPath, mergesPath));

    public string Name => _files.Name;

    public int VocabularySize => _files.BytesOfId.Length;

    public int Separator => _files.Separator;

    public void Encode(ReadOnlySpan<byte> utf8, IBufferWriter<ushort> tokens)
    {
        while (!utf8.IsEmpty)
        {
            int length = Gpt2Words.FirstLength(utf8);
            ReadOnlySpan<byte> word = utf8[..length];
            ReadOnlySpan<ushort> known = _cache.Find(word);
            if (known.IsEmpty)
            {
                EncodeNew(word, tokens);
            }
            else
            {
                known.CopyTo(tokens.GetSpan(known.Length));
                tokens.Advance(known.Length);
            }
            utf8 = utf8[length..];
        }
    }

    public ReadOnlySpan<byte> Bytes(int token)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(token);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(token, VocabularySize);
        return token == Separator ? [] : _files.BytesOfId[token];
    }

    private void EncodeNew(ReadOnlySpan<byte> word, IBufferWriter<ushort> tokens)
    {
        ReadOnlySpan<int> ids = _merger.Merge(word, _files.IdOfByte);
        Span<ushort> target = tokens.GetSpan(ids.Length)[..ids.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            target[i] = (ushort)ids[i];
        }
        _cache.Add(word, target);
        tokens.Advance(ids.Length);
    }
}
