using MoeScale.Training.Data.Tokenizers;

namespace MoeScale.Training.Diagnostics;

/// <summary>
/// Tokens sorted into a few kinds: by what they stand for where they are text, else the most frequent ones and the others.
/// </summary>
public sealed class TokenClasses
{
    private const int Frequent = 8;

    private static readonly string[] Kinds =
    [
        "lower case",
        "upper case",
        "digit",
        "space",
        "line end",
        "ASCII sign",
        "beyond ASCII",
        "separator",
    ];

    private readonly Func<int, int> _of;

    private TokenClasses(IReadOnlyList<string> names, Func<int, int> of) => (Names, _of) = (names, of);

    public IReadOnlyList<string> Names { get; }

    /// <summary>The place of a token's kind in <see cref="Names"/>.</summary>
    public int Of(int token) => _of(token);

    /// <summary>By the first byte that is no space; a token of spaces alone is a space, or a line end if it has one.</summary>
    public static TokenClasses OfText(ITokenizer tokenizer)
    {
        int[] kinds =
        [
            .. Enumerable
                .Range(0, tokenizer.VocabularySize)
                .Select(token => token == tokenizer.Separator ? 7 : Kind(tokenizer.Bytes(token))),
        ];
        // Rows that pad the vocabulary are no text.
        return new TokenClasses(Kinds, token => token < kinds.Length ? kinds[token] : 7);
    }

    /// <summary>The most frequent tokens of the probe, each by itself, and all others.</summary>
    public static TokenClasses OfFrequent(IReadOnlyList<int> tokens)
    {
        int[] frequent = [.. tokens.CountBy(t => t).OrderByDescending(t => t.Value).ThenBy(t => t.Key).Take(Frequent).Select(t => t.Key)];
        return new TokenClasses(
            [.. frequent.Select(t => $"token {t}"), "others"],
            token => Array.IndexOf(frequent, token) is >= 0 and int place ? place : frequent.Length
        );
    }

    /// <summary>Which eighth of a sequence a token stands in.</summary>
    public static IReadOnlyList<string> PositionNames(int sequence) =>
        [
            .. Enumerable
                .Range(0, Parts(sequence))
                .Select(part => Range((part * sequence) / Parts(sequence), (((part + 1) * sequence) / Parts(sequence)) - 1)),
        ];

    /// <summary>The place in <see cref="PositionNames"/> of a position.</summary>
    public static int PositionOf(int position, int sequence) => (int)(((((long)position + 1) * Parts(sequence)) - 1) / sequence);

    private static int Parts(int sequence) => Math.Min(8, sequence);

    private static string Range(int first, int last) => first == last ? $"{first}" : $"{first}-{last}";

    private static int Kind(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> word = bytes.TrimStart(" \t\r\n\v\f"u8);
        return word.Length == 0
            ? bytes.Contains((byte)'\n')
                ? 4
                : 3
            : word[0] switch
            {
                >= (byte)'a' and <= (byte)'z' => 0,
                >= (byte)'A' and <= (byte)'Z' => 1,
                >= (byte)'0' and <= (byte)'9' => 2,
                >= 0x80 => 6,
                _ => 5,
            };
    }
}
