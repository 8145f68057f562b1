using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Laws.Warnings;
using MoeScale.Models;

namespace MoeScale.Planning;

/// <summary>What to plan: a law, its shapes, a budget, and which candidates to weigh.</summary>
/// <param name="Law">A law that predicts loss.</param>
/// <param name="Family">The rule that turns sizes into models.</param>
/// <param name="Budget">What may be spent.</param>
public sealed record PlanRequest(Law Law, ShapeFamily Family, Budget Budget)
{
    /// <summary>Expansion rates to weigh; null for those that the law names.</summary>
    public IReadOnlyList<double>? Experts { get; init; }

    /// <summary>Granularities to weigh; null for those that the law names.</summary>
    public IReadOnlyList<double>? Granularities { get; init; }

    /// <summary>What widths of a buildable model are a multiple of.</summary>
    public double MultipleOf { get; init; } = 64;

    /// <summary>Treat sizes as continuous, as the papers do, instead of asking for models that can be built.</summary>
    public bool Continuous { get; init; }

    /// <summary>Leave out every model that is outside the range of the law's experiments.</summary>
    public bool InRange { get; init; }

    /// <summary>Among ties take the fewest experts.</summary>
    public bool PreferSimple { get; init; }

    /// <summary>Learning-rate and batch-size laws to evaluate for each configuration.</summary>
    public IReadOnlyList<Law> RateLaws { get; init; } = [];

    /// <summary>Laws of tokens or of FLOPs per token that give a second opinion on each configuration.</summary>
    public IReadOnlyList<Law> AllocationLaws { get; init; } = [];

    /// <summary>The same question, without what an answer shows beside the model: for asking it many times.</summary>
    internal PlanRequest Bare() => this with { RateLaws = [], AllocationLaws = [], Law = Law with { DensePartner = null }, IsBare = true };

    /// <summary>Whether the answer leaves out what it shows beside the model.</summary>
    internal bool IsBare { get; private init; }

    /// <summary>A request with the shape family, the rate laws and the allocation laws that the law names.</summary>
    /// <param name="law">A law that predicts loss.</param>
    /// <param name="budget">What may be spent.</param>
    /// <param name="family">Id or path of another shape family; null for the law's.</param>
    /// <exception cref="UserException">No plan follows from the law, or it names no family, or a file cannot be read.</exception>
    public static PlanRequest For(Law law, Budget budget, string? family = null)
    {
        BoundLaw.RequirePlannable(law);
        ShapeFamily shapes =
            family is not null ? ShapeFamily.Open(family)
            : law.Family is not null ? ShapeFamily.Open(law.Family, law.Folder)
            : throw new UserException(
                $"'{law.Id}' names no shape family. Give one with --family, such as {string.Join(" or ", ShapeFamily.Ids)}."
            );
        return new PlanRequest(law, shapes, budget)
        {
            RateLaws = Named(law, "rates", law.Rates, Predictions.LearningRate, Predictions.BatchTokens),
            AllocationLaws = Named(law, "allocations", law.Allocations, Predictions.Tokens, Predictions.FlopsPerToken),
        };
    }

    /// <summary>The laws that another names under a key, each of which predicts one of two things.</summary>
    private static Law[] Named(Law law, string key, IReadOnlyList<string> names, string one, string other)
    {
        Law[] laws = [.. names.Select(name => LawCatalog.Open(name, law.Folder))];
        return Array.Find(laws, l => l.Predicts != one && l.Predicts != other) is Law wrong
            ? throw new UserException(
                $"'{law.Id}' names '{wrong.Id}' under {key}, which predicts {wrong.Predicts}; a law under {key} predicts {one} or {other}."
            )
            : laws;
    }
}

/// <summary>A learning rate or batch size for a configuration.</summary>
/// <param name="Law">Id of the law.</param>
/// <param name="LearningRate">Peak learning rate, if the law gives one.</param>
/// <param name="BatchTokens">Global batch in tokens, if the law gives one.</param>
/// <param name="N">The parameters that the law counts, at this configuration; null if it has no N.</param>
/// <param name="NColumn">The column or formula that gives N; empty if it has no N.</param>
/// <param name="NConvention">What the law counts as N, in words; empty if it has no N.</param>
/// <param name="OutsideRange">Where the configuration leaves the law's experiments.</param>
public sealed record Rate(
    string Law,
    double? LearningRate,
    double? BatchTokens,
    double? N,
    string NColumn,
    string NConvention,
    IReadOnlyList<Excess> OutsideRange
)
{
    /// <summary>What makes the model another one than those that the law speaks of.</summary>
    public IReadOnlyList<Excess> OtherModels { get; init; } = [];
}

/// <summary>What an allocation law would make of the training FLOPs of a configuration.</summary>
/// <param name="Law">Id of the law.</param>
/// <param name="Tokens">Its training tokens.</param>
/// <param name="FlopsPerToken">Its training FLOPs for each token: the size of its model, in FLOPs. Tokens · FlopsPerToken are the training
/// FLOPs.</param>
/// <param name="OutsideRange">Where the configuration leaves the law's experiments.</param>
public sealed record Allocation(string Law, double Tokens, double FlopsPerToken, IReadOnlyList<Excess> OutsideRange)
{
    /// <inheritdoc cref="Rate.OtherModels"/>
    public IReadOnlyList<Excess> OtherModels { get; init; } = [];
}

