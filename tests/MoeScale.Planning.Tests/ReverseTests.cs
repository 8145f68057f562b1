using FsCheck;
using FsCheck.Fluent;
using MoeScale.Laws;

namespace MoeScale.Planning.Tests;

/// <summary>Questions backwards: asked with the answer of a plan, they must give back its budget.</summary>
public class ReverseTests
{
    // Bisection to 1e-6 of the budget, and as much again where the loss is flat.
    private const double Accuracy = 3e-6;

    [Fact]
    public void FewestFlops_ForTheLossOfAPlan_AreItsFlops() =>
        Check.One(
            Plans.Tests(40, 11),
            Prop.ForAll(
                Arb.From(Plans.Budgets),
                budget =>
                {
                    PlanRequest request = Plans.Request(budget) with { Continuous = true };
                    Plan plan = Planner.Solve(request);
                    if (plan.Best is not Configuration best || best.Binding.Contains(Limit.MaxTokens))
                    {
                        return; // where the data end, more FLOPs give the same loss
                    }
                    TargetResult result = Reverse.FewestFlops(request with { Budget = budget with { Flops = 1 } }, best.Loss);
                    Assert.True(result.Plan!.Best!.Loss <= best.Loss);
                    Assert.True(result.Plan.Request.Budget.Flops <= budget.Flops * (1 + Accuracy));
                    // Near a memory limit, or where inference eats the budget, a loss equal to 1e-9 may cost fewer FLOPs by more.
                    Assert.True(
                        Planner
                            .Solve(request with { Budget = budget with { Flops = result.Plan.Request.Budget.Flops * (1 - Accuracy) } })
                            .Best
                            is not Configuration less
                            || less.Loss > best.Loss
                    );
                }
            )
        );

    [Fact]
    public void FewestFlops_OfBuildableModels_ReachTheLossAndNoLess()
    {
        PlanRequest request = Plans.Request(new Budget { Flops = 1, MemoryBytes = 80e9 });
        Plan plan = Reverse.FewestFlops(request, 2.2).Plan!;
        double flops = plan.Request.Budget.Flops;
        Assert.True(plan.Best!.Loss <= 2.2);
        Assert.True(Planner.Solve(request with { Budget = request.Budget with { Flops = flops * (1 - Accuracy) } }).Best!.Loss > 2.2);
    }

    [Fact]
    public void MinMemory_ForTheLossOfAPlanThatMemoryBinds_IsItsMemory()
    {
        PlanRequest request = Plans.Request(
            new Budget
            {
                Flops = 1e22,
                MemoryBytes = 80e9,
                KvTokens = 16e3,
            }
        ) with
        {
            Continuous = true,
        };
        Configuration best = Planner.Solve(request).Best!;
        Plan least = Reverse.MinMemory(request, best.Loss).Plan!;
        Assert.Equal(80e9, least.Request.Budget.MemoryBytes!.Value, Accuracy * 80e9);
        Assert.Equal(best.Experts, least.Best!.Experts);
    }

    [Fact]
    public void FewestFlops_ForALossBelowTheFloor_NameTheLowest()
    {
        TargetResult result = Reverse.FewestFlops(Plans.Request(new Budget { Flops = 1 }), 1.3);
        Assert.Null(result.Plan);
        // The law's irreducible loss is 1.3637; 1e32 FLOPs come within 0.1 of it.
        Assert.InRange(result.LowestLoss!.Value, 1.3637, 1.4637);
    }

    [Fact]
    public void MinMemory_ForALossThatFlopsForbid_NamesTheLowest()
    {
        PlanRequest request = Plans.Request(new Budget { Flops = 1e20 });
        Assert.Equal(Planner.Solve(request).Best!.Loss, Reverse.MinMemory(request, 2).LowestLoss);
    }

    /// <summary>Within limits nothing may fit at all, whatever the FLOPs.</summary>
    [Fact]
    public void FewestFlops_WhereNothingFits_HaveNoLowest() =>
        Assert.Equal(
            (null, null),
            (
                Reverse.FewestFlops(Plans.Request(new Budget { Flops = 1, MemoryBytes = 1e3 }), 3).Plan,
                Reverse.FewestFlops(Plans.Request(new Budget { Flops = 1, MemoryBytes = 1e3 }), 3).LowestLoss
            )
        );

    /// <summary>
    /// Preferring the simpler of two ties raises the loss where memory first allows the tie; the least memory for a loss must
    /// not depend on it.
    /// </summary>
    [Fact]
    public void MinMemory_WithPreferSimple_IsStillTheLeast()
    {
        PlanRequest request = Plans.Request(new Budget { Flops = 1e22 });
        Configuration plain = Reverse.MinMemory(request, 2.1244127).Plan!.Best!;
        Configuration simple = Reverse.MinMemory(request with { PreferSimple = true }, 2.1244127).Plan!.Best!;
        Assert.Equal(plain.MemoryBytes, simple.MemoryBytes);
        Assert.True(simple.MemoryBytes < 54.81e9);
    }

