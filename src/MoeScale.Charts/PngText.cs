using System.Globalization;
using System.Text;
using System.Xml.Linq;
using SkiaSharp;

namespace MoeScale.Charts;

/// <summary>
/// Writes text in the font that comes with the program, the same on every machine; for letters that it lacks, in one of the system's where
/// there is one.
/// </summary>
internal sealed class PngText : IDisposable
{
    private readonly SKTypeface _own;
    private readonly SKFont _lookUp;
    private readonly Dictionary<int, SKTypeface> _others = [];

    public PngText()
    {
        _own = Embedded();
        _lookUp = new SKFont(_own);
    }

    /// <param name="canvas">Already turned, where the text is.</param>
    /// <param name="text">An element of SVG: texts and spans, which may be raised.</param>
    /// <param name="style">Of the element.</param>
    public void Draw(SKCanvas canvas, XElement text, PaintStyle style)
    {
        float x = PngDrawing.Number(text, "x");
        float y = PngDrawing.Number(text, "y") + Shift(text, style);
        List<(string Text, SKFont Font, float Raise, PaintStyle Style)> pieces = [];
        float raise = 0;
        foreach (XNode node in text.Nodes())
        {
            PaintStyle own = node is XElement span ? style.Of(span) : style;
            // What a span is moved by holds for all that follows it.
            raise += node is XElement moved ? Shift(moved, own) : 0;
            string words = node is XElement e ? e.Value : ((XText)node).Value;
            pieces.AddRange(Runs(words).Select(r => (r.Text, NewFont(r.Typeface, own), raise, own)));
        }
        float width = pieces.Sum(p => p.Font.MeasureText(p.Text));
        x -= (string?)text.Attribute("text-anchor") switch
        {
            "middle" => width / 2,
            "end" => width,
            _ => 0,
        };
        foreach ((string words, SKFont font, float raised, PaintStyle own) in pieces)
        {
            own.PaintText(paint => canvas.DrawText(words, x, y + raised, SKTextAlign.Left, font, paint));
            x += font.MeasureText(words);
            font.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (SKTypeface other in _others.Values.Where(o => o != _own))
        {
            other.Dispose();
        }
        _lookUp.Dispose();
        _own.Dispose();
    }

    // In heights of the font.
    private static float Shift(XElement e, PaintStyle style) =>
        e.Attribute("dy") is XAttribute dy ? style.FontSize * float.Parse(dy.Value[..^"em".Length], CultureInfo.InvariantCulture) : 0;

    private static SKFont NewFont(SKTypeface typeface, PaintStyle style) =>
        new(typeface, style.FontSize)
        {
            Subpixel = true,
            Hinting = SKFontHinting.None,
            Edging = SKFontEdging.Antialias,
            Embolden = style.IsBold,
        };

    private IEnumerable<(string Text, SKTypeface Typeface)> Runs(string text)
    {
        StringBuilder run = new();
        SKTypeface current = _own;
        foreach (Rune rune in text.EnumerateRunes())
        {
            SKTypeface typeface = Typeface(rune.Value);
            if (typeface != current && run.Length > 0)
            {
                yield return (run.ToString(), current);
                run.Clear();
            }
            current = typeface;
            run.Append(rune);
        }
        if (run.Length > 0)
        {
            yield return (run.ToString(), current);
        }
    }

    private SKTypeface Typeface(int letter)
    {
        if (_lookUp.GetGlyph(letter) != 0)
        {
            return _own;
        }
        if (!_others.TryGetValue(letter, out SKTypeface? other))
        {
            // A letter that nobody has is an empty box.
            other = SKFontManager.Default.MatchCharacter(letter) ?? _own;
            _others.Add(letter, other);
        }
        return other;
    }

    private static SKTypeface Embedded()
    {
        using Stream font = typeof(PngText).Assembly.GetManifestResourceStream("DejaVuSans-part.ttf")!;
        return SKTypeface.FromStream(font);
    }
}
