using System.Globalization;
using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws;
using MoeScale.Models;

namespace MoeScale.Planning;

/// <summary>Finds the model of lowest predicted loss that a budget allows.</summary>
public static class Planner
{
    /// <exception cref="UserException">The law cannot plan, or a choice is outside what it speaks of.</exception>
    public static Plan Solve(PlanRequest request) => Solve(request, BoundLaw.For(request));

    /// <summary>
    /// As <see cref="Solve(PlanRequest)"/>, for a law that is bound already: the same one serves any budget that pays for inference or any
    /// that does not.
    /// </summary>
    internal static Plan Solve(PlanRequest request, BoundLaw bound)
    {
        Law law = request.Law;
        List<(Law Law, CompiledFormula Formula)> rates = [.. request.RateLaws.Select(r => (r, BoundLaw.Compile(r)))];
        List<(Law Law, CompiledFormula Formula)> allocations = [.. request.AllocationLaws.Select(a => (a, BoundLaw.Compile(a)))];
        List<Configuration> fitting = [];
        List<Misfit> misfits = [];
        foreach (Candidate candidate in Candidate.All(request, bound))
        {
            SizeResult result = SizeSearch.Solve(candidate, request.Continuous);
            if (result.IsEndless || result.Best?.Size > Candidate.LargestSize / 2)
            {
                Phrase orParams = Phrase.If(PlanSettings.MaxParams, $" or {PlanSettings.MaxParams}");
                throw new UserException(
                    $"'{law.Id}' has no best size within these limits: it gains from every parameter, and its cost does not make "
                        + $"them dear. Correct the law, or give {PlanSettings.Memory}{orParams}."
                );
            }
            if (result.Best is not null)
            {
                fitting.Add(Configure(request, candidate, result, rates, allocations));
            }
            else
            {
                misfits.Add(
                    new Misfit(
                        candidate.Experts,
                        candidate.Granularity,
                        result.Broken,
                        result.Smallest is Trial t ? Describe(candidate, t) : null
                    )
                );
            }
        }
        fitting = [.. fitting.Select(c => c with { Ties = TiesOf(c, fitting, law.Error) })];
        Configuration? chosen = Choose(fitting, request.PreferSimple);
        PlanIntervals? intervals =
            chosen is null || request.IsBare ? null : DrawSearch.Solve(request, bound, chosen, Weighed(fitting, misfits));
        return new Plan(
            request,
            chosen,
            fitting,
            misfits,
            SolveDensePartner(request),
            [.. PlanWarnings.Of(request, bound, chosen, fitting, misfits, intervals)]
        )
        {
            FitWarnings = [.. PlanWarnings.OfFit(request)],
            Intervals = intervals,
            Finer = chosen is null && !request.IsBare ? FinerThan(request, bound, misfits) : null,
            DenseMatch = chosen is null || chosen.Model.IsDense || request.IsBare ? null : DenseSearch.For(request, chosen.Loss),
        };
    }

    // Where the law itself fails, other coefficients may not; no coefficient makes a model fit or be built.
    private static (double Experts, double Granularity)[] Weighed(List<Configuration> fitting, List<Misfit> misfits) =>
        [
            .. fitting.Select(c => (c.Experts, c.Granularity)),
            .. misfits.Where(m => m.Broken is [Limit only] && only == Limit.Loss).Select(m => (m.Experts, m.Granularity)),
        ];

    private static Configuration? Choose(List<Configuration> fitting, bool preferSimple)
    {
        Configuration? best = fitting.MinBy(c => c.Loss);
        return best is not null && preferSimple
            ? fitting
                .Where(c => c == best || best.Ties.Any(t => t.Experts == c.Experts && t.Granularity == c.Granularity))
                .OrderBy(c => c.Model.ExpertCount)
                .ThenBy(c => c.Loss)
                .First()
            : best;
    }

    private static IReadOnlyList<Tie> TiesOf(Configuration c, List<Configuration> all, double? error) =>
        [
            .. all.Where(other => other != c && Math.Abs(other.Loss - c.Loss) < error)
                .Select(other => new Tie(other.Experts, other.Granularity, other.Loss - c.Loss))
                .OrderBy(t => t.LossDifference),
        ];

    private static Plan? SolveDensePartner(PlanRequest request)
    {
        if (request.Law.DensePartner is not string name)
        {
            return null;
        }
        // A partner's own partner would be a third law, or this one again.
        Law partner = LawCatalog.Open(name, request.Law.Folder) with
        {
            DensePartner = null,
            Fitted = null,
        };
        return !CoveredModels.HaveDense(partner, request.Family)
            ? null
            : Solve(request with { Law = partner, Experts = null, Granularities = null });
    }

