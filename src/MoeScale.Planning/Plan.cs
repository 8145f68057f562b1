namespace MoeScale.Planning;

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
    IReadOnlyList<PlanWarning> Warnings
)
{
    /// <summary>What the fit that gave the law warned of; nothing where no fit gave it.</summary>
    public IReadOnlyList<PlanWarning> FitWarnings { get; init; } = [];

    /// <summary>What a dense model would need for the loss of <see cref="Best"/>; null if that is dense, or the law cannot say.</summary>
    public DenseMatch? DenseMatch { get; init; }

    /// <summary>What smaller multiples would change where nothing can be built; null if something fits.</summary>
    public FinerSizes? Finer { get; init; }

    /// <summary>How sure the answer is; null if nothing fits or the law has no sample of its coefficients.</summary>
    public PlanIntervals? Intervals { get; init; }
}
