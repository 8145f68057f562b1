using MoeScale.Laws;
using MoeScale.Planning;

namespace MoeScale.Reporting;

/// <summary>How sure a plan is. A pair is the two ends of an interval, null where no draw has an answer.</summary>
public sealed record IntervalsJson(
    double Level,
    int Draws,
    int Failed,
    double[]? ActiveParams,
    double[]? Tokens,
    double[]? Loss,
    IReadOnlyList<ChoiceShareJson> Choices,
    ChosenIntervalsJson Chosen
)
{
    public static IntervalsJson Of(PlanIntervals i) =>
        new(
            i.Level,
            i.Draws,
            i.Failed,
            Ends(i.Best.ActiveParams),
            Ends(i.Best.Tokens),
            Ends(i.Best.Loss),
            [.. i.Choices.Select(c => new ChoiceShareJson(c.Experts, c.Granularity, c.Share))],
            new ChosenIntervalsJson(i.Chosen.Draws, Ends(i.Chosen.ActiveParams), Ends(i.Chosen.Tokens), Ends(i.Chosen.Loss))
        );

    private static double[]? Ends(Interval? interval) => interval is null ? null : [interval.Low, interval.High];
}

public sealed record ChoiceShareJson(double Experts, double Granularity, double Share);

public sealed record ChosenIntervalsJson(int Draws, double[]? ActiveParams, double[]? Tokens, double[]? Loss);
