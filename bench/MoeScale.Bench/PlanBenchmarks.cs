using BenchmarkDotNet.Attributes;
using MoeScale.Laws;
using MoeScale.Planning;

namespace MoeScale.Bench;

/// <summary>A plan inside the library: from a law and a budget to all configurations, rates and ties. Goal: 5 ms.</summary>
[MemoryDiagnoser]
public class PlanBenchmarks
{
    private PlanRequest _request = null!;

    /// <summary>The law; joint-2025 has a closed form, fine-grained-2024 is searched (9 granularities, and its dense partner).</summary>
    [Params("joint-2025", "fine-grained-2024")]
    public string Law { get; set; } = "";

    /// <summary>With inference in the budget no law has a closed form.</summary>
    [Params(0, 100e9)]
    public double InferenceTokens { get; set; }

    [GlobalSetup]
    public void Read()
    {
        Law law = LawCatalog.Open(Law);
        Budget budget = new()
        {
            Flops = 1e22,
            MemoryBytes = 80e9,
            KvTokens = 16e3,
            InferenceTokens = InferenceTokens,
        };
        _request = PlanRequest.For(law, budget);
    }

    [Benchmark]
    public Plan Solve() => Planner.Solve(_request);
}
