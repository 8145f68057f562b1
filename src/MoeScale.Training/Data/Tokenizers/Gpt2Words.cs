using System.Buffers;
using System.Globalization;
using System.Text;

namespace MoeScale.Training.Data.Tokenizers;

/// <summary>
/// Cuts text into the words that GPT-2 encodes one by one:
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c> (Radford et al. 2019, file encoder.py),
/// matched over code points, not over UTF-16 halves.
/// </summary>
/// <remarks>
/// A class is a function of the code point, and each alternative but the first is a run of one class, so one pass suffices.
/// Letters and digits are those of the Unicode version of the running .NET, which may know scripts that older tools do not.
/// </remarks>
internal static class Gpt2Words
{
    private enum Kind : byte
    {
        Space,
        Letter,
        Number,
        Other,
    }

    private static readonly Kind[] Ascii = [.. Enumerable.Range(0, 128).Select(value => Classify(new Rune(value)))];

    /// <summary>The length in bytes of the word at the start of a text that is not empty.</summary>
    public static int FirstLength(ReadOnlySpan<byte> text)
    {
        if (text[0] == '\'' && Contraction(text) is int contraction and > 0)
        {
            return contraction;
        }
        Kind kind = KindAt(text, 0, out int length);
        if (kind != Kind.Space)
        {
            return RunEnd(text, length, kind);
        }
        // " ?" takes a space, and no other white space, in front of a run that is not white space.
        if (text[0] == ' ' && text.Length > 1 && KindAt(text, 1, out int next) is var second and not Kind.Space)
        {
            return RunEnd(text, 1 + next, second);
        }
        // "\s+(?!\S)" leaves the last white space to the word behind it; "\s+" takes it when it stands alone.
        int last = 0;
        int end = length;
        while (end < text.Length && KindAt(text, end, out length) == Kind.Space)
        {
            last = end;
            end += length;
        }
        return end == text.Length || last == 0 ? end : last;
    }

    private static int Contraction(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> rest = text[1..];
        return rest.IsEmpty ? 0
            : rest[0] is (byte)'s' or (byte)'t' or (byte)'m' or (byte)'d' ? 2
            : rest.StartsWith("re"u8) || rest.StartsWith("ve"u8) || rest.StartsWith("ll"u8) ? 3
            : 0;
    }

    private static int RunEnd(ReadOnlySpan<byte> text, int from, Kind kind)
    {
        int end = from;
        while (end < text.Length && KindAt(text, end, out int length) == kind)
        {
            end += length;
        }
        return end;
    }

    private static Kind KindAt(ReadOnlySpan<byte> text, int at, out int length)
    {
        byte first = text[at];
        if (first < 128)
        {
            length = 1;
            return Ascii[first];
        }
        return Rune.DecodeFromUtf8(text[at..], out Rune rune, out length) == OperationStatus.Done ? Classify(rune) : Kind.Other;
    }

    private static Kind Classify(Rune rune) =>
        Rune.GetUnicodeCategory(rune) switch
        {
            _ when Rune.IsWhiteSpace(rune) => Kind.Space,
            UnicodeCategory.UppercaseLetter
            or UnicodeCategory.LowercaseLetter
            or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter
            or UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Other,
        };
}
