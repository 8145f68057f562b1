using MoeScale.Basics;
using MoeScale.Training.Data.Tokenizers;

namespace MoeScale.Training.Data.Tokens;

/// <summary>How documents of a token file are told apart.</summary>
/// <param name="Separator">The id that ends, or begins, each; null where none does.</param>
/// <param name="Places">Where each ends, in tokens, where an index says it; else null.</param>
/// <param name="From">Where that was learnt, for people.</param>
internal sealed record DocumentEnds(int? Separator, IReadOnlyList<long>? Places, string From)
{
    /// <summary>A <see cref="From"/>: nothing says it.</summary>
    public const string Unknown = "nothing";

    // A vocabulary of these sizes is GPT-2's, its rows filled up to a multiple of 1024 at most.
    private const int Gpt2Separator = 50256;
    private const int LargestGpt2 = 51200;

    // 256 ids are those of tokens of bytes, as they are written here.
    private static readonly ByteTokenizer Bytes = new();

    /// <summary>Of a user's file: what is said, else an index beside it, else the tokenizer's, else that of GPT-2's vocabulary.</summary>
    /// <exception cref="UserException">Nothing says it, and the file does not show that there is none.</exception>
    public static DocumentEnds Of(TokenFile file, TokenReading said, ITokenizer? tokenizer, int vocabularySize)
    {
        if (said.Separator is int given)
        {
            return given < vocabularySize
                ? new(given, null, TokenFile.Given)
                : throw new UserException(
                    $"{TrainSettings.Separator.To($"{given}")} is no id of a vocabulary of {vocabularySize}. "
                        + $"Give one below that, or '{TokenReading.NoSeparator}'."
                );
        }
        if (said.IsWhole)
        {
            return new(null, null, TokenFile.Given);
        }
        if (file.Index is TokenIndex index)
        {
            return new(null, index.Ends, index.Path);
        }
        if (tokenizer is not null)
        {
            return new(tokenizer.Separator, null, tokenizer.Name);
        }
        string pickle = Path.Combine(Path.GetDirectoryName(file.Path) ?? "", "meta.pkl");
        if (File.Exists(pickle))
        {
            throw new UserException(
                $"{file.Path} has a vocabulary of its own: {pickle} beside it, which is not opened, since a pickle runs what is in it. "
                    + $"{Cure}"
            );
        }
        if (vocabularySize is > Gpt2Separator and <= LargestGpt2)
        {
            return new(Gpt2Separator, null, "GPT-2's vocabulary");
        }
        if (vocabularySize == Bytes.VocabularySize)
        {
            return new(Bytes.Separator, null, "the vocabulary of bytes");
        }
        int last = vocabularySize - 1;
        return file.Holds(last)
            ? throw new UserException(
                $"{file.Path} does not say where documents end: id {last}, the last of the vocabulary, "
                    + $"may be a separator or a part of the text. "
                    + $"{Cure}"
            )
            : new(null, null, Unknown);
    }

    private static Phrase Cure =>
        $"Give {TrainSettings.Separator} with the id that ends documents, or {TrainSettings.Separator.To(TokenReading.NoSeparator)}. "
        + $"Vocabularies of characters have no separator.";
}
