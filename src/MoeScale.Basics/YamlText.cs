using System.Globalization;
using System.Text;

namespace MoeScale.Basics;

/// <summary>Values as YAML that reads back as the same value, also by readers that guess types.</summary>
public static class YamlText
{
    private static readonly string[] Reserved = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];

    /// <summary>A text, quoted only where it must be.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="inFlow">Whether it stands inside brackets.</param>
    public static string Scalar(string text, bool inFlow = false)
    {
        bool plain =
            text.Length > 0
            && (char.IsLetterOrDigit(text[0]) || text[0] is '(' or '_' or '/' or '.')
            && text[^1] is not (' ' or ':')
            && !text.Contains(": ", StringComparison.Ordinal)
            && !text.Contains(" #", StringComparison.Ordinal)
            && !text.Any(c => MustEscape(c) || c == '"' || (inFlow && c is ',' or '[' or ']' or '{' or '}' or ':'))
            && !IsTyped(text);
        return plain ? text : Quoted(text);
    }

    /// <summary>
    /// Whether a reader that guesses types takes the text, where it stands without quotes, for a number, a truth value or nothing.
    /// </summary>
    public static bool IsTyped(string text) =>
        Reserved.Contains(text, StringComparer.OrdinalIgnoreCase)
        || double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    /// <summary>A name of a formula as a key.</summary>
    public static string Key(string name) => Reserved.Contains(name, StringComparer.OrdinalIgnoreCase) ? Quoted(name) : name;

    /// <summary>All digits, in the fewest letters: 1e22, 0.1.</summary>
    public static string Number(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        int e = text.IndexOf('E');
        return e < 0
            ? text
            : text[..e] + "e" + int.Parse(text.AsSpan(e + 1), CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>As <see cref="Number"/>, but with K, M, B or T where that is shorter and just as exact: 78.7M.</summary>
    public static string Count(double value)
    {
        if (double.IsPositiveInfinity(value))
        {
            return ".inf";
        }
        string shortest = Number(value);
        foreach ((string suffix, double factor) in new[] { ("K", 1e3), ("M", 1e6), ("B", 1e9), ("T", 1e12) })
        {
            string text = Math.Round(value / factor, 6).ToString(CultureInfo.InvariantCulture) + suffix;
            if (
                text.Length < shortest.Length
                && Math.Abs(value) >= factor
                && Quantity.TryParseCount(text, out double read)
                && read == value
            )
            {
                shortest = text;
            }
        }
        return shortest;
    }

    /// <summary>Items that are YAML already, in brackets.</summary>
    public static string List(IEnumerable<string> items) => $"[{string.Join(", ", items)}]";

    /// <summary>Any text in double quotes, on one line.</summary>
    public static string Quoted(string text)
    {
        StringBuilder quoted = new("\"");
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                > 0xffff => quoted.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:X8}"),
                _ => MustEscape((char)rune.Value)
                    ? quoted.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}")
                    : quoted.Append(rune.ToString()),
            };
        }
        return quoted.Append('"').ToString();
    }

    private static bool MustEscape(char c) =>
        char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' or '\ufeff' or '\ufffe' or '\uffff';
}
