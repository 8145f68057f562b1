using MoeScale.Laws;
using MoeScale.Models;

namespace MoeScale.Planning.Tests;

/// <summary>Plans at and beyond the edge of what a law's experiments varied.</summary>
public class RangeTests
{
    [Fact]
    public void OutsideRange_ManyTokensAParameter_IsFlaggedAndNotExcluded()
    {
        Plan plan = Planner.Solve(
            Plans.Request(
                new Budget
                {
                    Flops = 1e22,
                    MemoryBytes = 80e9,
                    KvTokens = 16e3,
                }
            )
        );
        Configuration sparse = Plans.At(plan, 32);
        Assert.True(sparse.TokensPerActiveParam > 400);
        Assert.Contains(sparse.OutsideRange, e => e.Name == "tokens_per_active_param");
        Assert.Contains(plan.Warnings, w => w is PlanWarning.OutsideExperiments);
    }

    [Fact]
    public void InRange_WideBudget_StaysInsideEveryBound()
    {
        Plan plan = Planner.Solve(Plans.Request(new Budget { Flops = 1e21 }) with { InRange = true });
        Assert.NotEmpty(plan.Candidates);
        Assert.All(plan.Candidates, c => Assert.Empty(c.OutsideRange));
        Assert.Contains(Limit.Range, Plans.At(plan, 1).Binding);
    }

    [Fact]
    public void InRange_SizeOnTheEdge_IsNotFlagged()
    {
        Plan plan = Planner.Solve(Plans.Request(new Budget { Flops = 1e21 }) with { InRange = true, Continuous = true, Experts = [1] });
        Assert.Equal(2.72e9, plan.Best!.ActiveParams, 1); // the edge, to 9 digits
        Assert.Empty(plan.Best.OutsideRange);
    }

    [Fact]
    public void InRange_ColumnHeldAtZero_KeepsIt()
    {
        Dictionary<string, Interval> range = new() { ["shared_experts"] = new Interval(0, 0) };
        Plan plan = Planner.Solve(Plans.Request(Plans.Joint with { Range = range }, new Budget { Flops = 1e21 }) with { InRange = true });
        Assert.Equal(6, plan.Candidates.Count);
    }

    /// <summary>The tokens of the range cap D as --max-tokens would: FLOPs may stay unspent.</summary>
    [Theory]
    [InlineData(8e20)]
    [InlineData(1e25)]
    public void InRange_BudgetBeyondTheExperiments_IsThatOfTheirTokens(double flops)
    {
        PlanRequest request = Plans.Request(new Budget { Flops = flops }) with { InRange = true };
        Plan plan = Planner.Solve(request);
        Plan capped = Planner.Solve(request with { Budget = request.Budget with { MaxTokens = 80e9 } });
        Assert.Equal(capped.Best!.Loss, plan.Best!.Loss);
        Assert.Equal(capped.Candidates.Select(c => (c.Experts, c.Tokens)), plan.Candidates.Select(c => (c.Experts, c.Tokens)));
        Assert.Contains(Limit.Range, plan.Best.Binding);
        Assert.DoesNotContain(Limit.MaxTokens, plan.Best.Binding);
        Assert.All(plan.Candidates, c => Assert.Empty(c.OutsideRange));
    }

    /// <summary>Brute force over every width in the range, with tokens capped at 80B and at 400 for each active parameter.</summary>
    [Theory]
    [InlineData(1e20)]
    [InlineData(1e21)]
    [InlineData(1e22)]
    public void InRange_EveryBound_IsKeptByTheBestThatCanBeBuilt(double flops)
    {
        Plan plan = Planner.Solve(Plans.Request(new Budget { Flops = flops }) with { InRange = true });
        foreach (double experts in new double[] { 1, 2, 4, 8, 16, 32 })
        {
            double best = double.PositiveInfinity;
            for (double d = 64; d <= 8192; d += 64)
            {
                Census census = Census.Of(ShapeFamily.Open("joint-2025").Model(d, experts, 1));
                double tokens = Math.Floor(Math.Min(Math.Min(flops / 6 / census.ActiveParams, 80e9), 400 * census.ActiveParams));
                if (
                    census.ActiveParams is >= 78.7e6 and <= 2.72e9
                    && census.TotalParams <= 5.01e9
                    && tokens >= 0.5e9
                    && tokens >= census.ActiveParams
                )
                {
                    best = Math.Min(best, BruteForce.JointLoss(census.ActiveParams, tokens, experts));
                }
            }
            Assert.Equal(best, Plans.At(plan, experts).Loss, 12); // the same sum in another order
        }
    }

    [Fact]
    public void InRange_WithTooLittleMemory_NamesBoth()
    {
        Plan plan = Planner.Solve(Plans.Request(new Budget { Flops = 1e20, MemoryBytes = 100e6 }) with { InRange = true });
        Assert.Null(plan.Best);
        Assert.All(plan.Misfits, m => Assert.Equal([Limit.Memory, Limit.Range], m.Broken));
    }
}
