namespace MoeScale.Planning;

/// <summary>The sizes of a candidate that keep every limit, which no coefficient of its law moves.</summary>
internal sealed class Sizes
{
    private const int ScanPoints = 48;

    // Far above the accuracy of the search.
    private const double AtEnd = 1e-6;

    private readonly Lazy<Trial[]> _above;
    private readonly Lazy<Trial[]> _below;
    private readonly bool _isOpenBelow;
    private readonly bool _isOpenAbove;
    private readonly double _tokensAtHigh;

    /// <param name="candidate">The candidate.</param>
    /// <param name="low">The smallest size.</param>
    /// <param name="dataSuffice">From here on the data last as long as the FLOPs.</param>
    /// <param name="high">The largest size.</param>
    /// <param name="searched">The largest size of the search, before any limit but the FLOPs.</param>
    public Sizes(Candidate candidate, double low, double dataSuffice, double high, double searched)
    {
        (Low, DataSuffice, High) = (low, dataSuffice, high);
        _isOpenBelow = low == Candidate.SmallestSize;
        _isOpenAbove = high == searched;
        _tokensAtHigh = candidate.At(high).AffordableTokens;
        _above = new(() => Scan(candidate.AtWithoutTokenLimit, dataSuffice, high));
        _below = new(() => Scan(candidate.At, low, dataSuffice));
    }

    public double Low { get; }

    public double DataSuffice { get; }

    public double High { get; }

    /// <summary>
    /// Trials evenly spaced in the logarithm over the sizes from <see cref="DataSuffice"/> on; their losses are those of the candidate's
    /// own coefficients.
    /// </summary>
    public Trial[] Above => _above.Value;

    /// <summary>The same over the sizes below.</summary>
    public Trial[] Below => _below.Value;

    /// <summary>
    /// Whether the loss falls with the size to the upper end of what is searched and no limit set that end: the law has
    /// no best size. Where data or inference set it, more tokens are left than at the end itself.
    /// </summary>
    public bool IsUpperEnd(Trial t) =>
        _isOpenAbove
        && t.Size >= High * (1 - AtEnd)
        && t.AffordableTokens <= Math.Min(t.TokenCap, t.Columns[PlanColumns.UniqueTokens])
        && t.AffordableTokens <= 2 * _tokensAtHigh;

    /// <summary>The same for either end.</summary>
    public bool IsEnd(Trial t) => IsUpperEnd(t) || (_isOpenBelow && DataSuffice <= Low && t.Size <= Low * (1 + AtEnd));

    private static Trial[] Scan(Func<double, Trial> at, double low, double high) =>
        [.. Enumerable.Range(0, ScanPoints).Select(i => at(Math.Exp(Math.Log(low) + (Math.Log(high / low) * i / (ScanPoints - 1)))))];
}
