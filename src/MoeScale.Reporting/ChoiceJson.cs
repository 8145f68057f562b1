using MoeScale.Planning;

namespace MoeScale.Reporting;

/// <summary>A configuration of a frontier: what changes along it.</summary>
public sealed record ChoiceJson
{
    public required double Experts { get; init; }

    public required double Granularity { get; init; }

    public required double ActiveParams { get; init; }

    public required double TotalParams { get; init; }

    public required double Tokens { get; init; }

    public required double Loss { get; init; }

    public required double TrainFlops { get; init; }

    public required double InferenceFlops { get; init; }

    public required double MemoryBytes { get; init; }

    public required IReadOnlyList<string> OutsideRange { get; init; }

    public static ChoiceJson Of(Configuration c) =>
        new()
        {
            Experts = c.Experts,
            Granularity = c.Granularity,
            ActiveParams = c.ActiveParams,
            TotalParams = c.TotalParams,
            Tokens = c.Tokens,
            Loss = c.Loss,
            TrainFlops = c.TrainFlops,
            InferenceFlops = c.InferenceFlops,
            MemoryBytes = c.MemoryBytes,
            OutsideRange = [.. c.OutsideRange.Select(e => e.InWords())],
        };
}
