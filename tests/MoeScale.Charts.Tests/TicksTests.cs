using FsCheck;
using FsCheck.Fluent;

namespace MoeScale.Charts.Tests;

public class TicksTests
{
    private static string Labels(Scale scale, double low, double high) =>
        string.Join(" ", Ticks.Of(new AxisRange(scale, low, high)).Major.Select(t => t.Exponent is int e ? $"{t.Text}^{e}" : t.Text));

    [Theory]
    [InlineData(0, 1, "0 0.2 0.4 0.6 0.8 1.0")]
    [InlineData(0, 0.6, "0 0.1 0.2 0.3 0.4 0.5 0.6")]
    [InlineData(1.69, 4.04, "2.0 2.5 3.0 3.5 4.0")]
    [InlineData(-10, 10, "−10 −5 0 5 10")]
    [InlineData(0, 6000, "0 1000 2000 3000 4000 5000 6000")]
    [InlineData(0, 60000, "0 10K 20K 30K 40K 50K 60K")]
    [InlineData(0, 1.2e9, "0 0.2B 0.4B 0.6B 0.8B 1.0B 1.2B")]
    [InlineData(0, 4e21, "0 0.5×10^21 1.0×10^21 1.5×10^21 2.0×10^21 2.5×10^21 3.0×10^21 3.5×10^21 4.0×10^21")]
    [InlineData(0, 0.0005, "0 1×10^-4 2×10^-4 3×10^-4 4×10^-4 5×10^-4")]
    [InlineData(2.7131, 2.7139, "2.7132 2.7134 2.7136 2.7138")]
    public void Of_LinearRange_AreRoundNumbers(double low, double high, string expected) =>
        Assert.Equal(expected, Labels(Scale.Linear, low, high));

    [Theory]
    [InlineData(1e7, 1e10, "10M 100M 1B 10B")]
    [InlineData(8e18, 2e24, "10^19 10^20 10^21 10^22 10^23 10^24")]
    [InlineData(1e-5, 1e-2, "10^-5 10^-4 10^-3 10^-2")]
    [InlineData(0.01, 10, "0.01 0.1 1 10")]
    [InlineData(1, 40, "1 2 5 10 20")]
    [InlineData(1.5e21, 3e22, "2×10^21 5×10^21 10^22 2×10^22")]
    [InlineData(2.1, 4.9, "2.5 3.0 3.5 4.0 4.5")]
    [InlineData(1, 1e24, "10^0 10^5 10^10 10^15 10^20")]
    public void Of_LogRange_ArePowersOfTenOrRoundPartsOfThem(double low, double high, string expected) =>
        Assert.Equal(expected, Labels(Scale.Log, low, high));

    [Fact]
    public void Of_FewDecades_HaveShortTicksBetween()
    {
        Ticks ticks = Ticks.Of(new AxisRange(Scale.Log, 1, 90));
        Assert.Equal([1, 2, 5, 10, 20, 50], ticks.Major.Select(t => t.Value));
        Assert.Equal([3, 4, 6, 7, 8, 9, 30, 40, 60, 70, 80, 90], ticks.Minor);
        Assert.Equal(6 * 8, Ticks.Of(new AxisRange(Scale.Log, 1, 1e6)).Minor.Count);
        Assert.Empty(Ticks.Of(new AxisRange(Scale.Log, 1, 1e7)).Minor);
    }

    [Fact]
    public void Of_WantedTicks_AreThoseInside() =>
        Assert.Equal(
            ["1", "2", "4", "1.024K"],
            Ticks.Of(new AxisRange(Scale.Log, 1, 2000), [0.5, 1, 2, 4, 1024, 4096]).Major.Select(t => t.Text)
        );

    private static readonly Gen<double> Exponents = Gen.Choose(-2000, 3000).Select(i => i / 100.0);

    [Fact]
    public void Of_AnyLogRange_Are3To12InsideAndRising() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2000).WithReplay(20260301UL, 1UL),
            Prop.ForAll(
                Arb.From(Exponents),
                Arb.From(Gen.Choose(1, 4000)),
                (exponent, length) =>
                {
                    double low = Math.Pow(10, exponent);
                    return Sound(new AxisRange(Scale.Log, low, low * Math.Pow(10, length / 100.0)));
                }
            )
        );

    [Fact]
    public void Of_AnyLinearRange_Are3To12InsideAndRising() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2000).WithReplay(20260301UL, 3UL),
            Prop.ForAll(
                Arb.From(Exponents),
                Arb.From(Gen.Choose(-100000, 100000)),
                (exponent, offset) =>
                {
                    double length = Math.Pow(10, exponent);
                    double low = offset / 77.0 * length;
                    return Sound(new AxisRange(Scale.Linear, low, low + length));
                }
            )
        );

    private static bool Sound(AxisRange range)
    {
        Ticks ticks = Ticks.Of(range);
        double[] values = [.. ticks.Major.Select(t => t.Value)];
        return values.Length is >= 3 and <= 12
            && values.Concat(ticks.Minor).All(range.Holds)
            && values.Zip(values.Skip(1)).All(pair => pair.First < pair.Second)
            && ticks.Major.Select(t => (t.Text, t.Exponent)).Distinct().Count() == values.Length
            && !ticks.Minor.Intersect(values).Any();
    }
}
