using MoeScale.Training.Diagnostics;

namespace MoeScale.Training.Tests.Diagnostics;

public class LoadFiguresTests
{
    // A sum of a hundred doubles near one.
    private const double Rounding = 1e-13;

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(100)]
    public void Figures_AtBalance_AreOneAndTheLogarithm(int experts)
    {
        long[] load = [.. Enumerable.Repeat(7L, experts)];
        Assert.Equal(1, LoadFigures.MaxOverMean(load), Rounding);
        Assert.Equal(Math.Log(experts), LoadFigures.Entropy(load), Rounding);
        Assert.Equal(0, LoadFigures.Dead(load));
    }

    [Fact]
    public void Figures_OfOneExpertThatTakesAll_AreTheNumberOfExpertsAndNone()
    {
        long[] load = [0, 0, 96, 0, 0];
        Assert.Equal(5, LoadFigures.MaxOverMean(load), Rounding);
        Assert.Equal(0, LoadFigures.Entropy(load), Rounding);
        Assert.Equal(4, LoadFigures.Dead(load));
    }

    /// <summary>A half and two quarters: ln 2/2 + 2·ln 4/4 = 1.5·ln 2.</summary>
    [Fact]
    public void Figures_OfUnevenLoads_AreTheClosedForm()
    {
        long[] load = [1, 0, 2, 1];
        Assert.Equal(2, LoadFigures.MaxOverMean(load), Rounding);
        Assert.Equal(1.5 * Math.Log(2), LoadFigures.Entropy(load), Rounding);
        Assert.Equal(1, LoadFigures.Dead(load));
    }

    [Fact]
    public void Figures_WithoutAChoice_AreNoNumbers()
    {
        Assert.True(double.IsNaN(LoadFigures.MaxOverMean([0, 0])));
        Assert.True(double.IsNaN(LoadFigures.Entropy([0, 0])));
    }
}
