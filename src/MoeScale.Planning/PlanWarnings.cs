using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Laws.Warnings;

namespace MoeScale.Planning;

/// <summary>Finds what the reader of a plan must know.</summary>
internal static class PlanWarnings
{
    // Below one part in a thousand it is the rounding to whole tokens.
    private const double TellingShare = 0.999;

    /// <summary>About the plan itself, in the order in which they are told.</summary>
    /// <param name="request">The question.</param>
    /// <param name="bound">Its law.</param>
    /// <param name="best">The answer; null if nothing fits.</param>
    /// <param name="fitting">What fits of each candidate.</param>
    /// <param name="misfits">Candidates of which nothing fits.</param>
    /// <param name="intervals">How sure the answer is; null where that is not known.</param>
    public static IEnumerable<PlanWarning> Of(
        PlanRequest request,
        BoundLaw bound,
        Configuration? best,
        IReadOnlyList<Configuration> fitting,
        IReadOnlyList<Misfit> misfits,
        PlanIntervals? intervals
    ) =>
        request.IsBare
            ? []
            :
            [
                .. OfChoice(request, best, fitting),
                .. OfExperts(best, [.. fitting.Select(c => c.Experts).Concat(misfits.Select(m => m.Experts)).Distinct()]),
                .. OfSizes(request, bound, fitting),
                .. OfBudget(request, best),
                .. OfDraws(request.Law, intervals),
            ];

    /// <summary>What the fit that gave the law warned of.</summary>
    public static IEnumerable<PlanWarning> OfFit(PlanRequest request)
    {
        if (request.Law.Fitted is not FittedLaw fitted || request.IsBare)
        {
            yield break;
        }
        if (!fitted.Finished)
        {
            yield return new PlanWarning.FitInterrupted(request.Law.Id);
        }
        foreach (FitWarning warning in fitted.Warnings)
        {
            yield return new PlanWarning.FitWarned(request.Law.Id, warning);
        }
    }

    private static IEnumerable<PlanWarning> OfChoice(PlanRequest request, Configuration? best, IReadOnlyList<Configuration> fitting)
    {
        if (best?.OutsideRange.Count > 0)
        {
            yield return new PlanWarning.OutsideExperiments(request.Law.Id, best.OutsideRange);
        }
        if (request.Law.Family is string own && request.Family.Id != own && !EmbeddedFolder.IsPath(own))
        {
            yield return new PlanWarning.OtherShapes(request.Law.Id, request.Family.Id, own);
        }
        if (best is not null && fitting.MinBy(c => c.Loss) is Configuration lowest && lowest != best)
        {
            yield return new PlanWarning.SimplestPreferred(lowest.Experts, lowest.Granularity, best.Loss - lowest.Loss);
        }
        if (request.Budget.UniqueTokens is double unique && !BoundLaw.SpeaksOfRepeats(request.Law) && fitting.Any(c => c.Tokens > unique))
        {
            yield return new PlanWarning.DataRepeat(request.Law.Id, BoundLaw.RepeatsLaw);
        }
    }

    private static IEnumerable<PlanWarning> OfExperts(Configuration? best, double[] weighed) =>
        weighed.Length > 1 && best?.Experts == weighed.Max() ? [new PlanWarning.MostExpertsWin(best.Experts)] : [];

    private static IEnumerable<PlanWarning> OfSizes(PlanRequest request, BoundLaw bound, IReadOnlyList<Configuration> fitting)
    {
        IEnumerable<IGrouping<bool, Configuration>> coarse = fitting
            .Where(c => c.RoundingLoss > request.Law.Error)
            .GroupBy(c => c.Binding.Contains(Limit.TrainingSetup));
        foreach (IGrouping<bool, Configuration> some in coarse)
        {
            Configuration most = some.MaxBy(c => c.RoundingLoss)!;
            RoundingLoss lost = new(some.Count(), most.Experts, most.Granularity, most.RoundingLoss);
            if (some.Key)
            {
                yield return new PlanWarning.LostToLayout(lost);
            }
            else
            {
                FinerSizes finer = FinerSizes.For(request, bound, [.. some.Select(c => (c.Experts, c.Granularity))]);
                yield return new PlanWarning.LostToCoarseSizes(lost, finer.MultipleOf, finer.Helped);
            }
        }
    }

    private static IEnumerable<PlanWarning> OfBudget(PlanRequest request, Configuration? best)
    {
        Budget budget = request.Budget;
        double spent = (best?.TrainFlops + best?.InferenceFlops) ?? budget.Flops;
        if (spent < TellingShare * budget.Flops)
        {
            yield return new PlanWarning.FlopsUnspent(1 - (spent / budget.Flops));
        }
        if (request.Law.Range.Count == 0)
        {
            yield return new PlanWarning.NoRange(request.Law.Id);
        }
        if (budget is { MemoryBytes: not null, KvTokens: 0 })
        {
            yield return new PlanWarning.NoCache();
        }
        foreach (PlanWarning warning in best is null ? [] : CacheAdvice.Of(budget, best))
        {
            yield return warning;
        }
        if (request.Law.Error is null)
        {
            yield return new PlanWarning.NoError(request.Law.Id);
        }
    }

    private static IEnumerable<PlanWarning> OfDraws(Law law, PlanIntervals? intervals)
    {
        if (intervals?.Failed > 0)
        {
            yield return new PlanWarning.DrawsFailed(intervals.Failed, intervals.Draws);
        }
        if (intervals?.Draws < DrawSearch.FewestDraws)
        {
            yield return new PlanWarning.FewDraws(law.Id, intervals.Draws);
        }
    }
}
