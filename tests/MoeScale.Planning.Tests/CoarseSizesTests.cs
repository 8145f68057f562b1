using System.Globalization;

namespace MoeScale.Planning.Tests;

/// <summary>What is said of sizes that can be built, and are far from the best.</summary>
public class CoarseSizesTests
{
    /// <summary>What a warning advises is done here, and the warning is gone.</summary>
    [Fact]
    public void Warnings_OfCoarseSizes_AdviseWhatHelps()
    {
        PlanRequest coarse = Plans.Request(Plans.FineGrained, new Budget { Flops = 1e20 }) with { Granularities = [64, 128, 256] };
        string warning = Assert.Single(Planner.Solve(coarse).Warnings, w => w.Contains("coarse sizes"));
        string advised = warning[warning.IndexOf("--multiple-of ", StringComparison.Ordinal)..].Split(' ')[1];
        Assert.DoesNotContain(
            Planner.Solve(coarse with { MultipleOf = double.Parse(advised, CultureInfo.InvariantCulture) }).Warnings,
            w => w.Contains("coarse sizes")
        );
    }

    /// <summary>In the joint family heads of 64 channels make the sizes: no width that is finer makes another model.</summary>
    [Fact]
    public void Warnings_WhereHeadsMakeSizesCoarse_AdviseNothing()
    {
        PlanRequest coarse = Plans.Request(new Budget { Flops = 1e15 }) with { Experts = [1, 2, 4, 8, 16, 32, 64, 128] };
        string warning = Assert.Single(Planner.Solve(coarse).Warnings, w => w.Contains("coarse sizes"));
        Assert.DoesNotContain("--", warning);
        Assert.Contains(" candidates lose up to ", warning);
        Assert.Contains(Planner.Solve(coarse with { MultipleOf = 1 }).Warnings, w => w.Contains("coarse sizes"));
    }
}
