namespace MoeScale.Laws.Fitting.Certainty;

/// <summary>How far residuals scatter where a few of them may lie anywhere.</summary>
internal static class RobustSpread
{
    /// <summary>The standard deviation of normal residuals over the median of their sizes: 1/Φ⁻¹(3/4).</summary>
    public const double DeviationOverMedian = 1.4826;
}
