using MoeScale.Laws;
using MoeScale.Models;

namespace MoeScale.Planning.Tests;

/// <summary>What an answer says beside its optimum.</summary>
public class AnswerTests
{
    [Fact]
    public void Configuration_AnyBudget_IsTheCensusOfItsModel()
    {
        Plan plan = Planner.Solve(
            Plans.Request(
                new Budget
                {
                    Flops = 1e22,
                    MemoryBytes = 80e9,
                    KvTokens = 16e3,
                    InferenceTokens = 50e9,
                    Weights = NumberType.Fp8,
                    Kv = NumberType.Fp32,
                }
            )
        );
        Assert.All(
            plan.Candidates,
            c =>
            {
                Census census = Census.Of(c.Model);
                Assert.Equal(census.ActiveParams, c.ActiveParams);
                Assert.Equal(census.TotalParams, c.TotalParams);
                Assert.Equal(census.StoredParams, c.WeightsBytes);
                Assert.Equal(16e3 * census.KvValuesPerToken * 4, c.KvCacheBytes);
                Assert.Equal(6 * c.ActiveParams * c.Tokens, c.TrainFlops);
                Assert.Equal(2 * c.ActiveParams * 50e9, c.InferenceFlops);
                Assert.InRange(c.TrainFlops + c.InferenceFlops, 1e22 * (1 - 1e-9), 1e22 * (1 + 1e-12)); // whole tokens cost at most one
                Assert.Null(Buildable.WhyNot(c.Model, 64));
                Assert.Equal(c.Tokens, Math.Floor(c.Tokens));
                Assert.True(c.MemoryBytes <= 80e9);
            }
        );
    }

