using System.Runtime.InteropServices;
using MoeScale.Basics;

namespace MoeScale.Training.Data.Tokens;

/// <summary>
/// Where the documents of a token file lie. Each ends with the separator, except one that the end of the file or an index ends.
/// </summary>
internal sealed class TokenDocuments
{
    // A file without separators, or with hardly any, must still be shuffled and split: as with texts, longer documents count as
    // collections.
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
        Scan(file, new DocumentEnds(separator, null, "written here"), vocabularySize, all.Add);
        return all;
    }

    /// <summary>The documents of a user's file: those to train on and those held out; none of these where there is no rule.</summary>
    /// <exception cref="UserException">An id is not below the vocabulary's size.</exception>
    public static (TokenDocuments Training, TokenDocuments HeldOut) Split(
        TokenFile file,
        DocumentEnds ends,
        int vocabularySize,
        HeldOutRule? heldOut
    )
    {
        TokenDocuments training = new(file);
        TokenDocuments held = new(file);
        int[] tokens = new int[Math.Min(LongestWhole, file.Count)];
        Scan(
            file,
            ends,
            vocabularySize,
            (start, length) =>
            {
                while (length > LongestWhole)
                {
                    Choose(start, Piece);
                    start += Piece;
                    length -= Piece;
                }
                Choose(start, length);
            }
        );
        return (training, held);

        void Choose(long start, long length)
        {
            bool holds = heldOut is HeldOutRule rule && Holds(rule, tokens.AsSpan(0, (int)length), start);
            (holds ? held : training).Add(start, length);
        }

        // The same ids are held out whatever the type of the file: of 16 bits where all have room there, else of 32.
        bool Holds(HeldOutRule rule, Span<int> document, long start)
        {
            file.Read(start, document);
            if (vocabularySize > ushort.MaxValue + 1)
            {
                return rule.Holds(MemoryMarshal.AsBytes(document));
            }
            Span<ushort> narrow = MemoryMarshal.Cast<int, ushort>(document)[..document.Length];
            for (int i = 0; i < narrow.Length; i++)
            {
                // Written behind the place that is read.
                narrow[i] = (ushort)document[i];
            }
            return rule.Holds(MemoryMarshal.AsBytes(narrow));
        }
    }

    private void Add(long start, long length)
    {
        _starts.Add(start);
        _lengths.Add(
            length <= int.MaxValue
                ? (int)length
                : throw new UserException(
                    $"{File.Path}: a document of {length} tokens is longer than any that is written here; the file is damaged. "
                        + $"Remove its folder, so that it is made again."
                )
        );
        Tokens += length;
    }

    private static void Scan(TokenFile file, DocumentEnds ends, int vocabularySize, Action<long, long> document)
    {
        const int Block = 1 << 18;
        long start = 0;
        int[] room = new int[Math.Min(Block, file.Count)];
        for (long from = 0; from < file.Count; from += Block)
        {
            Span<int> block = room.AsSpan(0, (int)Math.Min(Block, file.Count - from));
            file.Read(from, block);
            if (block.IndexOfAnyExceptInRange(0, vocabularySize - 1) is int wrong and >= 0)
            {
                Phrase type = "";
                if (file.TypeFrom is TokenFile.Given or TokenFile.Assumed)
                {
                    type = $", or another {TrainSettings.TokenType} than {file.Type.Name()}";
                }
                throw new UserException(
                    $"{file.Path}: token {from + wrong} is {file.NumberAt(from + wrong)}, but the vocabulary has {vocabularySize} tokens. "
                        + $"Give the vocabulary that the file was written with{type}."
                );
            }
            int searched = 0;
            while (ends.Separator is int separator && block[searched..].IndexOf(separator) is int found and >= 0)
            {
                searched += found + 1;
                Give(from + searched);
            }
            // All of it is looked at once, perhaps long before a small part is trained on.
            file.ReleasePages(from, block.Length);
        }
        foreach (long end in ends.Places ?? [])
        {
            Give(end);
        }
        Give(file.Count);

        void Give(long end)
        {
            // A separator alone ends nothing: llm.c puts it in front of documents, so that a file begins with one.
            if (end - start > 1 || (end - start == 1 && !IsSeparator(start)))
            {
                document(start, end - start);
            }
            start = end;
        }

        bool IsSeparator(long place)
        {
            Span<int> one = stackalloc int[1];
            file.Read(place, one);
            return one[0] == ends.Separator;
        }
    }
}
