using MathNet.Numerics.RootFinding;
using MoeScale.Basics;
using MoeScale.Laws;

namespace MoeScale.Planning;

/// <summary>The answer to "what does this loss need?".</summary>
/// <param name="Plan">The plan that just reaches it; null if no budget does.</param>
/// <param name="LowestLoss">The lowest loss within reach, with the most of what was asked for; null if nothing fits at all.</param>
public sealed record TargetResult(Plan? Plan, double? LowestLoss);

/// <summary>What a dense model needs for the loss of a sparse one.</summary>
/// <param name="Law">The law of the dense model.</param>
/// <param name="Flops">FLOPs, those of inference included.</param>
/// <param name="ActiveParams">Its parameters.</param>
/// <param name="Tokens">Its training tokens.</param>
public sealed record DenseMatch(string Law, double Flops, double ActiveParams, double Tokens);

/// <summary>Questions that start from a loss. More of a budget never raises the lowest loss, so each answer is found by bisection.</summary>
public static class Reverse
{
    /// <summary>Answers are this near, relative to the budget that is asked for.</summary>
    private const double Accuracy = 1e-6;

    /// <summary>Where the search for a budget begins: the FLOPs of a few seconds on one core, and a thousand bytes.</summary>
    private const double LeastFlops = 1e10;
    private const double LeastBytes = 1e3;

    /// <summary>The plan of fewest FLOPs, inference included, that reaches a loss within all other limits.</summary>
    /// <param name="request">The question; its FLOPs are replaced.</param>
    /// <param name="loss">The loss to reach, nats per token.</param>
    /// <exception cref="UserException">As <see cref="Planner.Solve"/>.</exception>
    public static TargetResult FewestFlops(PlanRequest request, double loss) =>
        Least(request, loss, LeastFlops, Budget.Largest, (budget, value) => budget with { Flops = value });

    /// <summary>The plan of least memory that reaches a loss within the FLOPs and all other limits.</summary>
    /// <param name="request">The question; its limit of memory is replaced.</param>
    /// <param name="loss">The loss to reach, nats per token.</param>
    /// <exception cref="UserException">As <see cref="Planner.Solve"/>.</exception>
    public static TargetResult LeastMemory(PlanRequest request, double loss) =>
        Least(request, loss, LeastBytes, Budget.Largest, (budget, value) => budget with { MemoryBytes = value });

    /// <summary>What a dense model needs for a loss; null if its law never reaches it or speaks of no dense model.</summary>
    /// <param name="request">The plan's question, for its law, shapes, data and inference; limits of size and memory are lifted.</param>
    /// <param name="loss">The loss to reach.</param>
    internal static DenseMatch? DenseFor(PlanRequest request, double loss)
    {
        Law law = request.Law.DensePartner is string partner ? LawCatalog.Open(partner, request.Law.Folder) : request.Law;
        if (!Choices.Allows(law, experts: 1, granularity: 1))
        {
            return null;
        }
        PlanRequest dense = request with { Law = law, Continuous = true, InRange = false };
        BoundLaw bound = BoundLaw.For(dense);
        Budget budget = request.Budget with { MemoryBytes = null, MaxTotalParams = null };
        Trial? Best(double logFlops) =>
            SizeSearch.Solve(Candidate.One(dense with { Budget = budget with { Flops = Math.Exp(logFlops) } }, bound, 1, 1), continuous: true).Best;
        // Too few FLOPs for any model are a loss without bound.
        double Excess(double logFlops) => Math.Min(Best(logFlops)?.Loss ?? double.PositiveInfinity, 1e6) - loss;
        if (!(Excess(Math.Log(Budget.Largest)) < 0) || !(Excess(Math.Log(LeastFlops)) > 0)
            || !Brent.TryFindRoot(Excess, Math.Log(LeastFlops), Math.Log(Budget.Largest), 1e-10, 200, out double root)
            || Best(root) is not Trial best)
        {
            return null;
        }
        return new DenseMatch(law.Id, Math.Exp(root), best.Census.ActiveParams, best.Tokens);
    }

    private static TargetResult Least(PlanRequest request, double loss, double least, double most, Func<Budget, double, Budget> with)
    {
        PlanRequest bare = request.Bare();
        Configuration? At(double value) => Planner.Solve(bare with { Budget = with(bare.Budget, value) }).Best;
        Configuration? richest = At(most);
        if (richest is null || richest.Loss > loss)
        {
            return new TargetResult(null, richest?.Loss);
        }
        double low = Math.Log(least);
        double high = Math.Log(most);
        while (high - low > Accuracy)
        {
            double middle = (low + high) / 2;
            (low, high) = At(Math.Exp(middle))?.Loss <= loss ? (low, middle) : (middle, high);
        }
        return new TargetResult(Planner.Solve(request with { Budget = with(request.Budget, Math.Exp(high)) }), richest.Loss);
    }
}
