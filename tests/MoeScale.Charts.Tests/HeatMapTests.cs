using System.Globalization;
using System.Xml.Linq;

namespace MoeScale.Charts.Tests;

public class HeatMapTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private static HeatMap Map(double[,] values) =>
        new(
            "Load",
            "tokens",
            "expert",
            "load over the mean",
            [.. Enumerable.Range(0, values.GetLength(1)).Select(i => $"c{i}")],
            [.. Enumerable.Range(0, values.GetLength(0)).Select(i => $"r{i}")],
            values
        );

    private static XElement[] Cells(XElement svg) => [.. svg.Elements(Svg + "rect").Where(r => r.Attribute("class")?.Value == "cell")];

    private static double Number(XElement element, string name) =>
        double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    private static string Fill(XElement cell) => cell.Attribute("fill")!.Value;

    private static double Lightness(XElement cell)
    {
        int colour = int.Parse(Fill(cell)[1..], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return (0.2126 * (colour >> 16)) + (0.7152 * (colour >> 8 & 255)) + (0.0722 * (colour & 255));
    }

    [Fact]
    public void ToSvg_Cells_StandInRowsAndColumnsAndFillTheFrame()
    {
        XElement[] cells = Cells(
            XElement.Parse(
                Map(
                        new double[,]
                        {
                            { 0, 1, 2 },
                            { 3, 4, 5 },
                        }
                    )
                    .ToSvg()
            )
        );
        Assert.Equal(6, cells.Length);
        Assert.Equal(
            ["expert r0, tokens c0: 0", "expert r0, tokens c1: 1", "expert r0, tokens c2: 2"],
            cells[..3].Select(c => c.Element(Svg + "title")!.Value)
        );
        Assert.Equal(Number(cells[1], "x"), Number(cells[4], "x"));
        Assert.Equal(Number(cells[3], "y"), Number(cells[5], "y"));
        // Two decimals of a place, each off by half of the last.
        Assert.Equal(Number(cells[2], "x") - Number(cells[1], "x"), Number(cells[1], "x") - Number(cells[0], "x"), 0.011);
    }

    [Fact]
    public void ToSvg_HigherValues_AreDarker()
    {
        double[,] values = new double[1, 41];
        for (int i = 0; i < 41; i++)
        {
            values[0, i] = i / 40.0;
        }
        XElement[] cells = Cells(XElement.Parse(Map(values).ToSvg()));
        Assert.Equal(("#ffffff", "#08306b"), (Fill(cells[0]), Fill(cells[^1])));
        Assert.All(cells.Zip(cells.Skip(1)), pair => Assert.True(Lightness(pair.Second) < Lightness(pair.First)));
    }

    [Fact]
    public void ToSvg_ValuesBeyondTheEnds_HaveTheColourOfTheEnds()
    {
        XElement[] cells = Cells(
            XElement.Parse(
                (
                    Map(
                        new double[,]
                        {
                            { -5, 1, 3, 99 },
                        }
                    ) with
                    {
                        Low = 1,
                        High = 3,
                    }
                ).ToSvg()
            )
        );
        Assert.Equal(Fill(cells[1]), Fill(cells[0]));
        Assert.Equal(Fill(cells[2]), Fill(cells[3]));
        Assert.NotEqual(Fill(cells[0]), Fill(cells[3]));
    }

    [Fact]
    public void ToSvg_WhatIsNoNumber_IsAGreyCellWithoutOne()
    {
        XElement svg = XElement.Parse(
            Map(
                    new double[,]
                    {
                        { 1, double.NaN },
                    }
                )
                .ToSvg()
        );
        Assert.Single(Cells(svg));
        XElement empty = Assert.Single(svg.Elements(Svg + "rect"), r => r.Attribute("class")?.Value == "empty");
        Assert.DoesNotContain(Fill(empty), Cells(svg).Select(Fill));
        Assert.DoesNotContain("NaN", svg.ToString());
    }

    /// <summary>Of values that are all alike, also zeros: nothing divides by their distance.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(double.NaN)]
    public void ToSvg_OneValue_IsDrawn(double value) =>
        Assert.DoesNotContain(
            "NaN",
            Map(
                    new double[,]
                    {
                        { value },
                    }
                )
                .ToSvg()
        );

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 40)]
    [InlineData(128, 5)]
    public void ToSvg_MapsOfAnySize_KeepTheirWordsInside(int rows, int columns)
    {
        double[,] values = new double[rows, columns];
        values[0, 0] = 12.5;
        XElement svg = XElement.Parse(
            (Map(values) with { Rows = [.. Enumerable.Range(0, rows).Select(i => $"a row of a long name, number {i}")] }).ToSvg()
        );
        double height = double.Parse(svg.Attribute("viewBox")!.Value.Split(' ')[3], CultureInfo.InvariantCulture);
        XElement[] texts = [.. svg.Elements(Svg + "text").Where(t => t.Attribute("x") is not null)];
        Assert.All(texts, t => Assert.InRange(Number(t, "y"), 0, height));
        Assert.All(texts, t => Assert.InRange(Number(t, "x"), 0, 640));
        // Names of rows do not run into each other.
        double[] places = [.. texts.Where(t => t.Attribute("text-anchor")?.Value == "end").Select(t => Number(t, "y"))];
        Assert.All(places.Zip(places.Skip(1)), pair => Assert.True(pair.Second - pair.First >= 10.9));
    }

    [Fact]
    public void ToSvg_Numbers_StandWhereAllHaveRoom()
    {
        static bool HasNumber(double[,] values) =>
            XElement.Parse(Map(values).ToSvg()).Elements(Svg + "text").Any(t => t.Attribute("font-size")?.Value == "9");
        Assert.True(HasNumber(new double[8, 16]));
        Assert.False(HasNumber(new double[8, 100]));
        Assert.False(HasNumber(new double[64, 16]));
    }

    [Fact]
    public void ToSvg_Words_AreEscaped() =>
        Assert.Equal(
            "a < b & c",
            XElement
                .Parse(
                    (
                        Map(
                            new double[,]
                            {
                                { 1 },
                            }
                        ) with
                        {
                            Title = "a < b & c",
                            Rows = ["<&>"],
                            Columns = ["\"<"],
                        }
                    ).ToSvg()
                )
                .Element(Svg + "title")!
                .Value
        );

    [Fact]
    public void ToSvg_NamesThatDoNotFitTheValues_AreRefused()
    {
        Assert.Equal(
            "'Load' has 1 × 2 values for 1 rows and 1 columns; it needs one for each, and at least one.",
            Assert
                .Throws<ArgumentException>(
                    (
                        Map(
                            new double[,]
                            {
                                { 1, 2 },
                            }
                        ) with
                        {
                            Columns = ["one"],
                        }
                    ).ToSvg
                )
                .Message
        );
        Assert.Throws<ArgumentException>(Map(new double[0, 0]).ToSvg);
        Assert.Contains(
            "would run from 2 to 1",
            Assert
                .Throws<ArgumentException>(
                    (
                        Map(
                            new double[,]
                            {
                                { 1 },
                            }
                        ) with
                        {
                            Low = 2,
                            High = 1,
                        }
                    ).ToSvg
                )
                .Message
        );
    }
}