/// <summary>Another candidate whose loss differs by less than the law's own error.</summary>
/// <param name="Experts">Its expansion rate.</param>
/// <param name="Granularity">Its granularity.</param>
/// <param name="LossDifference">Its loss minus this one's, nats.</param>
public sealed record Tie(double Experts, double Granularity, double LossDifference);

/// <summary>A model with its training run: one answer.</summary>
public sealed record Configuration
{
    public required Model Model { get; init; }

    public required double Experts { get; init; }

    public required double Granularity { get; init; }

    public required double ActiveParams { get; init; }

    public required double TotalParams { get; init; }

    public required double ActiveParamsNonEmbedding { get; init; }

    public required double TotalParamsNonEmbedding { get; init; }

    /// <summary>Training tokens.</summary>
    public required double Tokens { get; init; }

    /// <summary>Predicted loss, nats per token.</summary>
    public required double Loss { get; init; }

    public required double TrainFlops { get; init; }

    public required double InferenceFlops { get; init; }

    public required double WeightsBytes { get; init; }

    public required double KvCacheBytes { get; init; }

    public double MemoryBytes => WeightsBytes + KvCacheBytes;

    /// <summary>What each rank holds in training; null if its memory is not limited.</summary>
    public TrainingMemory? Training { get; init; }

    public double TokensPerActiveParam => Tokens / ActiveParams;

    /// <summary>FLOPs of training on one token.</summary>
    public double FlopsPerToken => TrainFlops / Tokens;

    /// <summary>What rounding to sizes that can be built costs, nats.</summary>
    public double RoundingLoss { get; init; }

    /// <summary>What keeps the loss from falling further: flops, memory, max_params, training_memory, max_tokens, range.</summary>
    public required IReadOnlyList<string> Binding { get; init; }

    public required IReadOnlyList<string> OutsideRange { get; init; }

    public required IReadOnlyList<Rate> Rates { get; init; }

    /// <summary>What other laws would spend the same training FLOPs on.</summary>
    public required IReadOnlyList<Allocation> Allocations { get; init; }

    public IReadOnlyList<Tie> Ties { get; init; } = [];
}

/// <summary>A candidate of which no size fits.</summary>
/// <param name="Experts">Its expansion rate.</param>
/// <param name="Granularity">Its granularity.</param>
/// <param name="Broken">The limits that even its smallest model breaks; "range" if no size is inside the law's range, "buildable" if none
/// between the limits can be built, "training_setup" if the layout of training suits none that can, "loss" if the law gives no finite
/// loss.</param>
/// <param name="Smallest">Its smallest model; null if none can be built.</param>
public sealed record Misfit(double Experts, double Granularity, IReadOnlyList<string> Broken, SmallestModel? Smallest);

/// <summary>What the smallest model of a candidate needs.</summary>
public sealed record SmallestModel(double ModelWidth, double ActiveParams, double TotalParams, double MemoryBytes, double FlopsForOneToken)
{
    /// <summary>
    /// On the most loaded rank in training; null if that is not limited, or the layout of training does not suit the model.
    /// </summary>
    public double? TrainingMemoryBytes { get; init; }

    /// <summary>Of <see cref="MemoryBytes"/>, those of the KV cache.</summary>
    public double KvCacheBytes { get; init; }

    /// <summary>Why the layout of training does not suit the model; null if it does.</summary>
    public string? SetupProblem { get; init; }
}

/// <summary>The answer to a <see cref="PlanRequest"/>.</summary>
/// <param name="Request">The question.</param>
/// <param name="Best">The best of all candidates; null if nothing fits.</param>
/// <param name="Candidates">The best of each candidate that fits, in the order of experts, then granularity.</param>
/// <param name="Misfits">The candidates of which nothing fits.</param>
/// <param name="DensePartner">The same budget under the law's dense partner; null if it has none.</param>
/// <param name="Warnings">What the reader must know before using the answer.</param>
public sealed record Plan(
    PlanRequest Request,
    Configuration? Best,
    IReadOnlyList<Configuration> Candidates,
    IReadOnlyList<Misfit> Misfits,
    Plan? DensePartner,
    IReadOnlyList<string> Warnings
)
{
    /// <summary>What a dense model would need for the loss of <see cref="Best"/>; null if that is dense, or the law cannot say.</summary>
    public DenseMatch? DenseMatch { get; init; }

    /// <summary>What smaller multiples would change where nothing can be built; null if something fits.</summary>
    public FinerSizes? Finer { get; init; }

    /// <summary>How sure the answer is; null if nothing fits or the law has no sample of its coefficients.</summary>
    public PlanIntervals? Intervals { get; init; }

    /// <summary>What the fit that gave the law warned of.</summary>
    public IReadOnlyList<FitWarning> FitWarnings => Request.IsBare ? [] : Request.Law.Fitted?.Warnings ?? [];
}