    /// <summary>Each choice's own answer is what a plan of that choice alone says.</summary>
    [Fact]
    public void FewestFlops_OfEachChoice_ReachTheLoss()
    {
        PlanRequest request = Plans.Request(new Budget { Flops = 1, MemoryBytes = 40e9 });
        TargetResult result = Reverse.FewestFlops(request, 2.15);
        Assert.Equal(6, result.Choices.Count);
        foreach (TargetChoice choice in result.Choices.Where(c => c.Budget is not null))
        {
            PlanRequest alone = request with { Experts = [choice.Experts], Budget = request.Budget with { Flops = choice.Budget!.Value } };
            Assert.True(Planner.Solve(alone).Best!.Loss <= 2.15);
            Assert.True(
                Planner.Solve(alone with { Budget = alone.Budget with { Flops = choice.Budget.Value * (1 - Accuracy) } }).Best!.Loss > 2.15
            );
        }
        Assert.Equal(result.Choices.Min(c => c.Budget), result.Plan!.Request.Budget.Flops);
        Assert.Contains(result.Choices, c => c.Budget is null || c.Budget > 1.2 * result.Plan.Request.Budget.Flops);
    }

    /// <summary>Figure 1 of the fine-grained paper with its rounded coefficients: 21.3 times at 1e20 FLOPs, 32.0 at 1e25.</summary>
    [Theory]
    [InlineData(1e20, 21.3)]
    [InlineData(1e25, 32.0)]
    public void DenseMatch_OfTheFineGrainedLaw_IsItsFigure1(double flops, double times)
    {
        PlanRequest request = Plans.Request(Plans.FineGrained, new Budget { Flops = flops }) with { Continuous = true };
        DenseMatch match = Planner.Solve(request).DenseMatch!;
        Assert.Equal("fine-grained-2024-dense", match.Law);
        Assert.Equal(times, match.Flops / flops, 0.05); // printed digits
    }

    [Fact]
    public void DenseMatch_OfAPlan_IsADensePlanOfTheSameLoss()
    {
        PlanRequest request = Plans.Request(
            new Budget
            {
                Flops = 1e22,
                MemoryBytes = 80e9,
                InferenceTokens = 1e11,
            }
        );
        Plan plan = Planner.Solve(request);
        Plan dense = Planner.Solve(
            Plans.Request(new Budget { Flops = plan.DenseMatch!.Flops, InferenceTokens = 1e11 }) with
            {
                Experts = [1],
                Continuous = true,
            }
        );
        Assert.Equal(plan.Best!.Loss, dense.Best!.Loss, 1e-9); // a root to 1e-10 in ln(FLOPs)
        // A valley is flat: the optimum's place is known to the root of its depth's accuracy.
        Assert.Equal(plan.DenseMatch.ActiveParams, dense.Best.ActiveParams, 1e-5 * dense.Best.ActiveParams);
        Assert.Equal(plan.DenseMatch.Tokens, dense.Best.Tokens, 1e-5 * dense.Best.Tokens);
        Assert.True(plan.DenseMatch.Flops > 1e22);
    }

    [Fact]
    public void DenseMatch_UnderLimitsOfMemory_LiftsThem()
    {
        PlanRequest request = Plans.Request(new Budget { Flops = 1e22 }) with { Continuous = true, Experts = [8] };
        Configuration free = Planner.Solve(request).Best!;
        double limit = free.MemoryBytes / 2;
        Plan tight = Planner.Solve(request with { Budget = request.Budget with { MemoryBytes = limit } });
        Plan dense = Planner.Solve(
            request with
            {
                Experts = [1],
                Budget = new Budget { Flops = tight.DenseMatch!.Flops },
            }
        );
        Assert.Equal(tight.Best!.Loss, dense.Best!.Loss, 1e-9); // a root to 1e-10 in ln(FLOPs)
    }

    [Fact]
    public void DenseMatch_OfADensePlan_IsNone()
    {
        Assert.Null(Planner.Solve(Plans.Request(LawCatalog.Open("chinchilla-2024"), new Budget { Flops = 1e22 })).DenseMatch);
        Assert.Null(Planner.Solve(Plans.Request(new Budget { Flops = 1e22 }) with { Experts = [1] }).DenseMatch);
    }

    /// <summary>Zhao's law was fitted to Mixtures of Experts only; what it would say of one expert means nothing.</summary>
    [Fact]
    public void DenseMatch_OfALawWithoutDenseModels_IsNone()
    {
        Plan plan = Planner.Solve(Plans.Request(LawCatalog.Open("zhao-2025"), new Budget { Flops = 1e21 }));
        Assert.False(plan.Best!.Model.IsDense);
        Assert.Null(plan.DenseMatch);
    }

    /// <summary>A dense model keeps no limit of memory, and may need fewer FLOPs than a plan that is short of it.</summary>
    [Fact]
    public void DenseMatch_SaysWhichLimitsItLifts()
    {
        Budget tight = new()
        {
            Flops = 1e22,
            MemoryBytes = 4e9,
            MaxTotalParams = 10e9,
        };
        DenseMatch match = Planner.Solve(Plans.Request(tight) with { Experts = [2], InRange = false }).DenseMatch!;
        Assert.Equal([Limit.Memory, Limit.MaxParams], match.Lifted);
        Assert.True(match.Flops < tight.Flops);
        Assert.Empty(Planner.Solve(Plans.Request(new Budget { Flops = 1e22 }) with { Experts = [2] }).DenseMatch!.Lifted);
    }
}
