using MathNet.Numerics.RootFinding;
using MoeScale.Basics;
using MoeScale.Laws;

namespace MoeScale.Planning;

/// <summary>The answer to "what does this loss need?".</summary>
/// <param name="Plan">The plan that just reaches it; null if no budget does.</param>
/// <param name="LowestLoss">The loss of <paramref name="Plan"/>; without one, the lowest within reach, or null if nothing fits at
/// all.</param>
/// <param name="Choices">What each expansion rate and granularity needs.</param>
public sealed record TargetResult(Plan? Plan, double? LowestLoss, IReadOnlyList<TargetChoice> Choices);

/// <summary>What one expansion rate and granularity needs to reach a loss.</summary>
/// <param name="Experts">E.</param>
/// <param name="Granularity">G.</param>
/// <param name="Budget">FLOPs or bytes; null if no budget is enough.</param>
/// <param name="Configuration">Its model at that budget, without rates and second opinions.</param>
public sealed record TargetChoice(double Experts, double Granularity, double? Budget, Configuration? Configuration);

/// <summary>What a dense model needs for the loss of a sparse one.</summary>
/// <param name="Law">The law of the dense model.</param>
/// <param name="Flops">FLOPs, those of inference included.</param>
/// <param name="ActiveParams">Its parameters.</param>
/// <param name="Tokens">Its training tokens.</param>
/// <param name="Lifted">Limits of the plan that the dense model need not keep: memory, max_params, training_memory, range.</param>
public sealed record DenseMatch(string Law, double Flops, double ActiveParams, double Tokens, IReadOnlyList<string> Lifted);

/// <summary>
/// Questions that start from a loss. More of a budget never raises the lowest loss of one expansion rate and granularity, so
/// what each needs is found by bisection, and the least of them is the answer.
/// </summary>
public static class Reverse
{
    /// <summary>Answers are this near, relative to the budget that is asked for.</summary>
    private const double Accuracy = 1e-6;

    /// <summary>
    /// Budgets that are searched: FLOPs from those of a second on one core to a million times all that was ever spent on a model, bytes
    /// from a thousand.
    /// </summary>
    private const double MinFlops = 1e10;
    private const double MaxFlops = 1e32;
    private const double MinBytes = 1e3;

    /// <summary>The plan of fewest FLOPs, inference included, that reaches a loss within all other limits.</summary>
    /// <param name="request">The question; its FLOPs are replaced.</param>
    /// <param name="loss">The loss to reach, nats per token.</param>
    /// <exception cref="UserException">As <see cref="Planner.Solve(PlanRequest)"/>.</exception>
    public static TargetResult FewestFlops(PlanRequest request, double loss) =>
        Least(request, loss, MinFlops, MaxFlops, (budget, value) => budget with { Flops = value });

    /// <summary>The plan of least memory that reaches a loss within the FLOPs and all other limits.</summary>
    /// <param name="request">The question; its limit of memory is replaced.</param>
    /// <param name="loss">The loss to reach, nats per token.</param>
    /// <exception cref="UserException">As <see cref="Planner.Solve(PlanRequest)"/>.</exception>
    public static TargetResult MinMemory(PlanRequest request, double loss) =>
        Least(request, loss, MinBytes, Budget.Largest, (budget, value) => budget with { MemoryBytes = value });

    /// <summary>What a dense model needs for a loss; null if its law never reaches it or speaks of no dense model.</summary>
    /// <param name="request">The plan's question, for its law, shapes, data and inference; limits of size and memory are lifted.</param>
    /// <param name="loss">The loss to reach.</param>
    internal static DenseMatch? DenseFor(PlanRequest request, double loss)
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
            Decade(flops => Excess(Math.Log(flops)) <= 0, MinFlops, MaxFlops) is (double low, double high)
            && Brent.TryFindRoot(Excess, Math.Log(low), Math.Log(high), 1e-10, 200, out double root)
            && Best(root) is Trial best
            ? new DenseMatch(law.Id, Math.Exp(root), best.Census.ActiveParams, best.Tokens, [.. Lifted(request)])
            : null;
    }

    private static IEnumerable<string> Lifted(PlanRequest request) =>
        new (string Name, bool IsSet)[]
        {
            ("memory", request.Budget.MemoryBytes is not null),
            ("max_params", request.Budget.MaxTotalParams is not null),
            (Limit.TrainingMemory, request.Budget.TrainingMemoryBytes is not null),
            ("range", request.InRange),
        }
            .Where(l => l.IsSet)
            .Select(l => l.Name);

    /// <summary>The two powers of ten between which a budget becomes enough; null if none up to <paramref name="most"/> is.</summary>
    private static (double Low, double High)? Decade(Func<double, bool> isEnough, double least, double most)
    {
        for (double high = least; high <= most; high *= 10)
        {
            if (isEnough(high))
            {
                return (high / 10, high);
            }
        }
        return null;
    }

    private static TargetResult Least(PlanRequest request, double loss, double least, double most, Func<Budget, double, Budget> with)
    {
        // Which is simplest matters among plans of one budget; here each has its own.
        PlanRequest plain = request with
        {
            PreferSimple = false,
        };
        PlanRequest bare = plain.Bare();
        BoundLaw law = BoundLaw.For(bare);
        TargetChoice[] choices =
        [
            .. Candidate
                .All(bare, law)
                .Select(c => MinOf(bare with { Experts = [c.Experts], Granularities = [c.Granularity] }, law, loss, least, most, with)),
        ];
        if (choices.Min(c => c.Budget) is not double enough)
        {
            return new TargetResult(null, Planner.Solve(bare with { Budget = with(bare.Budget, most) }, law).Best?.Loss, choices);
        }
        Plan plan = Planner.Solve(plain with { Budget = with(request.Budget, enough) });
        return new TargetResult(plan, plan.Best!.Loss, choices);
    }

    /// <param name="request">With one expansion rate and granularity.</param>
    /// <param name="law">Its law.</param>
    /// <param name="loss">The loss to reach.</param>
    /// <param name="least">Where the search begins.</param>
    /// <param name="most">Where it ends.</param>
    /// <param name="with">Sets the budget.</param>
    private static TargetChoice MinOf(
        PlanRequest request,
        BoundLaw law,
        double loss,
        double least,
        double most,
        Func<Budget, double, Budget> with
    )
    {
        (double experts, double granularity) = (request.Experts![0], request.Granularities![0]);
        Configuration? At(double value) => Planner.Solve(request with { Budget = with(request.Budget, value) }, law).Best;
        if (Decade(value => At(value)?.Loss <= loss, least, most) is not (double from, double to))
        {
            return new TargetChoice(experts, granularity, null, null);
        }
        double low = Math.Log(from);
        double high = Math.Log(to);
        while (high - low > Accuracy)
        {
            double middle = (low + high) / 2;
            (low, high) = At(Math.Exp(middle))?.Loss <= loss ? (low, middle) : (middle, high);
        }
        return new TargetChoice(experts, granularity, Math.Exp(high), At(Math.Exp(high)));
    }
}
