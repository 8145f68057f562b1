using MoeScale.Basics;

namespace MoeScale.Planning;

/// <summary>
/// Questions that start from a loss. More of a budget never raises the lowest loss of one expansion rate and granularity, so
/// what each needs is found by bisection, and the least of them is the answer.
/// </summary>
public static class Reverse
{
    /// <summary>Answers are this near, relative to the budget that is asked for.</summary>
    private const double Accuracy = 1e-6;

    /// <summary>The plan of fewest FLOPs, inference included, that reaches a loss within all other limits.</summary>
    /// <param name="request">The question; its FLOPs are replaced.</param>
    /// <param name="loss">The loss to reach, nats per token.</param>
    /// <exception cref="UserException">As <see cref="Planner.Solve(PlanRequest)"/>.</exception>
    public static TargetResult FewestFlops(PlanRequest request, double loss) =>
        Least(request, loss, SearchedBudgets.MinFlops, SearchedBudgets.MaxFlops, (budget, value) => budget with { Flops = value });

    /// <summary>The plan of least memory that reaches a loss within the FLOPs and all other limits.</summary>
    /// <param name="request">The question; its limit of memory is replaced.</param>
    /// <param name="loss">The loss to reach, nats per token.</param>
    /// <exception cref="UserException">As <see cref="Planner.Solve(PlanRequest)"/>.</exception>
    public static TargetResult MinMemory(PlanRequest request, double loss) =>
        Least(request, loss, SearchedBudgets.MinBytes, Budget.Largest, (budget, value) => budget with { MemoryBytes = value });

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
        if (SearchedBudgets.Decade(value => At(value)?.Loss <= loss, least, most) is not (double from, double to))
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
