using FsCheck;
using FsCheck.Fluent;
using MoeScale.Laws;

namespace MoeScale.Planning.Tests;

/// <summary>Plans whose data repeat.</summary>
public class RepeatsTests
{
    private static readonly Law Muennighoff = LawCatalog.Open("muennighoff-2023");

    [Fact]
    public void Solve_JointContinuousWithRepeats_MeetsTheBestOfAFineGrid() =>
        Check.One(
            Plans.Tests(100, 11),
            Prop.ForAll(
                Arb.From(Plans.RepeatingBudgets),
                budget =>
                {
                    Plan plan = Planner.Solve(Plans.Request(budget) with { Continuous = true });
                    foreach (double experts in new double[] { 1, 4, 32 })
                    {
                        PlannerTests.AgreesWithGrid(
                            widths => BruteForce.Joint(budget, experts, widths, wholeTokens: false),
                            plan.Candidates.FirstOrDefault(c => c.Experts == experts)
                        );
                    }
                }
            )
        );

    [Fact]
    public void Solve_JointBuildableWithRepeats_IsTheBestOfAllThatCanBeBuilt() =>
        Check.One(
            Plans.Tests(100, 12),
            Prop.ForAll(
                Arb.From(Plans.RepeatingBudgets),
                budget =>
                {
                    Plan plan = Planner.Solve(Plans.Request(budget));
                    foreach (double experts in new double[] { 1, 4, 32 })
                    {
                        PlannerTests.AgreesExactly(
                            BruteForce.Joint(budget, experts, PlannerTests.Multiples(64, 64 * 2000), wholeTokens: true),
                            plan.Candidates.FirstOrDefault(c => c.Experts == experts)
                        );
                    }
                }
            )
        );

    /// <summary>With enough new tokens nothing repeats: the same models and losses to the bit.</summary>
    [Theory]
    [InlineData(1e12)]
    [InlineData(1e40)]
    [InlineData(double.PositiveInfinity)]
    public void Solve_MoreNewTokensThanAreTrainedOn_AnswersAsWithoutRepeats(double unique)
    {
        Budget budget = new()
        {
            Flops = 1e22,
            MemoryBytes = 80e9,
            KvTokens = 16e3,
        };
        Plan without = Planner.Solve(Plans.Request(budget));
        Plan with = Planner.Solve(Plans.Request(budget with { UniqueTokens = unique }));
        Assert.Equal(
            without.Candidates.Select(c => (c.Experts, c.Model, c.Tokens, c.Loss)),
            with.Candidates.Select(c => (c.Experts, c.Model, c.Tokens, c.Loss))
        );
        Assert.Equivalent(without.Warnings, with.Warnings, strict: true);
        Plan continuous = Planner.Solve(Plans.Request(budget) with { Continuous = true });
        Plan searched = Planner.Solve(Plans.Request(budget with { UniqueTokens = unique }) with { Continuous = true });
        // The closed form against a root of the slope: as for the same law written otherwise, 1e-6 in the size and flat in the loss.
        Assert.All(
            continuous.Candidates.Zip(searched.Candidates),
            pair => Assert.Equal(1, pair.Second.ActiveParams / pair.First.ActiveParams, 1e-6)
        );
        Assert.All(continuous.Candidates.Zip(searched.Candidates), pair => Assert.Equal(pair.First.Loss, pair.Second.Loss, 13));
    }

    /// <summary>Four epochs cost about the law's own error of 0.0062; a hundred cost more than halving the FLOPs would.</summary>
    [Fact]
    public void Solve_FourEpochs_CostAlmostNothing()
    {
        PlanRequest request = Plans.Request(new Budget { Flops = 1e22 }) with { Experts = [8] };
        Configuration fresh = Planner.Solve(request).Best!;
        Configuration After(double epochs) =>
            Planner.Solve(request with { Budget = request.Budget with { UniqueTokens = fresh.Tokens / epochs } }).Best!;
        Assert.InRange(After(4).Loss - fresh.Loss, 0, 0.0062);
        Assert.True(After(100).Loss > Planner.Solve(request with { Budget = new Budget { Flops = 5e21 } }).Best!.Loss);
        // Where tokens are worth less, parameters are the better buy.
        Assert.True(After(100).ActiveParams > 1.5 * fresh.ActiveParams);
    }

    [Fact]
    public void Solve_DataThatRepeat_CostWhatTheyAre()
    {
        Budget budget = new()
        {
            Flops = 1e21,
            UniqueTokens = 1e9,
            MaxTokens = 5e9,
        };
        Configuration best = Planner.Solve(Plans.Request(budget) with { Experts = [1] }).Best!;
        Assert.Equal(5e9, best.Tokens);
        Assert.Equal(6 * best.ActiveParams * 5e9, best.TrainFlops);
        // The same sum in another order.
        Assert.Equal(BruteForce.JointLoss(best.ActiveParams, BruteForce.Worth(5e9, 1e9), 1), best.Loss, 12);
        Assert.Contains(Limit.MaxTokens, best.Binding);
    }

    [Theory]
    [InlineData(100e9, true)]
    [InlineData(1e13, false)]
    public void Warnings_DataThatRepeat_SayThatTheLawsWereNeverTestedTogether(double unique, bool repeats)
    {
        Plan plan = Planner.Solve(Plans.Request(new Budget { Flops = 1e22, UniqueTokens = unique }));
        Assert.Equal(repeats, plan.Warnings.Any(w => w is PlanWarning.DataRepeat { Law: "joint-2025" }));
    }

    /// <summary>The law of repeated data uses its own D', once, and discounts parameters too.</summary>
    [Theory]
    [InlineData(1e9)]
    [InlineData(1e10)]
    [InlineData(null)]
    public void Solve_LawOfRepeatedData_MeetsTheBestOfAFineGrid(double? unique)
    {
        const double flops = 1e21;
        Plan plan = Planner.Solve(
            Plans.Request(Muennighoff, new Budget { Flops = flops, UniqueTokens = unique }) with
            {
                Continuous = true,
            }
        );
        double Loss(double n)
        {
            double d = flops / 6 / n;
            double usefulN = Math.Min(n, 0.051 * Math.Min(d, unique ?? d));
            double worthN = usefulN + (usefulN * 5.309743 * (1 - Math.Exp(-((n / usefulN) - 1) / 5.309743)));
            return Math.Exp(0.6254804)
                + (Math.Exp(6.255414) * Math.Pow(worthN, -0.3526596))
                + (Math.Exp(7.3049974) * Math.Pow(BruteForce.Worth(d, unique), -0.3526596));
        }
        double best = Enumerable.Range(0, 20001).Min(i => Loss(1e8 * Math.Pow(1000, i / 20000.0)));
        // The grid's steps are 3.5e-4 in ln N; the curvature there is below 0.5, so that the grid misses the floor by 1e-8 at most.
        Assert.InRange(plan.Best!.Loss, best - 1e-7, best + 1e-12);
        Assert.DoesNotContain(plan.Warnings, w => w is PlanWarning.DataRepeat);
    }
}
