using System.Globalization;
using System.Xml.Linq;
using SkiaSharp;

namespace MoeScale.Charts;

/// <summary>
/// Paints a chart from its SVG, so that there is one layout: all that charts of this room write, and nothing else of SVG. What loads the
/// library for it is here alone, so that programs that draw no such picture do not wait for it.
/// </summary>
internal sealed class PngDrawing : IDisposable
{
    // Letters are outlines, not thinner or wider with the size of a pixel: charts are for paper and sharp screens.
    private readonly PngText _text = new();
    private readonly SKCanvas _canvas;

    private PngDrawing(SKCanvas canvas) => _canvas = canvas;

    /// <param name="svg">A chart of this room.</param>
    /// <param name="scale">Pixels for each unit of the chart.</param>
    /// <returns>The file.</returns>
    /// <exception cref="DllNotFoundException">The library that paints is not there for this system.</exception>
    /// <exception cref="NotSupportedException">The SVG has something that no chart has.</exception>
    public static byte[] Paint(string svg, int scale)
    {
        XElement root = XDocument.Parse(svg).Root!;
        double[] box = Numbers((string)root.Attribute("viewBox")!);
        using SKSurface surface = SKSurface.Create(
            new SKImageInfo((int)Math.Ceiling(box[2] * scale), (int)Math.Ceiling(box[3] * scale), SKColorType.Rgba8888, SKAlphaType.Premul)
        );
        surface.Canvas.Clear(SKColors.White);
        surface.Canvas.Scale(scale);
        using PngDrawing drawing = new(surface.Canvas);
        drawing.Children(root, PaintStyle.Default.Of(root));
        using SKImage image = surface.Snapshot();
        using SKData data = image.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    public void Dispose() => _text.Dispose();

    private void Children(XElement element, PaintStyle style)
    {
        foreach (XElement child in element.Elements())
        {
            Draw(child, style.Of(child));
        }
    }

    private void Draw(XElement e, PaintStyle style)
    {
        switch (e.Name.LocalName)
        {
            case "title" or "desc":
                break;
            case "g":
                Children(e, style);
                break;
            case "svg":
                _canvas.Save();
                _canvas.ClipRect(Rectangle(e));
                Children(e, style);
                _canvas.Restore();
                break;
            case "rect":
                style.Paint((paint) => _canvas.DrawRect(Rectangle(e), paint));
                break;
            case "path":
                using (SKPath path = SKPath.ParseSvgPathData((string)e.Attribute("d")!))
                {
                    style.Paint(paint => _canvas.DrawPath(path, paint));
                }
                break;
            case "text":
                Text(e, style);
                break;
            default:
                throw new NotSupportedException($"<{e.Name.LocalName}> is no part of a chart.");
        }
    }

    private void Text(XElement e, PaintStyle style)
    {
        _canvas.Save();
        if (e.Attribute("transform") is XAttribute transform)
        {
            // All that charts turn is "translate(x y) rotate(degrees)".
            double[] numbers = Numbers(transform.Value);
            _canvas.Translate((float)numbers[0], (float)numbers[1]);
            _canvas.RotateDegrees((float)numbers[2]);
        }
        _text.Draw(_canvas, e, style);
        _canvas.Restore();
    }

    private static SKRect Rectangle(XElement e) => SKRect.Create(Number(e, "x"), Number(e, "y"), Number(e, "width"), Number(e, "height"));

    internal static float Number(XElement e, string attribute) =>
        e.Attribute(attribute) is XAttribute a ? float.Parse(a.Value, CultureInfo.InvariantCulture) : 0;

    private static double[] Numbers(string text) =>
        [
            .. text.Split((char[])[' ', ',', '(', ')'], StringSplitOptions.RemoveEmptyEntries)
                .Where(w => !char.IsAsciiLetter(w[0]))
                .Select(w => double.Parse(w, CultureInfo.InvariantCulture)),
        ];
}
