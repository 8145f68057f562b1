namespace MoeScale.Planning.Tests;

/// <summary>What is said of sizes that can be built, and are far from the best.</summary>
public class CoarseSizesTests
{
    /// <summary>What a warning advises is done here, and the warning is gone.</summary>
    [Fact]
    public void Warnings_OfCoarseSizes_AdviseWhatHelps()
    {
        PlanRequest coarse = Plans.Request(Plans.FineGrained, new Budget { Flops = 1e20 }) with { Granularities = [64, 128, 256] };
        PlanWarning.LostToCoarseSizes warning = Assert.Single(Planner.Solve(coarse).Warnings.OfType<PlanWarning.LostToCoarseSizes>());
        Plan finer = Planner.Solve(coarse with { MultipleOf = warning.MultipleOf!.Value });
        Assert.DoesNotContain(finer.Warnings, w => w is PlanWarning.LostToCoarseSizes);
    }

    /// <summary>In the joint family heads of 64 channels make the sizes: no width that is finer makes another model.</summary>
    [Fact]
    public void Warnings_WhereHeadsMakeSizesCoarse_AdviseNothing()
    {
        PlanRequest coarse = Plans.Request(new Budget { Flops = 1e15 }) with { Experts = [1, 2, 4, 8, 16, 32, 64, 128] };
        PlanWarning.LostToCoarseSizes warning = Assert.Single(Planner.Solve(coarse).Warnings.OfType<PlanWarning.LostToCoarseSizes>());
        Assert.Null(warning.MultipleOf);
        Assert.True(warning.Lost.Candidates > 1);
        Assert.Contains(Planner.Solve(coarse with { MultipleOf = 1 }).Warnings, w => w is PlanWarning.LostToCoarseSizes);
    }
}
