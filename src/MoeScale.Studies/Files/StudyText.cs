using MoeScale.Basics;
using MoeScale.Training;
using MoeScale.Training.Data;
using MoeScale.Training.Data.Corpora;
using MoeScale.Training.Data.Synthetic;
using MoeScale.Training.Data.Tokenizers;

namespace MoeScale.Studies.Files;

/// <summary>What a study trains on, and what turns it into tokens. Paths are whole.</summary>
public sealed record StudyText
{
    private const int Gpt2Tokens = 50257;

    private static readonly string[] KnownNames = [TokenizerKinds.Synthetic, CorpusRequest.DotnetDocs];

    /// <summary>What is said of it, by the rules of any run's text.</summary>
    public required GivenText Given { get; init; }

    /// <summary>The study file's folder, from which trainers read paths.</summary>
    public required string Folder { get; init; }

    public IReadOnlyList<string> Paths => Given.Paths;

    /// <summary>A share, or paths; empty for what is usual.</summary>
    public IReadOnlyList<string> HeldOut => Given.HeldOut ?? [];

    /// <summary>One of <see cref="TokenizerKinds"/>; of a trainer of the user's any other.</summary>
    public string Tokenizer => Given.Kind;

    public string? VocabularyFile => Given.Value(TrainSettings.VocabularyFile);

    public string? MergesFile => Given.Value(TrainSettings.MergesFile);

    /// <summary>How many tokens there are; null where the model must say.</summary>
    public int? VocabularySize =>
        Tokenizer switch
        {
            TokenizerKinds.Synthetic => new SyntheticLanguage().Vocabulary,
            TokenizerKinds.Bytes => 256,
            TokenizerKinds.Gpt2 => Gpt2Tokens,
            _ => null,
        };

    public bool IsSynthetic => Given.IsSynthetic;

    /// <summary>Whether the study says anything of it: a trainer of the user's may know by itself what to train on.</summary>
    public bool IsGiven => Paths.Count > 0 || HeldOut.Count > 0 || Tokenizer != TokenizerKinds.None;

    /// <param name="yaml">The study's file.</param>
    /// <param name="isBuiltIn">Whether <c>train</c> trains on it, which needs a text and knows few tokenizers.</param>
    /// <exception cref="UserException">A key is missing or contradicts another.</exception>
    public static StudyText Read(YamlMap yaml, bool isBuiltIn)
    {
        string folder = yaml.Folder ?? Environment.CurrentDirectory;
        YamlMap? files = yaml.IsMap("tokenizer") ? yaml.Map("tokenizer") : null;
        files?.RefuseOthers(["kind", "vocab_file", "merges_file"]);
        Dictionary<Setting, string?> said = new()
        {
            [TrainSettings.Tokenizer] = files?.Choice("kind", [TokenizerKinds.Gpt2]) ?? yaml.OptionalText("tokenizer"),
            [TrainSettings.VocabularyFile] = files is null ? null : Path.GetFullPath(files.Text("vocab_file"), folder),
            [TrainSettings.MergesFile] = files is null ? null : Path.GetFullPath(files.Text("merges_file"), folder),
            [TrainSettings.Field] = yaml.OptionalText("field"),
            [TrainSettings.TokenType] = yaml.OptionalText("token_type"),
            [TrainSettings.Separator] = yaml.OptionalText("separator"),
        };
        // A run is started from another folder than the one that a path was written for.
        string[] heldOut = [.. yaml.OneOrMore("held_out").Select(p => IsPath(p) ? Path.GetFullPath(p, folder) : p)];
        GivenText given = new(said.GetValueOrDefault)
        {
            Paths = [.. yaml.OneOrMore("text").Select(p => KnownNames.Contains(p) || IsAddress(p) ? p : Path.GetFullPath(p, folder))],
            HeldOut = heldOut.Length > 0 ? heldOut : null,
            Place = folder,
        };
        if (((isBuiltIn ? given.NoText() : null) ?? given.WrongReading() ?? given.NeedlessTokenizer()) is TextFault fault)
        {
            throw Error(yaml, fault);
        }
        if (isBuiltIn && files is null && !given.IsSynthetic)
        {
            RequireBytes(yaml);
        }
        return new StudyText { Given = given, Folder = folder };
    }

    // GPT-2's tokenizer is a map with its two files here, so a name alone is another one.
    private static void RequireBytes(YamlMap yaml)
    {
        if (yaml.OptionalText("tokenizer") is string other and not TokenizerKinds.Bytes)
        {
            throw yaml.Error(
                "tokenizer",
                $"'tokenizer' is '{other}'{Guess.Hint(other, [TokenizerKinds.Bytes, TokenizerKinds.Gpt2])}; it needs bytes, or gpt2 with "
                    + $"its two files: {{ kind: gpt2, vocab_file: vocab.json, merges_file: merges.txt }}"
            );
        }
    }

    /// <summary>A fault of the text as a complaint about the study's file.</summary>
    internal static UserException Error(YamlMap yaml, TextFault fault) =>
        yaml.Error(yaml.Has(fault.Setting.Name) ? fault.Setting.Name : "id", new UserException(fault.Complaint.Say(StudyTerms.All)));

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
}
