using MoeScale.Basics;
using MoeScale.Training.Data.Corpora;
using MoeScale.Training.Data.Synthetic;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Data.Tokens;

namespace MoeScale.Studies.Files;

/// <summary>What a study trains on, and what turns it into tokens. Paths are whole.</summary>
public sealed record StudyText
{
    private const string Synthetic = "synthetic";
    private const string None = "none";

    private const string Gpt2 = "gpt2";
    private const int Gpt2Tokens = 50257;

    private static readonly string[] KnownNames = [Synthetic, CorpusRequest.DotnetDocs];

    /// <summary>The study file's folder, from which trainers read paths.</summary>
    public required string Folder { get; init; }

    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>A share, or paths; empty for what is usual.</summary>
    public required IReadOnlyList<string> HeldOut { get; init; }

    /// <summary>
    /// "bytes", "gpt2", "synthetic", or "none" for tokens of which no more is known; of a trainer of the user's any other.
    /// </summary>
    public required string Tokenizer { get; init; }

    public string? VocabularyFile { get; init; }

    public string? MergesFile { get; init; }

    public string? Field { get; init; }

    /// <summary>Of a file of tokens, what is said of its ids; empty where nothing is.</summary>
    public string TokenType { get; init; } = "";

    /// <summary>Of a file of tokens, what is said to end documents; empty where nothing is.</summary>
    public string Separator { get; init; } = "";

    /// <summary>Both.</summary>
    public TokenReading Reading => TokenReading.Parse(TokenType, Separator);

    /// <summary>How many tokens there are; null where the model must say.</summary>
    public int? VocabularySize =>
        Tokenizer switch
        {
            Synthetic => new SyntheticLanguage().Vocabulary,
            "bytes" => 256,
            "gpt2" => Gpt2Tokens,
            _ => null,
        };

    public bool IsSynthetic => Tokenizer == Synthetic;

    /// <summary>Whether the study says anything of it: a trainer of the user's may know by itself what to train on.</summary>
    public bool IsGiven => Paths.Count > 0 || HeldOut.Count > 0 || Tokenizer != None;

    /// <param name="yaml">The study's file.</param>
    /// <param name="isBuiltIn">Whether <c>train</c> trains on it, which needs a text and knows few tokenizers.</param>
    /// <exception cref="UserException">A key is missing or contradicts another.</exception>
    public static StudyText Read(YamlMap yaml, bool isBuiltIn)
    {
        if (isBuiltIn && !yaml.Has("text"))
        {
            throw yaml.Error("id", "nothing says what to train on: give 'text: synthetic', 'text: dotnet-docs', or files and folders");
        }
        string[] paths = [.. Values(yaml, "text").Select(p => KnownNames.Contains(p) || IsAddress(p) ? p : Whole(yaml, p))];
        bool isSynthetic = paths.Contains(Synthetic);
        if (isSynthetic && yaml.Has("tokenizer"))
        {
            throw yaml.Error("tokenizer", "synthetic text is made of tokens; leave 'tokenizer' out");
        }
        YamlMap? files = yaml.IsMap("tokenizer") ? yaml.Map("tokenizer") : null;
        files?.RefuseOthers(["kind", "vocab_file", "merges_file"]);
        string kind =
            files?.Choice("kind", [Gpt2])
            ?? (
                isSynthetic ? Synthetic
                : !yaml.Has("tokenizer")
                    ? paths.Length == 0 || paths.Any(p => p.EndsWith(".bin", StringComparison.OrdinalIgnoreCase)) ? None
                        : "bytes"
                : isBuiltIn && yaml.Text("tokenizer") is not "bytes" and string other
                    ? throw yaml.Error(
                        "tokenizer",
                        $"'tokenizer' is '{other}'{Guess.Hint(other, ["bytes", Gpt2])}; it needs bytes, or gpt2 with its two files: "
                            + $"{{ kind: gpt2, vocab_file: vocab.json, merges_file: merges.txt }}"
                    )
                : yaml.Text("tokenizer")
            );
        return new StudyText
        {
            Folder = yaml.Folder ?? Environment.CurrentDirectory,
            Paths = paths,
            HeldOut = [.. Values(yaml, "held_out").Select(p => IsPath(p) ? Whole(yaml, p) : p)],
            Tokenizer = kind,
            VocabularyFile = files is null ? null : Whole(files, files.Text("vocab_file")),
            MergesFile = files is null ? null : Whole(files, files.Text("merges_file")),
            Field = yaml.OptionalText("field"),
            TokenType = OfTokens(yaml, "token_type", paths),
            Separator = OfTokens(yaml, "separator", paths),
        };
    }

