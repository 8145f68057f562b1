using System.Runtime.InteropServices;
using MoeScale.Basics;

namespace MoeScale.Training.Data;

/// <summary>Where the documents of a token file lie. Each ends with the separator, except one that the end of the file ends.</summary>
internal sealed class TokenDocuments
{
    // A file without separators, or with hardly any, must still be shuffled and split: as with texts, longer documents count as collections.
    private const int LongestWhole = 1 << 16;
    private const int Piece = 1 << 13;

    private readonly List<long> _starts = [];
    private readonly List<int> _lengths = [];

    private TokenDocuments(TokenFile file) => File = file;

    public TokenFile File { get; }

    /// <summary>Counts documents.</summary>
    public int Count => _starts.Count;

    /// <summary>Counts tokens, separators among them.</summary>
    public long Tokens { get; private set; }

    public ReadOnlySpan<long> Starts => CollectionsMarshal.AsSpan(_starts);

    public ReadOnlySpan<int> Lengths => CollectionsMarshal.AsSpan(_lengths);

    /// <summary>All documents of a file that was written here, which are whole however long.</summary>
    /// <exception cref="UserException">An id is not below the vocabulary's size.</exception>
    public static TokenDocuments All(TokenFile file, int separator, int vocabularySize)
    {
        TokenDocuments all = new(file);
        Scan(file, separator, vocabularySize, all.Add);
        return all;
    }

    /// <summary>The documents of a user's file: those to train on and those held out; none of these where there is no rule.</summary>
    /// <exception cref="UserException">An id is not below the vocabulary's size.</exception>
    public static (TokenDocuments Training, TokenDocuments HeldOut) Split(TokenFile file, int separator, int vocabularySize, HeldOutRule? heldOut)
    {
        TokenDocuments training = new(file);
        TokenDocuments held = new(file);
        Scan(file, separator, vocabularySize, (start, length) =>
        {
            while (length > LongestWhole || length > int.MaxValue)
            {
                Choose(start, Piece);
                start += Piece;
                length -= Piece;
            }
            Choose(start, length);
        });
        return (training, held);

        void Choose(long start, long length)
        {
            bool holds = heldOut?.Holds(MemoryMarshal.AsBytes(file.Slice(start, (int)length))) ?? false;
            (holds ? held : training).Add(start, length);
        }
    }

    private void Add(long start, long length)
    {
        _starts.Add(start);
        _lengths.Add(length <= int.MaxValue ? (int)length : throw new UserException($"{File.Path}: a document of {length} tokens is longer than any that is written here; the file is damaged. Remove its folder, so that it is made again."));
        Tokens += length;
    }

    private static void Scan(TokenFile file, int separator, int vocabularySize, Action<long, long> document)
    {
        const int Block = 1 << 20;
        long start = 0;
        for (long from = 0; from < file.Count; from += Block)
        {
            ReadOnlySpan<ushort> block = file.Slice(from, (int)Math.Min(Block, file.Count - from));
            if (vocabularySize <= ushort.MaxValue && block.IndexOfAnyInRange((ushort)vocabularySize, ushort.MaxValue) is int wrong and >= 0)
            {
                throw new UserException($"{file.Path}: token {from + wrong} is {block[wrong]}, but the vocabulary has {vocabularySize} tokens. Give the vocabulary that the file was written with.");
            }
            int searched = 0;
            while (block[searched..].IndexOf((ushort)separator) is int found and >= 0)
            {
                searched += found + 1;
                Give(from + searched);
            }
            // All of it is looked at once, perhaps long before a small part is trained on.
            file.Forget(from, block.Length);
        }
        Give(file.Count);

        void Give(long end)
        {
            // A separator alone ends nothing: llm.c puts it in front of documents, so that a file begins with one.
            if (end - start > 1 || (end - start == 1 && file.Slice(start, 1)[0] != separator))
            {
                document(start, end - start);
            }
            start = end;
        }
    }
}
