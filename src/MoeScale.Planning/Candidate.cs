using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Models;

namespace MoeScale.Planning;

/// <summary>One expansion rate and granularity under a budget, with its size still open.</summary>
internal sealed class Candidate
{
    /// <summary>Sizes that are searched: from one channel or block up to more than <see cref="Budget.Largest"/> buy.</summary>
    public const double SmallestSize = 1;
    public const double LargestSize = 1e9;

    private readonly BoundLaw _law;
    private readonly LawOfChoice _choice;
    private readonly ShapeFamily _family;
    private readonly Budget _budget;
    private readonly double _multipleOf;
    private readonly bool _inRange;

    /// <param name="law">The law.</param>
    /// <param name="family">The shapes.</param>
    /// <param name="budget">The budget.</param>
    /// <param name="experts">E.</param>
    /// <param name="granularity">G.</param>
    /// <param name="multipleOf">What widths of a model that can be built must be a multiple of.</param>
    /// <param name="inRange">Whether leaving the range of the law's experiments is forbidden.</param>
    public Candidate(BoundLaw law, ShapeFamily family, Budget budget, double experts, double granularity, double multipleOf, bool inRange)
    {
        _law = law;
        _choice = law.At(experts, granularity);
        _family = family;
        _budget = budget;
        _multipleOf = multipleOf;
        Experts = experts;
        Granularity = granularity;
        FlopsForOneToken = new Bound(Limit.Flops, t => t.Columns[PlanColumns.InferenceFlops] + t.TrainFlopsPerToken, budget.Flops);
        _inRange = inRange;
        Bounds = [.. BoundsOfBudget(), .. inRange ? BoundsOfRange() : []];
    }

    /// <summary>Every candidate of a request, by expansion rate, then granularity.</summary>
    /// <exception cref="UserException">A choice that the law cannot speak of.</exception>
    public static IEnumerable<Candidate> All(PlanRequest request, BoundLaw law)
    {
        foreach (double experts in Choices.For(request.Law, "experts", request.Experts))
        {
            foreach (double granularity in Choices.For(request.Law, "granularity", request.Granularities))
            {
                yield return One(request, law, experts, granularity);
            }
        }
    }

    /// <summary>One candidate of a request.</summary>
    public static Candidate One(PlanRequest request, BoundLaw law, double experts, double granularity) =>
        new(law, request.Family, request.Budget, experts, granularity, request.MultipleOf, request.InRange);

    /// <summary>The same candidate under other coefficients of its law.</summary>
    public Candidate Under(BoundLaw law) => new(law, _family, _budget, Experts, Granularity, _multipleOf, _inRange);

    public double Experts { get; }

    public double Granularity { get; }

    /// <summary>The FLOPs must pay for all inference and at least one token of training.</summary>
    public Bound FlopsForOneToken { get; }

    /// <summary>Every other bound of a size.</summary>
    public IReadOnlyList<Bound> Bounds { get; }

    /// <summary>
    /// The value of a column, finite and above zero, that minimises the loss without limits, where a closed form gives it.
    /// </summary>
    public (int Column, double Value)? ClosedForm() =>
        _choice.ClosedForm is ClosedForm closed && closed.Best(_budget.Flops) is > 0 and < double.PositiveInfinity and double best
            ? (closed.Column, best)
            : null;

    /// <summary>The model at one size, trained on all tokens that FLOPs and data allow.</summary>
    public Trial At(double size) => At(size, Model(size), capped: true, built: false);

    /// <summary>The loss of a trial, also of one that was made under other coefficients of the law.</summary>
    public double LossOf(Trial trial) => _choice.Loss.Evaluate(trial.Columns);

    /// <summary>As <see cref="At(double)"/>, with data without end.</summary>
    public Trial AtWithoutTokenLimit(double size) => At(size, Model(size), capped: false, built: false);

    /// <summary>The first member of the family that can be built at or below a size (or above it); null if there is none near.</summary>
    /// <param name="size">Where to start.</param>
    /// <param name="upwards">Above the size rather than at or below it.</param>
    /// <param name="anySetup">Whether also members count that the training setup does not suit.</param>
    public Trial? Buildable(double size, bool upwards, bool anySetup = false)
    {
        // Granularity 256 cuts 4·d_model into experts whose width is a multiple of 64 at every 64th multiple of 64.
        const int furthest = 4096;
        double step = _family.Size == "d_model" ? _multipleOf : 1;
        double steps = Math.Floor(size / step) + (upwards ? 1 : 0);
        for (int tried = 0; tried < furthest && steps >= 1; tried++, steps += upwards ? 1 : -1)
        {
            Model model = Model(steps * step);
            if (Models.Buildable.WhyNot(model, _multipleOf) is null)
            {
                Model whole = Models.Buildable.Whole(model);
                if (anySetup || SetupProblem(whole) is null)
                {
                    return At(steps * step, whole, capped: true, built: true);
                }
            }
        }
        return null;
    }

    /// <summary>Whether memory of training is limited, and so its setup must suit a model.</summary>
    public bool HasSetup => _budget.TrainingMemoryBytes is not null;