    /// <summary>Whether it is an address, as of a bucket, which a trainer of the user's may read from.</summary>
    public static bool IsAddress(string value) => value.Contains("://", StringComparison.Ordinal);

    /// <summary>
    /// Whether a value of <c>text</c> or <c>held_out</c> is a path, and neither a name that is known, nor an address, nor a share.
    /// </summary>
    public static bool IsPath(string value) => !KnownNames.Contains(value) && !IsAddress(value) && !Quantity.TryParseCount(value, out _);

    /// <summary>A path from the study's folder where it lies beneath that, so that both can be moved together; else as it is.</summary>
    public string FromFolder(string path)
    {
        if (!IsPath(path))
        {
            return path;
        }
        string relative = Path.GetRelativePath(Folder, path).Replace('\\', '/');
        return Path.IsPathRooted(relative) || relative == ".." || relative.StartsWith("../", StringComparison.Ordinal) ? path
            : IsPath(relative) && relative[0] != '-' ? relative
            : $"./{relative}";
    }

    /// <summary>
    /// Paths of the text and of what is held out, from the study's folder, as the configuration of a cell has them
    /// where it was begun: a run goes on only with the same.
    /// </summary>
    /// <param name="configuration">Path of that file; need not exist.</param>
    public (IReadOnlyList<string> Text, IReadOnlyList<string> HeldOut) PathsOf(string configuration)
    {
        CellConfiguration? begun = File.Exists(configuration) ? CellConfiguration.Read(configuration) : null;
        return (begun?.Paths("text") ?? [.. Paths.Select(FromFolder)], begun?.Paths("held_out") ?? [.. HeldOut.Select(FromFolder)]);
    }

    /// <summary>The tokenizer; null for synthetic text, and for tokens of which no more is known.</summary>
    /// <exception cref="UserException">A file of it cannot be read.</exception>
    public ITokenizer? OpenTokenizer() =>
        Tokenizer switch
        {
            "bytes" => new ByteTokenizer(),
            "gpt2" => BpeTokenizer.Read(VocabularyFile!, MergesFile!),
            _ => null,
        };

    private static string OfTokens(YamlMap yaml, string key, string[] paths)
    {
        if (yaml.OptionalText(key) is not string text)
        {
            return "";
        }
        if (!paths.Any(TokenFile.IsNamedSo))
        {
            throw yaml.Error(key, $"'{key}' belongs to a file of tokens (.bin), which 'text' has not; leave it out");
        }
        try
        {
            _ = key == "separator" ? TokenReading.Parse(null, text) : TokenReading.Parse(text, null);
            return text;
        }
        catch (FormatException e)
        {
            throw yaml.Error(key, e.Message);
        }
    }

    private static IReadOnlyList<string> Values(YamlMap yaml, string key) =>
        yaml.IsList(key) ? yaml.Texts(key)
        : yaml.OptionalText(key) is string one ? [one]
        : [];

    // A run is started from another folder than the one that the path was written for.
    private static string Whole(YamlMap yaml, string path) => Path.GetFullPath(path, yaml.Folder ?? Environment.CurrentDirectory);
}