    [Fact]
    public void Ties_CloserThanTheLawsError_AreListedBothWays()
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
        Assert.Equal(16, plan.Best!.Experts);
        Tie tie = Assert.Single(plan.Best.Ties);
        Assert.Equal((8, Plans.At(plan, 8).Loss - plan.Best.Loss), (tie.Experts, tie.LossDifference));
        Assert.Contains(Plans.At(plan, 8).Ties, t => t.Experts == 16 && t.LossDifference < 0);
        Assert.All(
            plan.Candidates,
            c =>
                Assert.Equal(
                    plan.Candidates.Where(o => o != c && Math.Abs(o.Loss - c.Loss) < 0.0062).Select(o => o.Experts).Order(),
                    c.Ties.Select(t => t.Experts).Order()
                )
        );
    }

    [Fact]
    public void PreferSimple_AmongTies_TakesTheFewestExperts()
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
            PreferSimple = true,
        };
        Assert.Equal(8, Planner.Solve(request).Best!.Experts);
    }

    /// <summary>At granularity 256 the widths that can be built are 4,096 apart.</summary>
    [Fact]
    public void RoundingLoss_OfCoarseSizes_IsToldWhereItExceedsTheLawsError()
    {
        PlanRequest request = Plans.Request(Plans.FineGrained, new Budget { Flops = 1e20 }) with { Granularities = [256] };
        Plan plan = Planner.Solve(request);
        Assert.Equal(plan.Best!.Loss - Planner.Solve(request with { Continuous = true }).Best!.Loss, plan.Best.RoundingLoss, 12);
        Assert.Equal(plan.Best.RoundingLoss > 0.015, plan.Warnings.Any(w => w is PlanWarning.LostToCoarseSizes));
        Assert.True(plan.Best.RoundingLoss > 0.015);
    }

    [Theory]
    [InlineData(true, 1.0, 8.0, 32.0)]
    [InlineData(true, 1.0, 32.0)]
    [InlineData(false, 32.0)]
    public void Warnings_WhenTheMostExpertsWin_SayThatMoreMay(bool expected, params double[] experts)
    {
        Plan plan = Planner.Solve(Plans.Request(new Budget { Flops = 1e21 }) with { Experts = experts });
        Assert.Equal(32, plan.Best!.Experts);
        Assert.Equal(expected, plan.Warnings.Any(w => w is PlanWarning.MostExpertsWin { Experts: 32 }));
    }

    /// <summary>With a memory limit that 32 experts do not fit at all, the 16 that win are not the most that were weighed.</summary>
    [Fact]
    public void Warnings_WhenMoreExpertsDoNotFit_SayNothingOfThem()
    {
        Plan plan = Planner.Solve(Plans.Request(new Budget { Flops = 1e18, MaxTotalParams = 7.8e6 }) with { Experts = [1, 16, 512] });
        Assert.Contains(plan.Misfits, m => m.Experts == 512);
        Assert.DoesNotContain(plan.Warnings, w => w is PlanWarning.MostExpertsWin);
    }

    [Fact]
    public void Configuration_SizeWhoseLastBitIsOff_IsWhole()
    {
        ShapeFamily family = ShapeFamily.Parse(
            Basics.YamlMap.Parse(
                "{ id: f, size: d_model, n_blocks: d_model/64, n_heads: d_model/64, d_ff: 4.1 * d_model, vocab_size: 50257, context: "
                    + "512, activation: swiglu, norm: rmsnorm, positions: rope }",
                "f.yaml"
            )
        );
        Configuration[] all =
        [
            .. Enumerable
                .Range(0, 6)
                .Select(i => 1e20 * Math.Pow(2, i))
                .SelectMany(flops => Planner.Solve(new PlanRequest(Plans.Joint, family, new Budget { Flops = flops })).Candidates),
        ];
        Assert.Contains(all, c => c.Model.ModelWidth == 1920);
        Assert.All(all, c => Assert.Equal(0, c.Model.FeedForwardWidth % 64));
    }

    [Fact]
    public void PreferSimple_WhenItGivesLossAway_SaysSo()
    {
        Plan plan = Planner.Solve(
            Plans.Request(
                new Budget
                {
                    Flops = 1e22,
                    MemoryBytes = 80e9,
                    KvTokens = 16e3,
                }
            ) with
            {
                PreferSimple = true,
            }
        );
        Assert.Contains(
            plan.Warnings,
            w => w is PlanWarning.SimplestPreferred { Experts: 16, Granularity: 1, LossDifference: > 0 and < 0.01 }
        );
    }

    public static TheoryData<Limit, Budget> TooLittle { get; } =
        new()
        {
            {
                Limit.Memory,
                new Budget { Flops = 1e20, MemoryBytes = 1e6 }
            },
            {
                Limit.MaxParams,
                new Budget { Flops = 1e20, MaxTotalParams = 1e6 }
            },
            {
                Limit.Flops,
                new Budget { Flops = 1e6 }
            },
        };

    [Theory]
    [MemberData(nameof(TooLittle))]
    public void Misfit_NothingFits_SaysWhatTheSmallestNeeds(Limit limit, Budget budget)
    {
        Plan plan = Planner.Solve(Plans.Request(budget));
        Assert.Null(plan.Best);
        Misfit dense = plan.Misfits[0];
        Assert.Equal([limit], dense.Broken);
        Census census = Census.Of(ShapeFamily.Open("joint-2025").Model(64, 1, 1));
        Assert.Equal(
            new SmallestModel(64, census.ActiveParams, census.TotalParams, 2 * census.StoredParams, 6 * census.ActiveParams),
            dense.Smallest
        );
    }

    [Fact]
    public void Training_WithItsMemoryLimited_IsThatOfTheModel()
    {
        Budget budget = new()
        {
            Flops = 1e22,
            TrainingMemoryBytes = 20e9,
            TrainingSetup = new()
            {
                DataParallel = 8,
                PipelineParallel = 4,
                TensorParallel = 2,
                Zero = 1,
            },
        };
        Plan plan = Planner.Solve(Plans.Request(budget));
        Assert.Equal(6, plan.Candidates.Count);
        Assert.All(
            plan.Candidates,
            c =>
            {
                Assert.Equal(TrainingMemory.Of(c.Model, budget.TrainingSetup).Stages, c.Training!.Stages);
                Assert.InRange(c.Training.MostLoaded.TotalBytes, 0, 0.9 * 20e9);
                Assert.Contains(Limit.TrainingMemory, c.Binding);
            }
        );
        Assert.Null(Planner.Solve(Plans.Request(new Budget { Flops = 1e20 })).Best!.Training);
    }

    [Fact]
    public void Misfit_TooLittleTrainingMemory_SaysWhatTheSmallestNeeds()
    {
        Misfit dense = Planner.Solve(Plans.Request(new Budget { Flops = 1e20, TrainingMemoryBytes = 1e6 })).Misfits[0];
        Assert.Equal([Limit.TrainingMemory], dense.Broken);
        Assert.Equal(
            TrainingMemory.Of(ShapeFamily.Open("joint-2025").Model(64, 1, 1), new()).MostLoaded.TotalBytes,
            dense.Smallest!.TrainingMemoryBytes
        );
        Assert.Null(dense.Smallest.SetupProblem);
    }

    /// <summary>Four experts cannot be dealt out to eight ranks, whatever the size; eight can, and a dense model has none.</summary>
    [Fact]
    public void Misfit_SetupThatSuitsNoSize_SaysWhy()
    {
        Budget budget = new()
        {
            Flops = 1e20,
            TrainingMemoryBytes = 80e9,
            TrainingSetup = new() { DataParallel = 8, ExpertParallel = 8 },
        };
        Plan plan = Planner.Solve(Plans.Request(budget) with { Experts = [1, 4, 8] });
        Assert.Equal([1, 8], plan.Candidates.Select(c => c.Experts));
        Misfit four = Assert.Single(plan.Misfits);
        Assert.Equal([Limit.TrainingSetup], four.Broken);
        Assert.Equal(new LayoutFault.NotDivided(LayoutSettings.ExpertParallel, 8, "expert_count", 4), four.Smallest!.SetupProblem);
        Assert.Null(four.Smallest.TrainingMemoryBytes);
    }

    /// <summary>Stages of 8, 8, 8 and 8 blocks allow models of 32 blocks only, whatever the FLOPs would buy.</summary>
    [Fact]
    public void Binding_OfALayoutThatFixesTheDepth_NamesIt()
    {
        Budget budget = new()
        {
            Flops = 1e22,
            TrainingMemoryBytes = 80e9,
            TrainingSetup = new() { PipelineParallel = 4, StageBlocks = [8, 8, 8, 8] },
        };
        Plan plan = Planner.Solve(Plans.Request(budget) with { Experts = [1] });
        Assert.Equal(32, plan.Best!.Model.Blocks);
        Assert.Contains(Limit.TrainingSetup, plan.Best.Binding);
        Assert.Contains(plan.Warnings, w => w is PlanWarning.LostToLayout);
        Plan even = Planner.Solve(Plans.Request(budget with { TrainingSetup = new() { PipelineParallel = 4 } }) with { Experts = [1] });
        Assert.DoesNotContain(Limit.TrainingSetup, even.Best!.Binding);
    }

    [Fact]
    public void Warnings_OfAnUnknownRangeOrNoCache_SaySo()
    {
        Plan zhao = Planner.Solve(
            Plans.Request(
                LawCatalog.Open("zhao-2025") with
                {
                    Range = new Dictionary<string, Interval>(),
                },
                new Budget { Flops = 1e21, MemoryBytes = 80e9 }
            )
        );
        Assert.Contains(new PlanWarning.NoRange("zhao-2025"), zhao.Warnings);
        Assert.Contains(new PlanWarning.NoCache(), zhao.Warnings);
        Plan joint = Planner.Solve(
            Plans.Request(
                new Budget
                {
                    Flops = 1e21,
                    MemoryBytes = 80e9,
                    KvTokens = 1,
                }
            )
        );
        Assert.DoesNotContain(joint.Warnings, w => w is PlanWarning.NoRange or PlanWarning.NoCache);
    }

    [Fact]
    public void Solve_InconsistentSetup_IsRefused() =>
        Assert.Equal(
            "no model can be trained so: 'expert_parallel' 8 times 'expert_tensor_parallel' 1 does not divide "
                + "'data_parallel' 4 times 'tensor_parallel' 1; change one of them.",
            Assert
                .Throws<Basics.UserException>(() =>
                    Planner.Solve(
                        Plans.Request(
                            new Budget
                            {
                                Flops = 1e20,
                                TrainingMemoryBytes = 80e9,
                                TrainingSetup = new() { DataParallel = 4, ExpertParallel = 8 },
                            }
                        )
                    )
                )
                .Message
        );

    [Fact]
    public void Inference_PaidFromTheBudget_MakesSmallerModels()
    {
        Plan without = Planner.Solve(Plans.Request(new Budget { Flops = 5e22 }) with { Continuous = true });
        Plan with = Planner.Solve(Plans.Request(new Budget { Flops = 5e22, InferenceTokens = 1e12 }) with { Continuous = true });
        Assert.All(with.Candidates, c => Assert.True(c.ActiveParams < Plans.At(without, c.Experts).ActiveParams));
    }

    [Fact]
    public void Rates_OfEachConfiguration_UseTheirOwnN()
    {
        PlanRequest request = PlanRequest.For(Plans.Joint, new Budget { Flops = 1e20 });
        Configuration c = Plans.At(Planner.Solve(request), 8);
        Assert.Equal(["joint-2025-lr", "step-2025-lr", "step-2025-batch", "ling-2025-lr", "ling-2025-batch"], c.Rates.Select(r => r.Law));
        Assert.Equal(
            Math.Exp(8.391640956234012 - (0.8121798244457074 * Math.Log(c.ActiveParams)) - (0.25 * Math.Log(8))),
            c.Rates[0].LearningRate!.Value,
            1e-15
        );
        Assert.Equal(1.79 * Math.Pow(c.TotalParamsNonEmbedding, -0.713) * Math.Pow(c.Tokens, 0.307), c.Rates[1].LearningRate!.Value, 1e-15);
        Assert.Equal(0.58 * Math.Pow(c.Tokens, 0.571), c.Rates[2].BatchTokens!.Value, 1e-6); // of order 1e6: 12 digits
        Assert.Contains("all experts", c.Rates[1].NConvention);
        Assert.Equal((c.ActiveParams, c.TotalParamsNonEmbedding, null), (c.Rates[0].N, c.Rates[1].N, c.Rates[2].N));
        Assert.Equal(1.1576 * Math.Pow(c.TrainFlops, -0.1529), c.Rates[3].LearningRate!.Value, 1e-15);
        Assert.Contains(c.Rates[1].OutsideRange, e => e.Name == "total_params_nonembedding");
    }

    [Fact]
    public void DensePartner_OfAFineGrainedPlan_HasTheSameBudget()
    {
        Plan plan = Planner.Solve(Plans.Request(Plans.FineGrained, new Budget { Flops = 1e20 }) with { Continuous = true });
        Configuration dense = plan.DensePartner!.Best!;
        Assert.Equal("fine-grained-2024-dense", plan.DensePartner.Request.Law.Id);
        Assert.Equal(1e20, dense.TrainFlops, 1e8); // 12 digits
        Assert.True(dense.Loss > plan.Best!.Loss);
    }

    [Fact]
    public void MultipleOf_Narrower_ComesCloserToTheContinuousOptimum()
    {
        PlanRequest request = Plans.Request(Plans.FineGrained, new Budget { Flops = 1e19 }) with { Granularities = [32] };
        double continuous = Planner.Solve(request with { Continuous = true }).Best!.Loss;
        Configuration wide = Planner.Solve(request).Best!;
        Configuration narrow = Planner.Solve(request with { MultipleOf = 8 }).Best!;
        Assert.Equal(0, wide.Model.ExpertWidth % 64);
        Assert.Equal(0, narrow.Model.ExpertWidth % 8);
        Assert.InRange(narrow.Loss, continuous, wide.Loss);
    }
}
