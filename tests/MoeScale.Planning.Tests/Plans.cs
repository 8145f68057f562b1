using FsCheck;
using FsCheck.Fluent;
using MoeScale.Laws;

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
        select new Budget { Flops = flops, MemoryBytes = memory, KvTokens = kv, MaxTotalParams = maxParams, MaxTokens = maxTokens, InferenceTokens = inference };

    /// <summary>As <see cref="Budgets"/>, with a number of different tokens.</summary>
    public static Gen<Budget> RepeatingBudgets { get; } =
        from budget in Budgets
        from unique in LogUniform(1e8, 1e13)
        select budget with { UniqueTokens = unique };

    public static Config Tests(int count, ulong seed) => Config.QuickThrowOnFailure.WithMaxTest(count).WithReplay(seed, 1UL);

    private static Gen<double> LogUniform(double low, double high) =>
        Gen.Choose(0, 1_000_000).Select(i => low * Math.Pow(high / low, i / 1e6));

    private static Gen<double?> Maybe(Gen<double> values) => Gen.OneOf(Gen.Constant((double?)null), values.Select(v => (double?)v));
}