    /// <summary>
    /// Why the training setup does not suit a model that can be built; null if it does, or memory of training is not limited.
    /// </summary>
    public LayoutFault? SetupProblem(Model model) => _budget.TrainingMemoryBytes is null ? null : _budget.TrainingSetup.WhyNot(model);

    /// <summary>What training a model needs; null if that is not limited, or its setup does not suit the model.</summary>
    public TrainingMemory? Training(Trial trial) =>
        _budget.TrainingMemoryBytes is null || (trial.IsBuilt && SetupProblem(trial.Model) is not null) ? null
        : trial.IsBuilt ? TrainingMemory.Of(trial.Census, _budget.TrainingSetup)
        : TrainingMemory.OfContinuous(trial.Census, _budget.TrainingSetup);

    /// <summary>Whether there are as many experts as a token uses; else it is no model, of whatever sizes.</summary>
    public bool IsModel => Model(CoveredModels.ExampleSize) is Model m && m.TopK <= m.ExpertCount * (1 + 1e-9);

    /// <summary>Bytes of the keys and values of all sequences.</summary>
    public double KvCacheBytes(Trial trial) => trial.Census.KvCacheBytes(_budget.KvTokens, _budget.Kv, _budget.Sequences);

    private Model Model(double size) => _family.Model(size, Experts, Granularity);

    // Tokens are whole in what can be built, but not while sizes are searched: a step in the loss has no slope.
    private Trial At(double size, Model model, bool capped, bool built)
    {
        Census census = Census.Of(model);
        double[] columns = new double[PlanColumns.Names.Count];
        PlanColumns.Fill(model, census, columns);
        columns[PlanColumns.UniqueTokens] = _budget.UniqueTokens ?? double.PositiveInfinity;
        columns[PlanColumns.InferenceTokens] = _budget.InferenceTokens;
        double inferenceFlops = _law.InferenceFlops(columns);
        double flopsPerToken = _law.TrainFlopsPerToken(columns);
        double affordable = (_budget.Flops - inferenceFlops) / flopsPerToken;
        (double cap, Limit capLimit) = TokenCap(census);
        double tokens = capped ? Math.Min(affordable, cap) : affordable;
        if (built && tokens > 1)
        {
            tokens = Math.Floor(tokens);
        }
        columns[PlanColumns.Tokens] = tokens;
        columns[PlanColumns.TrainFlops] = flopsPerToken * tokens;
        columns[PlanColumns.InferenceFlops] = inferenceFlops;
        double memory = census.WeightBytes(_budget.Weights) + census.KvCacheBytes(_budget.KvTokens, _budget.Kv, _budget.Sequences);
        return new Trial(
            size,
            model,
            census,
            columns,
            flopsPerToken,
            affordable,
            cap,
            capLimit,
            _choice.Loss.Evaluate(columns),
            memory,
            built
        );
    }

    // Fewer tokens than the FLOPs pay for can always be trained on, so upper bounds of tokens cap them and exclude no size.
    private (double Tokens, Limit Limit) TokenCap(Census census)
    {
        (double Tokens, Limit Limit) cap = (_budget.MaxTokens ?? double.PositiveInfinity, Limit.MaxTokens);
        if (_inRange)
        {
            double range = Math.Min(UpperEnd("tokens"), UpperEnd(RangeCheck.TokensPerActiveParam) * census.ActiveParams);
            cap = range < cap.Tokens ? (range, Limit.Range) : cap;
        }
        return cap;
    }

    private double UpperEnd(string column) =>
        _law.Law.Range.TryGetValue(column, out Interval? range) ? range.High : double.PositiveInfinity;

    private IEnumerable<Bound> BoundsOfBudget()
    {
        if (_budget.MemoryBytes is double memory)
        {
            yield return new Bound(Limit.Memory, t => t.MemoryBytes, _budget.MemoryHeadroom.Within(memory));
        }
        if (_budget.MaxTotalParams is double maxParams)
        {
            yield return new Bound(Limit.MaxParams, t => t.Census.TotalParams, maxParams);
        }
        if (_budget.TrainingMemoryBytes is double training)
        {
            _budget.TrainingSetup.RequireConsistent();
            double usable = _budget.TrainingHeadroom.Within(training);
            yield return new Bound(Limit.TrainingMemory, t => Training(t)?.MostLoaded.TotalBytes ?? double.PositiveInfinity, usable);
        }
    }

    private IEnumerable<Bound> BoundsOfRange()
    {
        foreach ((string column, Interval range) in _law.Law.Range)
        {
            Variable measure = _law.Law.Measure(column);
            double Value(Trial t) => measure.Value(t.Column)!.Value;
            if (column is not ("tokens" or RangeCheck.TokensPerActiveParam) && double.IsFinite(range.High))
            {
                yield return new Bound(Limit.Range, Value, range.High);
            }
            // Columns are never below zero, letters of a formula may be.
            if (range.Low > 0 || (PlanColumns.Index(column) < 0 && column != RangeCheck.TokensPerActiveParam))
            {
                yield return new Bound(Limit.Range, Value, range.Low, IsUpper: false);
            }
        }
    }
}
