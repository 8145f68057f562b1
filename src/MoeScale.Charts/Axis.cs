namespace MoeScale.Charts;

/// <summary>How values are spread over an axis.</summary>
public enum Scale
{
    Linear,

    /// <summary>Equal ratios at equal distances; every value must be above zero.</summary>
    Log,
}

/// <summary>One axis of a chart.</summary>
/// <param name="Label">What it measures, with the unit: "training compute (FLOPs)".</param>
/// <param name="Scale">How values are spread.</param>
public sealed record Axis(string Label, Scale Scale = Scale.Linear)
{
    /// <summary>The lower end; null for a little less than the lowest value. Lines are cut at the ends.</summary>
    public double? Low { get; init; }

    /// <summary>The upper end; null for a little more than the highest value.</summary>
    public double? High { get; init; }

    /// <summary>Where to put ticks, such as 1, 2, 4, 8 for numbers of experts; null for round numbers.</summary>
    public IReadOnlyList<double>? Ticks { get; init; }
}
