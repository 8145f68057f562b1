using System.Text;

namespace MoeScale.Charts;

/// <summary>Text as SVG needs it: escaped, measured, shortened.</summary>
internal static class TextShape
{
    /// <summary>
    /// The width of a text, estimated from above for the common sans fonts, since which one is there is known only where
    /// the chart is shown: 0.65 of the size a letter (a digit of DejaVu Sans, the widest of them, has 0.64), the whole size a wide sign.
    /// </summary>
    public static double Width(string text, double size) => size * text.EnumerateRunes().Sum(r => r.Value >= 0x2E80 ? 1 : 0.65);

    /// <summary>The text, or its start with an ellipsis where it is wider than <paramref name="width"/>.</summary>
    public static string Fit(string text, double width, double size)
    {
        if (Width(text, size) <= width)
        {
            return text;
        }
        StringBuilder start = new();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (Width($"{start}{rune}…", size) > width)
            {
                break;
            }
            start.Append(rune);
        }
        return $"{start}…";
    }

    /// <summary>Text that means itself inside an element; signs that XML cannot hold become �.</summary>
    public static string Escape(string text)
    {
        StringBuilder escaped = new(text.Length);
        // Enumerating runes already turns broken surrogates into �.
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '&' => escaped.Append("&amp;"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '\t' or '\n' or '\r' => escaped.Append(' '),
                < ' ' or 0xFFFE or 0xFFFF => escaped.Append(Rune.ReplacementChar),
                _ => escaped.Append(rune),
            };
        }
        return escaped.ToString();
    }
}
