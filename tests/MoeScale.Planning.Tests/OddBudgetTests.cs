namespace MoeScale.Planning.Tests;

/// <summary>Budgets at whose ends next to nothing is left.</summary>
public class OddBudgetTests
{
    /// <summary>All the FLOPs pay for one block of one channel, and a hair less: the sizes that are left are none.</summary>
    [Fact]
    public void Solve_WhereOnlyTheSmallestSizeIsPaidFor_HasAnAnswer()
    {
        Budget budget = new()
        {
            Flops = 1e20,
            InferenceTokens = 1e12,
            UniqueTokens = 1,
        };
        Assert.NotNull(Planner.Solve(PlanRequest.For(Plans.Joint, budget) with { Experts = [4096] }).Best);
    }
}
