using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Data;
using MoeScale.Training.Data.Corpora;
using MoeScale.Training.Data.Synthetic;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;

namespace MoeScale.Cli.Verbs;

/// <summary>The text that <c>train</c> is given, and what turns it into tokens.</summary>
internal sealed class TrainText
{
    private const string Synthetic = "synthetic";

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

    /// <summary>Whether it is a file of tokens.</summary>
    public bool IsTokens => Paths is [string path] && TokenFile.IsNamedSo(path);

    /// <summary>How many tokens there are; null where the model must say.</summary>
    public int? VocabularySize => Kind == Synthetic ? new SyntheticLanguage().Vocabulary : Tokenizer?.VocabularySize;

    /// <exception cref="UserException">What is given makes no text.</exception>
    public static TrainText Read(ParseResult parsed)
    {
        string[] paths = parsed.GetValue(TrainArguments.Text) is { Length: > 0 } given
            ? given
            : throw new UserException(
                "nothing says what to train on. Give --text with files or folders, or --text synthetic or dotnet-docs, which need no file."
            );
        bool isSynthetic = paths.Contains(Synthetic);
        bool isTokens = paths.Any(TokenFile.IsNamedSo);
        if (paths.Length > 1 && (isSynthetic || isTokens || paths.Contains(CorpusRequest.DotnetDocs)))
        {
            throw new UserException(
                $"--text {string.Join(" ", paths)}: {(isTokens ? "a file of tokens" : isSynthetic ? Synthetic : CorpusRequest.DotnetDocs)} is trained on alone. Give it alone, or other files."
            );
        }
        (double share, string[] heldOut) = ReadHeldOut(parsed);
        if (isSynthetic && parsed.GetResult(TrainArguments.HeldOut) is not null)
        {
            throw new UserException(
                "--held-out makes no sense for --text synthetic, which draws as much as is scored apart. Leave it out."
            );
        }
        if (isTokens && heldOut.Length > 1)
        {
            throw new UserException("--held-out takes one file of tokens beside --text with one. Give one, or a share.");
        }
        (string type, string separator) = ReadTokenFile(parsed, isTokens);
        (ITokenizer? tokenizer, string kind, string[] files) = ReadTokenizer(parsed, isSynthetic, isTokens);
        return new TrainText
        {
            Paths = paths,
            HeldOutPaths = heldOut,
            HeldOutShare = isSynthetic ? 0 : share,
            Field = parsed.GetValue(TrainArguments.Field) ?? "text",
            Tokenizer = tokenizer,
            Kind = kind,
            VocabularyFiles = files,
            TokenType = type,
            Separator = separator,
        };
    }

    /// <summary>Reads it; texts are tokenized into <paramref name="folder"/> once.</summary>
    /// <exception cref="UserException">It cannot be read, or holds too few tokens.</exception>
    public TrainingData Open(Model model, string folder, DataSettings settings, Action<long>? progress)
    {
        if (Kind == Synthetic)
        {
            return TrainingData.OfSynthetic(new SyntheticLanguage(), settings);
        }
        if (IsTokens)
        {
            int vocabulary = Tokenizer?.VocabularySize ?? (int)model.VocabularySize;
            return TrainingData.OfTokens(
                Paths[0],
                HeldOutPaths is [string held] ? held : null,
                HeldOutShare,
                vocabulary,
                TokenReading.Parse(TokenType, Separator),
                Tokenizer,
                settings
            );
        }
        CorpusRequest request = new()
        {
            Paths = Paths,
            HeldOutPaths = HeldOutPaths,
            HeldOutShare = HeldOutShare,
            Field = Field,
        };
        return TrainingData.OfTexts(request, Tokenizer!, folder, settings, progress);
    }

    private static (string Type, string Separator) ReadTokenFile(ParseResult parsed, bool isTokens)
    {
        foreach (Option<string> option in (Option<string>[])[TrainArguments.TokenType, TrainArguments.Separator])
        {
            if (!isTokens && parsed.GetValue(option) is not null)
            {
                throw new UserException($"{option.Name} belongs to a file of tokens (.bin); this text has none. Leave it out.");
            }
        }
        Reading(parsed, TrainArguments.TokenType, TrainArguments.Separator);
        return (parsed.GetValue(TrainArguments.TokenType) ?? "", parsed.GetValue(TrainArguments.Separator) ?? "");
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

    private static (double Share, string[] Paths) ReadHeldOut(ParseResult parsed)
    {
        if (parsed.GetValue(TrainArguments.HeldOut) is not { Length: > 0 } given)
        {
            return (DefaultRecipe.HeldOutShare, []);
        }
        return given is [string text] && Quantity.TryParseCount(text, out double share) && !Path.Exists(text)
            ? share is >= 0 and < 1
                ? (share, [])
                : throw new UserException(
                    $"--held-out '{text}' is no share; it takes 0 or more and less than 1, such as 0.05, or the path of a text."
                )
            : (0, given);
    }

    private static (ITokenizer? Tokenizer, string Kind, string[] Files) ReadTokenizer(ParseResult parsed, bool isSynthetic, bool isTokens)
    {
        string? kind = parsed.GetValue(TrainArguments.Tokenizer);
        string? vocabulary = parsed.GetValue(TrainArguments.VocabularyFile);
        string? merges = parsed.GetValue(TrainArguments.MergesFile);
        if (isSynthetic && (kind ?? vocabulary ?? merges) is not null)
        {
            throw new UserException("--text synthetic is made of tokens; no tokenizer is used. Leave --tokenizer and its files out.");
        }
        switch (kind)
        {
            case "gpt2":
                return vocabulary is not null && merges is not null
                    ? (BpeTokenizer.Read(vocabulary, merges), kind, [vocabulary, merges])
                    : throw new UserException(
                        "--tokenizer gpt2 needs the two files of the tokenizer: --vocab-file vocab.json --merges-file merges.txt."
                    );
            case null or "bytes":
                if ((vocabulary ?? merges) is not null)
                {
                    throw new UserException(
                        $"{(vocabulary is not null ? "--vocab-file" : "--merges-file")} belongs to --tokenizer gpt2. Give that too, or leave the file out."
                    );
                }
                return isSynthetic ? (null, Synthetic, [])
                    : isTokens && kind is null ? (null, "none", [])
                    : (new ByteTokenizer(), "bytes", []);
            default:
                throw new UserException(
                    $"--tokenizer '{kind}' is not known{Guess.Hint(kind, ["bytes", "gpt2"])}. Known are bytes and gpt2."
                );
        }
    }
}
