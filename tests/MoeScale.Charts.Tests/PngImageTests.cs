using System.Buffers.Binary;
using SkiaSharp;

namespace MoeScale.Charts.Tests;

public class PngImageTests
{
    private static readonly LineChart Chart = new(
        "Loss & size, α ≥ β",
        new Axis("active parameters", Scale.Log),
        new Axis("loss (nats per token)"),
        [
            new Series("dense", [new ChartPoint(1e8, 3), new ChartPoint(1e9, 2.5, true), new ChartPoint(1e10, 2.2)]),
            new Series("E=8", [new ChartPoint(1e8, 2.8), new ChartPoint(1e9, 2.4), new ChartPoint(1e10, 2.15)], Mark.Points),
            new Series("E=16", [new ChartPoint(1e8, 2.7), new ChartPoint(1e9, double.NaN), new ChartPoint(1e10, 2.1)]) { Steps = true },
        ]
    );

    [Fact]
    public void Of_AChart_HasTwiceItsUnitsInPixels()
    {
        byte[] png = PngImage.Of(Chart.ToSvg());
        Assert.Equal((byte[])[0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], png[..8]);
        Assert.Equal(
            (1280, 840),
            (BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)))
        );
    }

    [Fact]
    public void Of_AChart_HasItsCurvesInTheirColoursAndItsWords()
    {
        using SKBitmap bitmap = SKBitmap.Decode(PngImage.Of(Chart.ToSvg()));
        Dictionary<SKColor, int> counts = bitmap.Pixels.GroupBy(p => p).ToDictionary(g => g.Key, g => g.Count());
        Assert.All((string[])["#0072B2", "#D55E00", "#009E73"], c => Assert.True(counts.GetValueOrDefault(SKColor.Parse(c)) > 50, c));
        // Ink where the title stands, on white everywhere else of that stretch.
        int ink = Dark(bitmap, 100, 20, 500, 56);
        Assert.InRange(ink, 300, 6000);
        Assert.Equal(0, Dark(bitmap, 900, 4, 1270, 20));
        // The title of the vertical axis is turned: higher than wide.
        Assert.True(Dark(bitmap, 12, 200, 44, 620) > 100);
    }

    [Fact]
    public void Of_AHeatMap_HasItsCells()
    {
        HeatMap map = new(
            "Load",
            "expert",
            "block",
            "share (%)",
            ["1", "2"],
            ["a", "b"],
            new double[,]
            {
                { 0, 1 },
                { double.NaN, 2 },
            }
        );
        using SKBitmap bitmap = SKBitmap.Decode(PngImage.Of(map.ToSvg()));
        SKColor[] colours = [.. bitmap.Pixels.GroupBy(p => p).Where(g => g.Count() > 2000).Select(g => g.Key)];
        Assert.Contains(SKColor.Parse("#08306b"), colours);
        Assert.Contains(SKColor.Parse("#e4e4e4"), colours);
    }

    [Fact]
    public void Of_LettersOfManyScripts_DoesNotFail() => Assert.NotEmpty(PngImage.Of((Chart with { Title = "漢字 😀 ﷽ \u0301" }).ToSvg()));

    [Fact]
    public void Of_SvgThatNoChartHas_IsRefused() =>
        Assert.Throws<NotSupportedException>(() => PngImage.Of("<svg viewBox=\"0 0 9 9\"><image/></svg>"));

    private static int Dark(SKBitmap bitmap, int left, int top, int right, int bottom)
    {
        int dark = 0;
        for (int y = top; y < bottom; y++)
        {
            for (int x = left; x < right; x++)
            {
                dark += bitmap.GetPixel(x, y).Red < 128 ? 1 : 0;
            }
        }
        return dark;
    }
}
