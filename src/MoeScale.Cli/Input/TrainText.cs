using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Training.Data.Corpora;
using MoeScale.Training.Data.Synthetic;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Data.Tokens;
using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;

namespace MoeScale.Cli.Input;

/// <summary>The text that <c>train</c> is given, and what turns it into tokens.</summary>
internal sealed class TrainText
{
    private const string Synthetic = RunData.Synthetic;

    /// <summary>As given.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Empty where a share is held out.</summary>
    public required IReadOnlyList<string> HeldOutPaths { get; init; }

    public required double HeldOutShare { get; init; }

    public required string Field { get; init; }

    /// <summary>Null for synthetic text, and for tokens of which no more is known.</summary>
    public ITokenizer? Tokenizer { get; init; }

    /// <summary>"bytes", "gpt2", "synthetic", "none".</summary>
    public required string Kind { get; init; }

    /// <summary>vocab.json and merges.txt, if they are used.</summary>
    public IReadOnlyList<string> VocabularyFiles { get; init; } = [];

    /// <summary>As given; empty where nothing is.</summary>
    public string TokenType { get; init; } = "";

    /// <summary>As given; empty where nothing is.</summary>
    public string Separator { get; init; } = "";

    /// <summary>How many tokens there are; null where the model must say.</summary>
    public int? VocabularySize => Kind == Synthetic ? new SyntheticLanguage().Vocabulary : Tokenizer?.VocabularySize;

    /// <exception cref="UserException">What is given makes no text.</exception>
    public static TrainText Of(GivenText given)
    {
        IReadOnlyList<string> paths =
            given.Paths.Count > 0
                ? given.Paths
                : throw new UserException(
                    $"nothing says what to train on. Give {GivenText.Text} with files or folders, or "
                        + $"{GivenText.Text.To("synthetic")} or dotnet-docs, which need no file."
                );
        bool isSynthetic = paths.Contains(Synthetic);
        bool isTokens = paths.Any(TokenFile.IsNamedSo);
        if (paths.Count > 1 && (isSynthetic || isTokens || paths.Contains(CorpusRequest.DotnetDocs)))
        {
            string alone =
                isTokens ? "a file of tokens"
                : isSynthetic ? Synthetic
                : CorpusRequest.DotnetDocs;
            throw new UserException(
                $"{GivenText.Text} {string.Join(" ", paths)}: {alone} is trained on alone. Give it alone, or other files."
            );
        }
        (double share, IReadOnlyList<string> heldOut) = ReadHeldOut(given);
        bool mayHaveFields = !isTokens && !isSynthetic && (!paths.Contains(CorpusRequest.DotnetDocs) || heldOut.Count > 0);
        if (given.Value(GivenText.Field) is not null && !mayHaveFields)
        {
            throw new UserException(
                $"{GivenText.Field} names what of a JSON line is the document, and {paths[0]} has no such lines. Leave it out."
            );
        }
        if (isSynthetic && given.HeldOutValues is not null)
        {
            throw new UserException(
                $"{GivenText.HeldOut} makes no sense for {GivenText.Text.To("synthetic")}, which draws as much as is "
                    + $"scored apart. Leave it out."
            );
        }
        if (isTokens && heldOut.Count > 1)
        {
            throw new UserException(
                $"{GivenText.HeldOut} takes one file of tokens beside {GivenText.Text} with one. Give one, or a share."
            );
        }
        RequireTokenFile(given, isTokens);
        (ITokenizer? tokenizer, string kind, string[] files) = ReadTokenizer(given, isSynthetic, isTokens);
        return new TrainText
        {
            Paths = paths,
            HeldOutPaths = heldOut,
            HeldOutShare = isSynthetic ? 0 : share,
            Field = given.Value(GivenText.Field) ?? "text",
            Tokenizer = tokenizer,
            Kind = kind,
            VocabularyFiles = files,
            TokenType = given.Value(GivenText.TokenType) ?? "",
            Separator = given.Value(GivenText.Separator) ?? "",
        };
    }

    private static void RequireTokenFile(GivenText given, bool isTokens)
    {
        foreach (Setting setting in (Setting[])[GivenText.TokenType, GivenText.Separator])
        {
            if (!isTokens && given.Value(setting) is not null)
            {
                throw new UserException($"{setting} belongs to a file of tokens (.bin); this text has none. Leave it out.");
            }
        }
        try
        {
            TokenReading.Parse(given.Value(GivenText.TokenType), given.Value(GivenText.Separator));
        }
        catch (FormatException e)
        {
            throw new UserException($"{GivenText.TokenType}, {GivenText.Separator}: {e.Message}.");
        }
    }

    /// <summary>What two options say of a file of tokens.</summary>
    /// <exception cref="UserException">One of them says what cannot be.</exception>
    public static TokenReading Reading(ParseResult parsed, Option<string> type, Option<string> separator)
    {
        try
        {
            return TokenReading.Parse(parsed.GetValue(type), parsed.GetValue(separator));
        }
        catch (FormatException e)
        {
            throw new UserException($"{type.Name}, {separator.Name}: {e.Message}.");
        }
    }

    private static (double Share, IReadOnlyList<string> Paths) ReadHeldOut(GivenText given)
    {
        if (given.HeldOutValues is not { Count: > 0 } values)
        {
            return (DefaultRecipe.HeldOutShare, []);
        }
        if (values is not [string text] || !Quantity.TryParseCount(text, out double share) || Path.Exists(text))
        {
            return (0, values);
        }
        return share is >= 0 and < 1
            ? (share, [])
            : throw new UserException(
                $"{GivenText.HeldOut} '{text}' is no share; it takes 0 or more and less than 1, such as 0.05, or the path of a text."
            );
    }

    private static (ITokenizer? Tokenizer, string Kind, string[] Files) ReadTokenizer(GivenText given, bool isSynthetic, bool isTokens)
    {
        string? kind = given.Value(GivenText.Tokenizer);
        string? vocabulary = given.Value(GivenText.VocabularyFile);
        string? merges = given.Value(GivenText.MergesFile);
        if (isSynthetic && (kind ?? vocabulary ?? merges) is not null)
        {
            throw new UserException(
                $"{GivenText.Text.To("synthetic")} is made of tokens; no tokenizer is used. Leave {GivenText.Tokenizer} and its files out."
            );
        }
        switch (kind)
        {
            case "gpt2":
                return vocabulary is not null && merges is not null
                    ? (BpeTokenizer.Read(vocabulary, merges), kind, [vocabulary, merges])
                    : throw new UserException(
                        $"{GivenText.Tokenizer.To(kind)} needs the two files of the tokenizer: "
                            + $"{GivenText.VocabularyFile.To("vocab.json")} {GivenText.MergesFile.To("merges.txt")}."
                    );
            case null or "bytes":
                if ((vocabulary ?? merges) is not null)
                {
                    Setting file = vocabulary is not null ? GivenText.VocabularyFile : GivenText.MergesFile;
                    throw new UserException(
                        $"{file} belongs to " + $"{GivenText.Tokenizer.To("gpt2")}. Give that too, or leave the file out."
                    );
                }
                return isSynthetic ? (null, Synthetic, [])
                    : isTokens && kind is null ? (null, "none", [])
                    : (new ByteTokenizer(), "bytes", []);
            default:
                throw new UserException(
                    $"{GivenText.Tokenizer} '{kind}' is not known{Guess.Hint(kind, ["bytes", "gpt2"])}. Known are bytes and gpt2."
                );
        }
    }
}
