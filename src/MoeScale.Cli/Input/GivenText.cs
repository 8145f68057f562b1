using System.CommandLine;
using MoeScale.Basics;

namespace MoeScale.Cli.Input;

/// <summary>What is said of the text of a run, by options or in a file, before anything is made of it.</summary>
internal sealed record GivenText
{
    /// <summary>By these, complaints name what is wrong.</summary>
    public static readonly Setting Text = new("train", "text"),
        HeldOut = new("train", "held_out"),
        Tokenizer = new("train", "tokenizer"),
        VocabularyFile = new("train", "vocab_file"),
        MergesFile = new("train", "merges_file"),
        TokenType = new("train", "token_type"),
        Separator = new("train", "separator"),
        Field = new("train", "field");

    // Of one value each.
    private static readonly Setting[] Single = [Field, Tokenizer, VocabularyFile, MergesFile, TokenType, Separator];

    private readonly Dictionary<Setting, string> _values;

    private GivenText(IReadOnlyList<string> paths, IReadOnlyList<string>? heldOut, Func<Setting, string?> value)
    {
        Paths = paths;
        HeldOutValues = heldOut;
        _values = Single.Where(s => value(s) is not null).ToDictionary(s => s, s => value(s)!);
    }

    /// <summary>Keys of a file.</summary>
    public static IReadOnlyList<string> Keys { get; } = [Text.Name, HeldOut.Name, .. Single.Select(s => s.Name)];

    /// <summary>Files, folders, or the name of a text; may be empty.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>A share, or paths; null where nothing is said.</summary>
    public IReadOnlyList<string>? HeldOutValues { get; }

    /// <summary>As given; null where it is not.</summary>
    public string? Value(Setting setting) => _values.GetValueOrDefault(setting);

    /// <summary>By the options of <c>train</c>.</summary>
    public static GivenText Of(ParseResult parsed) =>
        new(
            parsed.GetValue(TrainArguments.Text) ?? [],
            parsed.GetResult(TrainArguments.HeldOut) is null ? null : parsed.GetValue(TrainArguments.HeldOut) ?? [],
            setting => parsed.GetValue(TrainArguments.OfText.Single(o => o.Name == CommandTerms.All.Say(setting)))
        );

    /// <summary>By the keys of a file, which names the tokenizer also of a text that needs none.</summary>
    public static GivenText Of(YamlMap file) =>
        new(
            Values(file, Text.Name),
            Values(file, HeldOut.Name) is { Count: > 0 } heldOut ? heldOut : null,
            setting => file.OptionalText(setting.Name) is string text && !IsNone(setting, text) ? text : null
        );

    private static bool IsNone(Setting setting, string text) => setting == Tokenizer && text is "synthetic" or "none";

    private static IReadOnlyList<string> Values(YamlMap file, string key) =>
        file.IsList(key) ? file.Texts(key)
        : file.OptionalText(key) is string one ? [one]
        : [];
}
