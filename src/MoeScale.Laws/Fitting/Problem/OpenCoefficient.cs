namespace MoeScale.Laws.Fitting.Problem;

/// <summary>One coefficient of a law to be fitted.</summary>
/// <param name="Name">Its name in the formula.</param>
public sealed record OpenCoefficient(string Name)
{
    /// <summary>A value near which a search may begin, such as the published one; null where none is known.</summary>
    public double? Hint { get; init; }

    public Sign Sign { get; init; }

    /// <summary>The least value allowed; null for none beside the sign.</summary>
    public double? Low { get; init; }

    /// <summary>The largest value allowed; null for none beside the sign.</summary>
    public double? High { get; init; }

    /// <summary>The value at which it is held; null if it is free.</summary>
    public double? Held { get; init; }

    /// <summary>The coefficient that it follows; null if none.</summary>
    public string? TiedTo { get; init; }
}
