using MoeScale.Basics;

namespace MoeScale.Studies.Costs;

/// <summary>What the runs of a study may cost together, as it was asked for.</summary>
/// <param name="Flops">Of training; null for no such limit.</param>
/// <param name="Seconds">On this machine; null for no such limit.</param>
public sealed record CostLimits(double? Flops, double? Seconds)
{
    /// <summary>The limit of FLOPs, where it is given.</summary>
    public static readonly Setting MaxFlops = new("study", "max_flops");

    /// <summary>The limit of hours, where it is given.</summary>
    public static readonly Setting MaxHours = new("study", "max_hours");

    private const double SecondsPerHour = 3600;

    /// <summary>Hours on this machine; null for no such limit.</summary>
    public static CostLimits OfHours(double? flops, double? hours) => new(flops, hours * SecondsPerHour);

    /// <summary>As whoever asks gives them.</summary>
    public Phrase ToPhrase()
    {
        List<Phrase> limits = [];
        if (Flops is double flops)
        {
            limits.Add($"{MaxFlops.To($"{flops:0.######e0}")}");
        }
        if (Seconds is double seconds)
        {
            limits.Add($"{MaxHours.To($"{seconds / SecondsPerHour:0.######}")}");
        }
        return Phrase.Join(" and ", limits);
    }
}
