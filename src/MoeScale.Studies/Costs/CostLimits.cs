namespace MoeScale.Studies.Costs;

/// <summary>What the runs of a study may cost together, as it was asked for.</summary>
/// <param name="Flops">Of training; null for no such limit.</param>
/// <param name="Seconds">On this machine; null for no such limit.</param>
public sealed record CostLimits(double? Flops, double? Seconds)
{
    private const double SecondsPerHour = 3600;

    /// <summary>Hours on this machine; null for no such limit.</summary>
    public static CostLimits OfHours(double? flops, double? hours) => new(flops, hours * SecondsPerHour);

    /// <summary>As the command line says it.</summary>
    public override string ToString() =>
        string.Join(
            " and ",
            (string[])
                [
                    .. Flops is double flops ? [FormattableString.Invariant($"--max-flops {flops:0.######e0}")] : (string[])[],
                    .. Seconds is double seconds
                        ? [FormattableString.Invariant($"--max-hours {seconds / SecondsPerHour:0.######}")]
                        : (string[])[],
                ]
        );
}
