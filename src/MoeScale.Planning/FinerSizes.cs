using MoeScale.Models;

namespace MoeScale.Planning;

/// <summary>
/// Whether finer sizes than those of a request would help, found by trying them: it may be whole blocks and heads that make sizes coarse.
/// </summary>
/// <param name="MultipleOf">What widths must be a multiple of then; null where no smaller multiple helps.</param>
/// <param name="Helped">How many of the choices it helps.</param>
public sealed record FinerSizes(double? MultipleOf, int Helped)
{
    /// <summary>Whether continuous sizes would help any of the choices.</summary>
    public bool ContinuousHelps { get; private init; }

    /// <summary>Why no width, however fine, makes a model of a choice that neither helps; null where one of the two does.</summary>
    public BuildFault? Reason { get; private init; }

    /// <summary>What helps choices that cannot be built.</summary>
    /// <inheritdoc cref="For"/>
    internal static FinerSizes ForUnbuildable(
        PlanRequest request,
        BoundLaw law,
        IReadOnlyCollection<(double Experts, double Granularity)> choices
    )
    {
        bool Fits((double E, double G) c) => SizeSearch.Solve(Candidate.One(request, law, c.E, c.G), continuous: true).Best is not null;
        FinerSizes finer = For(request, law, choices) with { ContinuousHelps = choices.Any(Fits) };
        if (finer.MultipleOf is not null || finer.ContinuousHelps || choices.Count == 0)
        {
            return finer;
        }
        IEnumerable<Model> models = choices.Select(c => request.Family.Model(CoveredModels.ExampleSize, c.Experts, c.Granularity));
        return finer with { Reason = models.Select(m => Buildable.WhyNot(m, multipleOf: 1)).OfType<BuildFault>().FirstOrDefault() };
    }

    /// <summary>The largest multiple below that of a request that helps most of some choices.</summary>
    /// <param name="request">The question.</param>
    /// <param name="law">Its law.</param>
    /// <param name="choices">Expansion rate and granularity of candidates that lose too much to rounding, or that cannot be built.</param>
    internal static FinerSizes For(PlanRequest request, BoundLaw law, IReadOnlyCollection<(double Experts, double Granularity)> choices)
    {
        FinerSizes best = new(null, 0);
        foreach (double multiple in Smaller(request.MultipleOf))
        {
            int helped = choices.Count(c => Helps(request with { MultipleOf = multiple }, law, c.Experts, c.Granularity));
            if (helped > best.Helped)
            {
                best = new FinerSizes(multiple, helped);
            }
            if (helped == choices.Count)
            {
                break;
            }
        }
        return best;
    }

    private static bool Helps(PlanRequest request, BoundLaw law, double experts, double granularity)
    {
        SizeResult result = SizeSearch.Solve(Candidate.One(request, law, experts, granularity), continuous: false);
        return result.Best is not null && !(result.RoundingLoss > request.Law.Error);
    }

    private static IEnumerable<double> Smaller(double multiple)
    {
        for (double half = multiple / 2; half > 1 && half == Math.Floor(half); half /= 2)
        {
            yield return half;
        }
        if (multiple > 1)
        {
            yield return 1;
        }
    }
}
