namespace MoeScale.Charts;

/// <summary>The part of the number line that an axis shows.</summary>
/// <param name="Scale">How values are spread over it.</param>
/// <param name="Low">The value at its start.</param>
/// <param name="High">The value at its end, above <paramref name="Low"/>.</param>
internal sealed record AxisRange(Scale Scale, double Low, double High)
{
    // Room between the outermost points and the frame, as a share of their distance.
    private const double Margin = 0.04;

    // Values closer than this, relative to their size, count as one: tick labels would need more digits than can be read.
    private const double Narrowest = 1e-9;

    // Far above the smallest doubles, which have few digits left to place ticks with.
    private const double Shortest = 1e-290;

    /// <summary>The range that holds all values with a margin, or the ends that the axis itself names.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="values">Finite values, at least one.</param>
    /// <exception cref="ArgumentException">Values or ends that the axis cannot show.</exception>
    public static AxisRange Of(Axis axis, IEnumerable<double> values)
    {
        (double lowest, double highest) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (double value in values)
        {
            lowest = Math.Min(lowest, value);
            highest = Math.Max(highest, value);
        }
        if (axis.Scale == Scale.Log && lowest <= 0)
        {
            throw new ArgumentException($"axis '{axis.Label}' is logarithmic, but has a value of {lowest}; all must be above zero.");
        }
        (double low, double high) = Padded(axis.Scale, lowest, highest);
        AxisRange range = new(axis.Scale, axis.Low ?? low, axis.High ?? high);
        // Where one end is given, beyond all values, the other moves to make room.
        if (axis.High is null && range.Low >= range.High)
        {
            range = range with { High = Padded(axis.Scale, range.Low, range.Low).High };
        }
        if (axis.Low is null && range.Low >= range.High)
        {
            range = range with { Low = Padded(axis.Scale, range.High, range.High).Low };
        }
        double length = range.High - range.Low;
        bool drawable =
            double.IsFinite(length)
            && length > Math.Max(Shortest, Narrowest * Math.Max(Math.Abs(range.Low), Math.Abs(range.High)))
            && (axis.Scale == Scale.Linear || range.Low > 0);
        return drawable
            ? range
            : throw new ArgumentException(
                $"axis '{axis.Label}' would run from {range.Low} to {range.High}; the ends must be finite, the lower one first, more "
                    + $"than a part in a billion apart{(axis.Scale == Scale.Log ? ", both above zero" : "")}."
            );
    }

    /// <summary>Where a value lies: 0 at the start of the axis, 1 at its end, beyond them outside.</summary>
    public double Fraction(double value) =>
        Scale == Scale.Log ? Math.Log(value / Low) / Math.Log(High / Low) : (value - Low) / (High - Low);

    public bool Holds(double value) => value >= Low && value <= High;

    private static (double Low, double High) Padded(Scale scale, double low, double high)
    {
        bool one = high - low <= Narrowest * Math.Max(Math.Abs(low), Math.Abs(high));
        if (scale == Scale.Log)
        {
            double ratio = one ? 2 : Math.Pow(high / low, Margin);
            return (low / ratio, high * ratio);
        }
        double room = one ? Math.Max(Math.Abs(high) / 10, high == 0 ? 1 : 0) : Margin * (high - low);
        return (low - room, high + room);
    }
}
