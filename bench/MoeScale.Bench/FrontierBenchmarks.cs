using BenchmarkDotNet.Attributes;
using MoeScale.Laws;
using MoeScale.Planning;

namespace MoeScale.Bench;

/// <summary>A frontier of 200 points over the 6 expansion rates of the joint law. Goal: 0.2 s.</summary>
[MemoryDiagnoser]
public class FrontierBenchmarks
{
    private PlanRequest _request = null!;

    /// <summary>Memory cuts sizes; FLOPs alone have the closed form; inference is searched.</summary>
    [Params(BudgetAxis.Memory, BudgetAxis.Flops, BudgetAxis.InferenceTokens)]
    public BudgetAxis Axis { get; set; }

    [GlobalSetup]
    public void Read() => _request = PlanRequest.For(LawCatalog.Open("joint-2025"), new Budget { Flops = 1e22, KvTokens = 16e3 });

    [Benchmark]
    public Frontier Sweep() =>
        Axis switch
        {
            BudgetAxis.Memory => Frontier.Sweep(_request, Axis, 16e9, 640e9, 200),
            BudgetAxis.Flops => Frontier.Sweep(_request, Axis, 1e18, 1e25, 200),
            _ => Frontier.Sweep(_request, Axis, 1e9, 1e13, 200),
        };
}