    private static Configuration Configure(
        PlanRequest request,
        Candidate candidate,
        SizeResult result,
        List<(Law Law, CompiledFormula Formula)> rates,
        List<(Law Law, CompiledFormula Formula)> allocations
    )
    {
        Trial trial = result.Best!;
        CoveredModels.Require(request.Law, request.Family, candidate.Experts, candidate.Granularity, trial.Columns);
        Budget budget = request.Budget;
        return new Configuration
        {
            Model = trial.Model with { Name = NameOf(request.Family, candidate.Experts, candidate.Granularity, trial.Model.ModelWidth) },
            Experts = candidate.Experts,
            Granularity = candidate.Granularity,
            ActiveParams = trial.Census.ActiveParams,
            TotalParams = trial.Census.TotalParams,
            ActiveParamsNonEmbedding = trial.Census.ActiveParamsNonEmbedding,
            TotalParamsNonEmbedding = trial.Census.TotalParamsNonEmbedding,
            Tokens = trial.Tokens,
            Loss = trial.Loss,
            TrainFlops = trial.Columns[PlanColumns.TrainFlops],
            InferenceFlops = trial.Columns[PlanColumns.InferenceFlops],
            WeightsBytes = trial.Census.WeightBytes(budget.Weights),
            KvCacheBytes = candidate.KvCacheBytes(trial),
            Training = candidate.Training(trial),
            RoundingLoss = result.RoundingLoss,
            Binding = result.Binding,
            OutsideRange = RangeCheck.OutsideColumns(request.Law, trial.Column),
            Rates = [.. rates.Select(r => RateOf(r.Law, r.Formula, trial))],
            Allocations = [.. allocations.Select(a => AllocationOf(a.Law, a.Formula, trial))],
        };
    }

    /// <summary>What the model of a plan is called: "joint-2025-e8-g1-d1600".</summary>
    public static string NameOf(ShapeFamily family, double experts, double granularity, double width) =>
        string.Create(CultureInfo.InvariantCulture, $"{family.Id}-e{experts}-g{granularity}-d{width:0}");

    private static Rate RateOf(Law law, CompiledFormula formula, Trial trial)
    {
        double value = formula.Evaluate(trial.Columns);
        Variable? n = law.SizeVariable;
        return new Rate(
            law.Id,
            law.Predicts == Predictions.LearningRate ? value : null,
            law.Predicts == Predictions.BatchTokens ? value : null,
            n?.Value(trial.Column),
            n?.Column ?? "",
            n is null ? ""
                : n.Meaning.Length > 0 ? n.Meaning
                : n.Column,
            RangeCheck.OutsideColumns(law, trial.Column)
        )
        {
            OtherModels = RangeCheck.NotCovered(law, trial.Column),
        };
    }

    // C = M·D: a law of either of tokens and FLOPs per token gives the other.
    private static Allocation AllocationOf(Law law, CompiledFormula formula, Trial trial)
    {
        double value = formula.Evaluate(trial.Columns);
        double other = trial.Columns[PlanColumns.TrainFlops] / value;
        (double tokens, double flopsPerToken) = law.Predicts == Predictions.Tokens ? (value, other) : (other, value);
        return new Allocation(law.Id, tokens, flopsPerToken, RangeCheck.OutsideColumns(law, trial.Column))
        {
            OtherModels = RangeCheck.NotCovered(law, trial.Column),
        };
    }

    private static SmallestModel Describe(Candidate candidate, Trial trial) =>
        new(
            trial.Model.ModelWidth,
            trial.Census.ActiveParams,
            trial.Census.TotalParams,
            trial.MemoryBytes,
            candidate.FlopsForOneToken.Value(trial)
        )
        {
            TrainingMemoryBytes = candidate.Training(trial)?.MostLoaded.TotalBytes,
            KvCacheBytes = candidate.KvCacheBytes(trial),
            SetupProblem = trial.IsBuilt ? candidate.SetupProblem(trial.Model) : null,
        };

    // The page tells of one of the candidates of which nothing fits; what helps any of those that cannot be built helps.
    private static FinerSizes FinerThan(PlanRequest request, BoundLaw bound, List<Misfit> misfits) =>
        FinerSizes.ForUnbuildable(
            request,
            bound,
            [.. misfits.Where(m => m.Broken.Contains(Limit.Buildable)).Select(m => (m.Experts, m.Granularity))]
        );
}
