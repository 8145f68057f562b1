using MathNet.Numerics.RootFinding;
using MoeScale.Laws;

namespace MoeScale.Planning;

/// <summary>What a dense model needs for the loss of a sparse one.</summary>
/// <param name="Law">The law of the dense model.</param>
/// <param name="Flops">FLOPs, those of inference included.</param>
/// <param name="ActiveParams">Its parameters.</param>
/// <param name="Tokens">Its training tokens.</param>
/// <param name="Lifted">Limits of the plan that the dense model need not keep.</param>
public sealed record DenseMatch(string Law, double Flops, double ActiveParams, double Tokens, IReadOnlyList<Limit> Lifted);

/// <summary>Finds what a dense model needs.</summary>
internal static class DenseSearch
{
    /// <summary>What a dense model needs for a loss; null if its law never reaches it or speaks of no dense model.</summary>
    /// <param name="request">The plan's question, for its law, shapes, data and inference; limits of size and memory are lifted.</param>
    /// <param name="loss">The loss to reach.</param>
    public static DenseMatch? For(PlanRequest request, double loss)
    {
        Law law = request.Law.DensePartner is string partner ? LawCatalog.Open(partner, request.Law.Folder) : request.Law;
        if (!CoveredModels.HaveDense(law, request.Family))
        {
            return null;
        }
        PlanRequest dense = request with { Law = law, Continuous = true, InRange = false };
        BoundLaw bound = BoundLaw.For(dense);
        Budget budget = request.Budget with { MemoryBytes = null, MaxTotalParams = null, TrainingMemoryBytes = null };
        Trial? Best(double logFlops) =>
            SizeSearch
                .Solve(Candidate.One(dense with { Budget = budget with { Flops = Math.Exp(logFlops) } }, bound, 1, 1), continuous: true)
                .Best;
        // Too few FLOPs for any model are a loss far above all others.
        double Excess(double logFlops) => Math.Min(Best(logFlops)?.Loss ?? double.PositiveInfinity, 1e6) - loss;
        return
            SearchedBudgets.Decade(flops => Excess(Math.Log(flops)) <= 0, SearchedBudgets.MinFlops, SearchedBudgets.MaxFlops)
                is (double low, double high)
            && Brent.TryFindRoot(Excess, Math.Log(low), Math.Log(high), 1e-10, 200, out double root)
            && Best(root) is Trial best
            ? new DenseMatch(law.Id, Math.Exp(root), best.Census.ActiveParams, best.Tokens, [.. Lifted(request)])
            : null;
    }

    private static IEnumerable<Limit> Lifted(PlanRequest request)
    {
        if (request.Budget.MemoryBytes is not null)
        {
            yield return Limit.Memory;
        }
        if (request.Budget.MaxTotalParams is not null)
        {
            yield return Limit.MaxParams;
        }
        if (request.Budget.TrainingMemoryBytes is not null)
        {
            yield return Limit.TrainingMemory;
        }
        if (request.InRange)
        {
            yield return Limit.Range;
        }
    }
}
