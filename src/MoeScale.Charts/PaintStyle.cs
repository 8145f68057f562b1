using System.Globalization;
using System.Xml.Linq;
using SkiaSharp;

namespace MoeScale.Charts;

/// <summary>What an element of a chart's SVG is painted with; it is handed down to those inside.</summary>
internal sealed record PaintStyle
{
    public static readonly PaintStyle Default = new();

    /// <summary>Null for no filling.</summary>
    public SKColor? Fill { get; private init; } = SKColors.Black;

    /// <summary>Null for no line.</summary>
    public SKColor? Stroke { get; private init; }

    public float StrokeWidth { get; private init; } = 1;

    public bool HasRoundJoins { get; private init; }

    /// <summary>Lengths of dashes and gaps; empty for a whole line.</summary>
    public IReadOnlyList<float> Dashes { get; private init; } = [];

    public float FontSize { get; private init; } = (float)Layout.FontSize;

    public bool IsBold { get; private init; }

    /// <summary>That of an element inside: what it says, and the rest as it is here.</summary>
    public PaintStyle Of(XElement e) =>
        this with
        {
            Fill = Colour(e, "fill", Fill),
            Stroke = Colour(e, "stroke", Stroke),
            StrokeWidth = e.Attribute("stroke-width") is null ? StrokeWidth : PngDrawing.Number(e, "stroke-width"),
            HasRoundJoins = e.Attribute("stroke-linejoin") is XAttribute join ? join.Value == "round" : HasRoundJoins,
            Dashes = e.Attribute("stroke-dasharray") is XAttribute dashes
                ? [.. dashes.Value.Split(' ').Select(d => float.Parse(d, CultureInfo.InvariantCulture))]
                : Dashes,
            FontSize = e.Attribute("font-size") is null ? FontSize : PngDrawing.Number(e, "font-size"),
            IsBold = e.Attribute("font-weight") is XAttribute weight ? weight.Value == "bold" : IsBold,
        };

    /// <summary>Paints the filling, then the line over it.</summary>
    public void Paint(Action<SKPaint> draw)
    {
        if (Fill is SKColor fill)
        {
            using SKPaint paint = new() { Color = fill, IsAntialias = true };
            draw(paint);
        }
        if (Stroke is not null)
        {
            using SKPaint paint = StrokePaint();
            draw(paint);
        }
    }

    /// <summary>The line of text goes under its filling: it is a rim that keeps it readable.</summary>
    public void PaintText(Action<SKPaint> draw)
    {
        if (Stroke is not null)
        {
            using SKPaint paint = StrokePaint();
            draw(paint);
        }
        (this with { Stroke = null }).Paint(draw);
    }

    private SKPaint StrokePaint() =>
        new()
        {
            Color = Stroke!.Value,
            Style = SKPaintStyle.Stroke,
            StrokeWidth = StrokeWidth,
            StrokeJoin = HasRoundJoins ? SKStrokeJoin.Round : SKStrokeJoin.Miter,
            IsAntialias = true,
            PathEffect = Dashes.Count > 0 ? SKPathEffect.CreateDash([.. Dashes], 0) : null,
        };

    private static SKColor? Colour(XElement e, string attribute, SKColor? otherwise) =>
        e.Attribute(attribute)?.Value switch
        {
            null => otherwise,
            "none" => null,
            string colour => SKColor.Parse(colour),
        };
}
