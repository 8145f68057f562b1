using FsCheck;
using FsCheck.Fluent;
using MoeScale.Laws;
using MoeScale.Models;

namespace MoeScale.Planning.Tests;

/// <summary>Requests that the tests share.</summary>
internal static class Plans
{
    public static readonly Law Joint = LawCatalog.Open("joint-2025");
    public static readonly Law FineGrained = LawCatalog.Open("fine-grained-2024");

    public static PlanRequest Request(Law law, Budget budget) => PlanRequest.For(law, budget) with { RateLaws = [], AllocationLaws = [] };

    public static PlanRequest Request(Budget budget) => Request(Joint, budget);

    /// <summary>Budgets over six decades of compute, with each limit absent or anywhere from crippling to idle.</summary>
    public static Gen<Budget> Budgets { get; } =
        from flops in LogUniform(1e18, 1e24)
        from memory in Maybe(LogUniform(1e9, 1e13))
        from kv in Gen.OneOf(Gen.Constant(0.0), LogUniform(1e3, 1e6))
        from maxParams in Maybe(LogUniform(1e8, 1e12))
        from maxTokens in Maybe(LogUniform(1e8, 1e13))
        from inference in Gen.OneOf(Gen.Constant(0.0), LogUniform(1e6, 1e15))
        from headroom in Gen.Elements(Headroom.None, Headroom.None, new Headroom(0.25, 0), new Headroom(0, 5e8))
        select new Budget
        {
            Flops = flops,
            MemoryBytes = memory,
            MemoryHeadroom = headroom,
            KvTokens = kv,
            MaxTotalParams = maxParams,
            MaxTokens = maxTokens,
            InferenceTokens = inference,
        };

    /// <summary>As <see cref="Budgets"/>, with a number of different tokens.</summary>
    public static Gen<Budget> RepeatingBudgets { get; } =
        from budget in Budgets
        from unique in LogUniform(1e8, 1e13)
        select budget with
        {
            UniqueTokens = unique,
        };

    /// <summary>Those budgets with training memory limited too, from crippling to idle, on layouts of up to 512 ranks.</summary>
    public static Gen<Budget> TrainingBudgets { get; } =
        from budget in Budgets
        from training in LogUniform(1e9, 1e12)
        from tensor in Gen.Elements(1, 2, 8)
        from pipeline in Gen.Elements(1, 2, 3, 8)
        from expertParallel in Gen.Elements(1, 2, 4)
        from expertTensor in Gen.Elements<int?>(null, 1)
        from zero in Gen.Choose(0, 3)
        from recomputation in Gen.Elements(Recomputation.None, Recomputation.Selective, Recomputation.Full)
        from fused in Gen.Elements(false, true)
        from sequences in Gen.Elements(1, 16)
        select budget with
        {
            TrainingMemoryBytes = training,
            TrainingHeadroom = budget.MemoryHeadroom == Headroom.None ? Headroom.OfTraining : budget.MemoryHeadroom,
            TrainingSetup = new()
            {
                DataParallel = 8,
                TensorParallel = tensor,
                PipelineParallel = pipeline,
                ExpertParallel = expertParallel,
                ExpertTensorParallel = expertTensor,
                Zero = zero,
                Recomputation = recomputation,
                FusedAttention = fused,
                SequencesPerMicroBatch = sequences,
            },
        };

    public static Config Tests(int count, ulong seed) => Config.QuickThrowOnFailure.WithMaxTest(count).WithReplay(seed, 1UL);

    private static Gen<double> LogUniform(double low, double high) =>
        Gen.Choose(0, 1_000_000).Select(i => low * Math.Pow(high / low, i / 1e6));

    private static Gen<double?> Maybe(Gen<double> values) => Gen.OneOf(Gen.Constant((double?)null), values.Select(v => (double?)v));

    /// <summary>The best of the candidates with so many experts.</summary>
    public static Configuration At(Plan plan, double experts) => plan.Candidates.First(c => c.Experts == experts);
}
