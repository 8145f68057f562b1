using MoeScale.Formulas.Differentiation;

namespace MoeScale.Formulas.Tests;

public unsafe class ColumnFunctionsTests
{
    [Fact]
    public void Exp_OverItsRange_IsWithinOneUnitOfTheLastPlace() =>
        // Math.Exp itself may be off by one.
        Near(Math.Exp, Exp, [.. Sweep(-708.3, 709.7, 200_000), .. Sweep(-1, 1, 50_000), .. Sweep(-1e-8, 1e-8, 1000)], units: 2);

    [Fact]
    public void Log_OverItsRange_IsWithinOneUnitOfTheLastPlace() =>
        Near(
            Math.Log,
            Log,
            [.. Sweep(-740, 709, 200_000).Select(Math.Exp), .. Sweep(0.5, 2, 100_000), .. Sweep(1 - 1e-8, 1 + 1e-8, 1000)],
            units: 2
        );

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-0.0, 1)]
    [InlineData(709.78, 1.7928227943945155e308)]
    [InlineData(709.79, double.PositiveInfinity)]
    [InlineData(1e300, double.PositiveInfinity)]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity)]
    [InlineData(-709, 0)]
    [InlineData(-1e6, 0)]
    [InlineData(-1e300, 0)]
    [InlineData(double.NegativeInfinity, 0)]
    [InlineData(double.NaN, double.NaN)]
    public void Exp_OfEdges_IsWhatItShouldBe(double x, double expected)
    {
        double y = One(Exp, x);
        Assert.True(
            double.IsNaN(expected) ? double.IsNaN(y) : y == expected || Math.Abs((y / expected) - 1) < 3e-16,
            $"exp({x:R}) = {y:R}"
        );
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, double.NegativeInfinity)]
    [InlineData(-0.0, double.NegativeInfinity)]
    [InlineData(-1, double.NaN)]
    [InlineData(double.NegativeInfinity, double.NaN)]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity)]
    [InlineData(double.NaN, double.NaN)]
    [InlineData(double.Epsilon, -744.4400719213812)]
    [InlineData(double.MaxValue, 709.782712893384)]
    [InlineData(2.2250738585072014e-308, -708.3964185322641)]
    public void Log_OfEdges_IsWhatItShouldBe(double x, double expected)
    {
        double y = One(Log, x);
        Assert.True(double.IsNaN(expected) ? double.IsNaN(y) : y == expected || Math.Abs((y / expected) - 1) < 3e-16, $"ln({x:R}) = {y:R}");
    }

    private static double[] Exp(double[] x) => Column(x, ColumnFunctions.Exp);

    private static double[] Log(double[] x) => Column(x, ColumnFunctions.Log);

    private delegate void Function(double* y, double* x, int rows);

    private static double[] Column(double[] x, Function function)
    {
        ColumnSlab slab = new(2, x.Length);
        x.CopyTo(slab.Column(0));
        slab.Pad(0, x[0]);
        function(slab.Pointer(1), slab.Pointer(0), slab.PaddedRows);
        return slab.Column(1).ToArray();
    }

    // In any place of a vector.
    private static double One(Func<double[], double[]> function, double x)
    {
        double[] y = function([.. Enumerable.Repeat(1.5, 5), x, 1.5]);
        Assert.Equal(y[0], y[6]);
        return y[5];
    }

    private static IEnumerable<double> Sweep(double low, double high, int count) =>
        Enumerable.Range(0, count).Select(i => low + ((high - low) * ((i + 0.5) / count)));

    private static void Near(Func<double, double> exact, Func<double[], double[]> column, double[] x, int units)
    {
        double[] y = column(x);
        for (int i = 0; i < x.Length; i++)
        {
            double expected = exact(x[i]);
            Assert.True(
                Math.Abs(y[i] - expected) <= units * (Math.BitIncrement(Math.Abs(expected)) - Math.Abs(expected)),
                $"at {x[i]:R}: {y[i]:R}, not {expected:R}"
            );
        }
    }
}
