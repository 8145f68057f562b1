using MoeScale.Basics;
using MoeScale.Training.Data.Corpora;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Data.Tokens;

namespace MoeScale.Training.Data;

/// <summary>What is said of the text of a run, before anything of it is opened: the same rules wherever it is said.</summary>
public sealed record GivenText
{
    // Of one value each.
    private static readonly Setting[] Single =
    [
        TrainSettings.Field,
        TrainSettings.Tokenizer,
        TrainSettings.VocabularyFile,
        TrainSettings.MergesFile,
        TrainSettings.TokenType,
        TrainSettings.Separator,
    ];

    private readonly Dictionary<Setting, string> _values;

    /// <param name="value">What is said of the other settings; null or empty where nothing is.</param>
    public GivenText(Func<Setting, string?> value) =>
        _values = Single.Where(s => !string.IsNullOrEmpty(value(s))).ToDictionary(s => s, s => value(s)!);

    /// <summary>Keys of a file.</summary>
    public static IReadOnlyList<string> Keys { get; } =
    [TrainSettings.Text.Name, TrainSettings.HeldOut.Name, .. Single.Select(s => s.Name)];

    /// <summary>Files, folders, or the name of a text; may be empty.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>A share, or paths; null where nothing is said.</summary>
    public required IReadOnlyList<string>? HeldOut { get; init; }

    /// <summary>The folder from which paths start; null for the current one.</summary>
    public string? Place { get; init; }

    /// <summary>Whether the synthetic text is among the paths.</summary>
    public bool IsSynthetic => Paths.Contains(TokenizerKinds.Synthetic);

    /// <summary>Whether a file of tokens is among the paths.</summary>
    public bool IsTokens => Paths.Any(TokenFile.IsNamedSo);

    /// <summary>One of <see cref="TokenizerKinds"/>: what is said, or what goes with the text.</summary>
    public string Kind =>
        IsSynthetic ? TokenizerKinds.Synthetic
        : Value(TrainSettings.Tokenizer) is string said ? said
        : IsTokens || Paths.Count == 0 ? TokenizerKinds.None
        : TokenizerKinds.Bytes;

    /// <summary>Of a file of tokens.</summary>
    public TokenReading Reading => TokenReading.Parse(Value(TrainSettings.TokenType), Value(TrainSettings.Separator));

    /// <summary>Files and folders that are held out whole; empty where a share is.</summary>
    public IReadOnlyList<string> HeldOutPaths => HeldOut is { Count: > 0 } values && NumberAlone(values) is null ? values : [];

    /// <summary>The share of the text that is held out; 0 where other texts are, or none.</summary>
    public double HeldOutShare =>
        IsSynthetic || HeldOutPaths.Count > 0 ? 0
        : HeldOut is { Count: > 0 } values ? NumberAlone(values)!.Value
        : CorpusRequest.DefaultHeldOutShare;

    /// <summary>By the keys of a file, which names the tokenizer also of a text that needs none.</summary>
    /// <exception cref="UserException">A key has another kind of value.</exception>
    public static GivenText Of(YamlMap file) =>
        new(setting => file.OptionalText(setting.Name) is string text && !IsOfText(setting, text) ? text : null)
        {
            Paths = file.OneOrMore(TrainSettings.Text.Name),
            HeldOut = file.OneOrMore(TrainSettings.HeldOut.Name) is { Count: > 0 } heldOut ? heldOut : null,
        };

    /// <summary>As given; null where it is not.</summary>
    public string? Value(Setting setting) => _values.GetValueOrDefault(setting);

    /// <summary>The first thing that makes it no text; null where it is one, as far as can be told without opening it.</summary>
    public TextFault? Fault() =>
        NoText() ?? NotAlone() ?? WrongHeldOut() ?? NeedlessField() ?? WrongReading() ?? NeedlessTokenizer() ?? WrongTokenizer();

    /// <summary>Nothing is named.</summary>
    public TextFault? NoText()
    {
        if (Paths.Count > 0)
        {
            return null;
        }
        return new TextFault(
            TrainSettings.Text,
            $"nothing says what to train on. Give {TrainSettings.Text} with files or folders, or "
                + $"{TrainSettings.Text.To(TokenizerKinds.Synthetic)} or {CorpusRequest.DotnetDocs}, which need no file."
        );
    }

    /// <summary>What is said of the ids of a file of tokens cannot be, or there is no such file.</summary>
    public TextFault? WrongReading()
    {
        foreach (Setting setting in (Setting[])[TrainSettings.TokenType, TrainSettings.Separator])
        {
            if (Value(setting) is not string said)
            {
                continue;
            }
            if (!IsTokens)
            {
                return new TextFault(
                    setting,
                    $"{setting} belongs to a file of tokens ({TokenFile.Ending}); this text has none. Leave it out."
                );
            }
            try
            {
                _ = setting == TrainSettings.TokenType ? TokenReading.Parse(said, null) : TokenReading.Parse(null, said);
            }
            catch (FormatException e)
            {
                return new TextFault(setting, $"{setting}: {e.Message}.");
            }
        }
        return null;
    }

