using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Models;

namespace MoeScale.Planning;

/// <summary>What to plan: a law, its shapes, a budget, and which candidates to weigh.</summary>
/// <param name="Law">A law that predicts loss.</param>
/// <param name="Family">The rule that turns sizes into models.</param>
/// <param name="Budget">What may be spent.</param>
public sealed record PlanRequest(Law Law, ShapeFamily Family, Budget Budget)
{
    /// <summary>The largest expansion rate or granularity that is weighed: no router has been built for more.</summary>
    public const double MaxChoice = 1e6;

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
        PlannableLaw.Require(law);
        ShapeFamily shapes =
            family is not null ? ShapeFamily.Open(family)
            : law.Family is not null ? ShapeFamily.Open(law.Family, law.Folder)
            : throw new UserException(
                $"'{law.Id}' names no shape family. Give one with {PlanSettings.Family}, such as {string.Join(" or ", ShapeFamily.Ids)}."
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
