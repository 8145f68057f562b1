using MathNet.Numerics.RootFinding;
using MoeScale.Laws;
using MoeScale.Models;

namespace MoeScale.Planning.Papers;

/// <summary>Compute-optimal models of continuous size, as the papers compute them.</summary>
/// <param name="law">The law.</param>
/// <param name="family">Its shapes.</param>
internal sealed class Optimum(Law law, ShapeFamily family)
{
    /// <param name="name">Id of a law of the catalog.</param>
    public static Optimum Of(string name)
    {
        Law law = LawCatalog.Open(name);
        return new Optimum(law, ShapeFamily.Open(law.Family!));
    }

    /// <summary>The best model under a budget.</summary>
    /// <param name="budget">The budget.</param>
    /// <param name="experts">The one expansion rate to weigh; null for all of the law.</param>
    /// <param name="granularity">The one granularity to weigh; null for all of the law.</param>
    public Configuration At(Budget budget, double? experts = null, double? granularity = null) => Solve(budget, experts, granularity).Best!;

    /// <summary>The best model of each candidate.</summary>
    public Plan Solve(Budget budget, double? experts = null, double? granularity = null) =>
        Planner.Solve(
            new PlanRequest(law, family, budget)
            {
                Continuous = true,
                Experts = experts is double e ? [e] : null,
                Granularities = granularity is double g ? [g] : null,
            }
        );

    public Configuration At(double flops, double? experts = null, double? granularity = null) =>
        At(new Budget { Flops = flops }, experts, granularity);

    /// <summary>The budget at which the best model reaches a loss.</summary>
    public double FlopsToReach(double loss, double? experts = null, double? granularity = null) =>
        Math.Exp(Brent.FindRoot(x => At(Math.Exp(x), experts, granularity).Loss - loss, Math.Log(1e6), Math.Log(1e32), 1e-10, 200));

    /// <summary>The budget whose best model has this many active parameters without embeddings.</summary>
    public double FlopsForActiveNonEmbedding(double activeParams) =>
        Math.Exp(
            Brent.FindRoot(
                x => Math.Log(At(Math.Exp(x)).ActiveParamsNonEmbedding / activeParams),
                Math.Log(1e12),
                Math.Log(1e30),
                1e-10,
                200
            )
        );
}