    /// <summary>A text that is made of tokens is given a tokenizer.</summary>
    public TextFault? NeedlessTokenizer()
    {
        Setting[] settings = [TrainSettings.Tokenizer, TrainSettings.VocabularyFile, TrainSettings.MergesFile];
        if (!IsSynthetic || settings.All(s => Value(s) is null))
        {
            return null;
        }
        return new TextFault(
            TrainSettings.Tokenizer,
            $"{TrainSettings.Text.To(TokenizerKinds.Synthetic)} is made of tokens; no tokenizer is used. "
                + $"Leave {TrainSettings.Tokenizer} and its files out."
        );
    }

    private TextFault? NotAlone()
    {
        if (Paths.Count == 1 || !(IsSynthetic || IsTokens || Paths.Contains(CorpusRequest.DotnetDocs)))
        {
            return null;
        }
        string alone =
            IsTokens ? "a file of tokens"
            : IsSynthetic ? TokenizerKinds.Synthetic
            : CorpusRequest.DotnetDocs;
        return new TextFault(
            TrainSettings.Text,
            $"{TrainSettings.Text} {string.Join(" ", Paths)}: {alone} is trained on alone. Give it alone, or other files."
        );
    }

    private TextFault? WrongHeldOut()
    {
        if (HeldOut is not { Count: > 0 } values)
        {
            return null;
        }
        if (NumberAlone(values) is double share && share is not (>= 0 and < 1))
        {
            return NoShare(values[0]);
        }
        if (IsSynthetic)
        {
            return new TextFault(
                TrainSettings.HeldOut,
                $"{TrainSettings.HeldOut} makes no sense for {TrainSettings.Text.To(TokenizerKinds.Synthetic)}, which draws as much as is "
                    + $"scored apart. Leave it out."
            );
        }
        if (values.Count > 1 && values.FirstOrDefault(IsNumber) is string among)
        {
            return NoShare(among);
        }
        if (IsTokens && values.Count > 1)
        {
            return new TextFault(
                TrainSettings.HeldOut,
                $"{TrainSettings.HeldOut} takes one file of tokens beside {TrainSettings.Text} with one. Give one, or a share."
            );
        }
        return null;
    }

    private TextFault? NeedlessField()
    {
        bool hasLines = !IsTokens && !IsSynthetic && (!Paths.Contains(CorpusRequest.DotnetDocs) || HeldOutPaths.Count > 0);
        return Value(TrainSettings.Field) is null || hasLines
            ? null
            : new TextFault(
                TrainSettings.Field,
                $"{TrainSettings.Field} names what of a JSON line is the document, and {Paths[0]} has no such lines. Leave it out."
            );
    }

    private TextFault? WrongTokenizer()
    {
        string? kind = Value(TrainSettings.Tokenizer);
        string? vocabulary = Value(TrainSettings.VocabularyFile);
        string? merges = Value(TrainSettings.MergesFile);
        switch (kind)
        {
            case TokenizerKinds.Gpt2 when vocabulary is null || merges is null:
                return new TextFault(
                    TrainSettings.Tokenizer,
                    $"{TrainSettings.Tokenizer.To(kind)} needs the two files of the tokenizer: "
                        + $"{TrainSettings.VocabularyFile.To("vocab.json")} {TrainSettings.MergesFile.To("merges.txt")}."
                );
            case null or TokenizerKinds.Bytes when (vocabulary ?? merges) is not null:
                Setting file = vocabulary is not null ? TrainSettings.VocabularyFile : TrainSettings.MergesFile;
                return new TextFault(
                    file,
                    $"{file} belongs to {TrainSettings.Tokenizer.To(TokenizerKinds.Gpt2)}. Give that too, or leave the file out."
                );
            case null or TokenizerKinds.Bytes or TokenizerKinds.Gpt2:
                return null;
            default:
                string hint = Guess.Hint(kind, [TokenizerKinds.Bytes, TokenizerKinds.Gpt2]);
                return new TextFault(
                    TrainSettings.Tokenizer,
                    $"{TrainSettings.Tokenizer} '{kind}' is not known{hint}. Known are bytes and gpt2."
                );
        }
    }

    private static TextFault NoShare(string text) =>
        new(
            TrainSettings.HeldOut,
            $"{TrainSettings.HeldOut} '{text}' is no share; it takes 0 or more and less than 1, such as 0.05, or the path of a text."
        );

    // A number is the share to hold out, but for a file of that name.
    private double? NumberAlone(IReadOnlyList<string> values) =>
        values is [string one] && IsNumber(one) && Quantity.TryParseCount(one, out double number) ? number : null;

    private bool IsNumber(string text) =>
        Quantity.TryParseCount(text, out _) && !Path.Exists(Place is null ? text : Path.GetFullPath(text, Place));

    private static bool IsOfText(Setting setting, string text) =>
        setting == TrainSettings.Tokenizer && text is TokenizerKinds.Synthetic or TokenizerKinds.None;
}
