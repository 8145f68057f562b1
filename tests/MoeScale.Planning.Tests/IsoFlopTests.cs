namespace MoeScale.Planning.Tests;

public class IsoFlopTests
{
    private static readonly double[] Budgets = [1e19, 1e21];

    /// <summary>
    /// Under L = m·N^μ + n·D^ν + c and 6·N·D = C the optimum is N = (ν·n/(μ·m))^(1/(μ+ν)) · (C/6)^(ν/(μ+ν)), with the signs
    /// of the joint law.
    /// </summary>
    [Fact]
    public void Curves_OfTheJointLaw_HaveTheirMinimumAtTheClosedForm()
    {
        IReadOnlyList<IsoFlopCurve> curves = IsoFlop.Curves(Plans.Request(new Budget { Flops = 1 }), Budgets);
        Assert.Equal(12, curves.Count);
        foreach (IsoFlopCurve curve in curves)
        {
            double hat = 1 / ((1 / (curve.Experts - 1 + (1 / ((1 / 2.0732) - (1 / 290.4521))))) + (1 / 290.4521));
            (double m, double mu) = (35.91 * Math.Pow(hat, -0.2285), -0.1889 + (0.0098 * Math.Log(hat)));
            (double n, double nu) = (35.98 * Math.Pow(hat, 0.5529), -0.1775 - (0.0259 * Math.Log(hat)));
            double best = Math.Pow(nu * n / (mu * m), 1 / (mu + nu)) * Math.Pow(curve.Flops / 6, nu / (mu + nu));
            Assert.Equal(best, curve.Minimum.ActiveParams, 1e-8 * best); // a root to 1e-12 in ln(size), and N goes with its cube
            Assert.Equal(41, curve.Points.Count);
            Assert.Equal(curve.Minimum.Loss, curve.Points.Min(p => p.Loss), 1e-13);
            Assert.Equal(20, curve.Points.ToList().FindIndex(p => p.Loss == curve.Points.Min(q => q.Loss)));
            Assert.All(curve.Points, p => Assert.Equal(curve.Flops, 6 * p.ActiveParams * p.Tokens, 1e-12 * curve.Flops));
            Assert.All(curve.Points, p => Assert.Equal(BruteForce.JointLoss(p.ActiveParams, p.Tokens, curve.Experts), p.Loss, 1e-12));
        }
    }

    [Fact]
    public void Curves_WithALimit_EndThere()
    {
        IReadOnlyList<IsoFlopCurve> curves = IsoFlop.Curves(Plans.Request(new Budget { Flops = 1, MaxTotalParams = 1e9 }), [1e20]);
        // A root lands on the limit up to rounding.
        Assert.All(curves, c => Assert.All(c.Points, p => Assert.True(p.TotalParams <= 1e9 * (1 + 1e-9))));
        // Without a limit every best model at 1e20 FLOPs has more than 1.7B parameters in all, so the limit is each curve's best and
        // last point, the 21st of 41.
        Assert.All(curves, c => Assert.Equal(21, c.Points.Count));
        Assert.All(curves, c => Assert.Equal(1e9, c.Minimum.TotalParams, 1e-9 * 1e9));
        Assert.All(curves, c => Assert.All(c.Points, p => Assert.Equal(1e20, 6 * p.ActiveParams * p.Tokens, 1e-9 * 1e20)));
    }

    /// <summary>A point that ran out of data would have spent less than the others.</summary>
    [Fact]
    public void Curves_WithTooLittleData_SpendAllFlopsAtEachPoint()
    {
        IReadOnlyList<IsoFlopCurve> curves = IsoFlop.Curves(Plans.Request(new Budget { Flops = 1, MaxTokens = 1e9 }), [1e20]);
        Assert.NotEmpty(curves);
        Assert.All(curves, c => Assert.All(c.Points, p => Assert.Equal(1e20, 6 * p.ActiveParams * p.Tokens, 1e-9 * 1e20)));
    }

    /// <summary>Where embeddings are most of a small model, N still runs from a 16th to 16 times the best.</summary>
    [Theory]
    [InlineData(1e17)]
    [InlineData(1e21)]
    public void Curves_AtAnyBudget_ReachSixteenTimesAndASixteenth(double flops)
    {
        foreach (IsoFlopCurve curve in IsoFlop.Curves(Plans.Request(new Budget { Flops = 1 }), [flops]))
        {
            Assert.Equal(16, curve.Points[^1].ActiveParams / curve.Minimum.ActiveParams, 1e-9);
            Assert.Equal(16, curve.Minimum.ActiveParams / curve.Points[0].ActiveParams, 1e-9);
        }
    }
}
