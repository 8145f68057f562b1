namespace MoeScale.Planning;

/// <summary>The best size of one candidate, with what stopped it from being another.</summary>
/// <param name="Best">The best trial; null if no size fits.</param>
/// <param name="RoundingLoss">What it loses to the best continuous size, nats; 0 where that is the answer.</param>
/// <param name="Binding">The limits that keep the loss from falling further.</param>
/// <param name="Smallest">The smallest model that was considered, to tell what it would need; null if none can be built.</param>
/// <param name="Broken">The limits because of which nothing fits.</param>
internal sealed record SizeResult(
    Trial? Best,
    double RoundingLoss,
    IReadOnlyList<Limit> Binding,
    Trial? Smallest,
    IReadOnlyList<Limit> Broken
)
{
    /// <summary>
    /// Whether the loss falls with the size to the end of what is searched, where one token is left to train on, and no limit stops it.
    /// </summary>
    public bool IsEndless { get; init; }

    public static SizeResult Nothing(Trial? smallest, params IReadOnlyList<Limit> broken) => new(null, 0, [], smallest, broken);
}
