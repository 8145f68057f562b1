using MoeScale.Basics;

namespace MoeScale.Planning.Tests;

public class FrontierTests
{
    private static readonly PlanRequest Request = Plans.Request(new Budget { Flops = 1e22 });

    /// <summary>The best expansion rate at a memory limit, by trying sizes one by one.</summary>
    private static double BestByHand(double flops, double memory)
    {
        double[] widths = [.. Enumerable.Range(0, 4000).Select(i => 100 * Math.Pow(200, i / 3999.0))];
        return new double[] { 1, 2, 4, 8, 16, 32 }.MinBy(e =>
            BruteForce.Joint(new Budget { Flops = flops, MemoryBytes = memory }, e, widths, wholeTokens: false)!.Loss
        );
    }

    [Fact]
    public void Sweep_OverMemory_ChangesWhereTwoChoicesAreWorthTheSame()
    {
        Frontier frontier = Frontier.Sweep(Request, BudgetAxis.Memory, 16e9, 640e9, 30);
        Assert.Equal([(2.0, 4.0), (4, 8), (8, 16), (16, 32)], frontier.Changes.Select(c => (c.Before!.Experts, c.After!.Experts)));
        Assert.All(
            frontier.Changes,
            change =>
            {
                // One part in a hundred away the grid's own step (0.13 % of a width) no longer blurs which is better.
                Assert.Equal(change.Before!.Experts, BestByHand(1e22, change.Value / 1.01));
                Assert.Equal(change.After!.Experts, BestByHand(1e22, change.Value * 1.01));
            }
        );
    }

    /// <summary>Table 2 of the joint paper: at 1e22 FLOPs and 80 GB the best is E = 16, at 24 GB E = 4.</summary>
    [Theory]
    [InlineData(24e9, 4)]
    [InlineData(80e9, 16)]
    public void Sweep_AtThePapersMemory_NamesItsChoice(double memory, double experts)
    {
        Frontier frontier = Frontier.Sweep(Request, BudgetAxis.Memory, memory, 2 * memory, 2);
        Assert.Equal(experts, frontier.Points[0].Plan.Best!.Experts);
    }

    [Theory]
    [InlineData(BudgetAxis.Memory, 1e9, 1e12)]
    [InlineData(BudgetAxis.Flops, 1e19, 1e24)]
    [InlineData(BudgetAxis.InferenceTokens, 1e9, 1e12)]
    public void Sweep_EachPoint_IsThePlanOfItsBudget(BudgetAxis axis, double low, double high)
    {
        Frontier frontier = Frontier.Sweep(Request, axis, low, high, 5);
        Assert.Equal(5, frontier.Points.Count);
        Assert.Equal((low, high), (frontier.Points[0].Value, frontier.Points[4].Value));
        foreach (FrontierPoint point in frontier.Points)
        {
            Budget budget = axis switch
            {
                BudgetAxis.Memory => Request.Budget with { MemoryBytes = point.Value },
                BudgetAxis.Flops => Request.Budget with { Flops = point.Value },
                _ => Request.Budget with { InferenceTokens = point.Value },
            };
            Plan plan = Planner.Solve(Request with { Budget = budget, Continuous = true });
            Assert.Equal(plan.Best!.Loss, point.Plan.Best!.Loss);
            Assert.Equal(plan.Candidates.Count, point.Plan.Candidates.Count);
        }
        // More memory or compute never hurts, more inference never helps.
        double[] losses = [.. frontier.Points.Select(p => p.Plan.Best!.Loss)];
        Assert.Equal(axis == BudgetAxis.InferenceTokens ? losses.Order() : losses.OrderDescending(), losses);
    }

    [Fact]
    public void Sweep_WhereNothingFitsAtFirst_ChangesToWhatDoes()
    {
        Frontier frontier = Frontier.Sweep(Plans.Request(new Budget { Flops = 1e20, KvTokens = 1e6 }), BudgetAxis.Memory, 1e3, 1e10, 20);
        Assert.Null(frontier.Points[0].Plan.Best);
        Assert.Null(frontier.Changes[0].Before);
        Assert.NotNull(frontier.Changes[0].After);
    }

    [Theory]
    [InlineData(2, 1, 5, "has no length")]
    [InlineData(0, 1, 5, "has no length")]
    [InlineData(1, 2, 1, "1 points makes no sense")]
    [InlineData(1, 2, 10001, "10001 points makes no sense")]
    public void Sweep_Nonsense_SaysWhatIsNeeded(double low, double high, int points, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<UserException>(() => Frontier.Sweep(Request, BudgetAxis.Memory, low, high, points)).Message
        );
}
