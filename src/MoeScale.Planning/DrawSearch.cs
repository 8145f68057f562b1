using MoeScale.Laws;

namespace MoeScale.Planning;

/// <summary>Asks a plan's question of each draw of its law's coefficients.</summary>
internal static class DrawSearch
{
    /// <summary>More would tell the ends of an interval hardly better, and a plan must stay instant.</summary>
    public const int MaxDraws = 200;

    public const double Level = 0.9;

    /// <summary>With fewer, less than two draws lie beyond each end of an interval.</summary>
    public const int FewestDraws = 40;

    /// <param name="request">The question.</param>
    /// <param name="bound">Its law.</param>
    /// <param name="chosen">The plan's answer.</param>
    /// <param name="choices">Expansion rate and granularity of the candidates to weigh.</param>
    /// <returns>Null if the law has no sample.</returns>
    public static PlanIntervals? Solve(
        PlanRequest request,
        BoundLaw bound,
        Configuration chosen,
        IReadOnlyList<(double Experts, double Granularity)> choices
    )
    {
        if (request.Law.Fitted?.Sample is not CoefficientTable sample)
        {
            return null;
        }
        // Limits hold no coefficient of the law, so which sizes keep them is found once for all draws.
        List<Candidate> candidates = [];
        List<Sizes> sizes = [];
        foreach ((double experts, double granularity) in choices)
        {
            Candidate candidate = Candidate.One(request, bound, experts, granularity);
            if (SizeSearch.Allowed(candidate) is Sizes allowed)
            {
                candidates.Add(candidate);
                sizes.Add(allowed);
            }
        }
        int draws = Math.Min(sample.Count, MaxDraws);
        Trial?[][] answers = new Trial?[draws][];
        // A draw's answers are its own, so they are the same bits on any number of threads.
        Parallel.For(
            0,
            draws,
            draw =>
            {
                BoundLaw law = bound.With(sample[draw]);
                Trial[] optima = [.. candidates.Select(c => c.Under(law)).Select((c, i) => c.At(SizeSearch.Optimum(c, sizes[i])))];
                // As for the plan itself, a law without a best size has no answer at all.
                bool hasAnswer = !optima.Where((t, i) => double.IsFinite(t.Loss) && sizes[i].IsEnd(t)).Any();
                answers[draw] = [.. optima.Select(t => hasAnswer && double.IsFinite(t.Loss) ? t : null)];
            }
        );
        int[] best = [.. answers.Select(of => Best(of, request))];
        int answered = best.Count(i => i >= 0);
        int own = candidates.FindIndex(c => c.Experts == chosen.Experts && c.Granularity == chosen.Granularity);
        ChoiceShare[] shares =
        [
            .. candidates
                .Select((c, i) => new ChoiceShare(c.Experts, c.Granularity, answered == 0 ? 0 : best.Count(b => b == i) / (double)answered))
                .Where(s => s.Share > 0)
                .OrderByDescending(s => s.Share),
        ];
        return new PlanIntervals(
            Level,
            draws,
            draws - answered,
            Intervals(answers, draw => best[draw]),
            shares,
            Intervals(answers, _ => own)
        );
    }

    /// <summary>The candidate that a draw chooses, as <see cref="Planner"/> would; −1 if it has no answer.</summary>
    private static int Best(Trial?[] answers, PlanRequest request)
    {
        int best = -1;
        for (int i = 0; i < answers.Length; i++)
        {
            if (answers[i] is Trial t && (best < 0 || t.Loss < answers[best]!.Loss))
            {
                best = i;
            }
        }
        if (best < 0)
        {
            return -1;
        }
        int simplest = best;
        for (int i = 0; request.PreferSimple && i < answers.Length; i++)
        {
            if (
                answers[i] is Trial t
                && t.Loss - answers[best]!.Loss < request.Law.Error
                && t.Model.ExpertCount < answers[simplest]!.Model.ExpertCount
            )
            {
                simplest = i;
            }
        }
        return simplest;
    }

    private static AnswerIntervals Intervals(Trial?[][] answers, Func<int, int> candidateOf)
    {
        Trial[] trials = [.. answers.Select((of, draw) => candidateOf(draw) is int i and >= 0 ? of[i] : null).OfType<Trial>()];
        return new AnswerIntervals(trials.Length, Of(t => t.Census.ActiveParams), Of(t => t.Tokens), Of(t => t.Loss));

        Interval? Of(Func<Trial, double> value)
        {
            double[] sorted = [.. trials.Select(value)];
            Array.Sort(sorted);
            return sorted.Length == 0 ? null : new Interval(Quantile(sorted, (1 - Level) / 2), Quantile(sorted, (1 + Level) / 2));
        }
    }

    /// <summary>Linear between the order statistics, of which the first is quantile 0 and the last quantile 1.</summary>
    private static double Quantile(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = Math.Min((int)place, sorted.Length - 1);
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
