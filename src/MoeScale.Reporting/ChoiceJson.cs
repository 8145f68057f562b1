using MoeScale.Planning;

namespace MoeScale.Reporting;

/// <summary>A configuration of a frontier: what changes along it.</summary>
public sealed record ChoiceJson(
    double Experts,
    double Granularity,
    double ActiveParams,
    double TotalParams,
    double Tokens,
    double Loss,
    double TrainFlops,
    double InferenceFlops,
    double MemoryBytes,
    IReadOnlyList<string> OutsideRange
)
{
    public static ChoiceJson Of(Configuration c) =>
        new(
            c.Experts,
            c.Granularity,
            c.ActiveParams,
            c.TotalParams,
            c.Tokens,
            c.Loss,
            c.TrainFlops,
            c.InferenceFlops,
            c.MemoryBytes,
            c.OutsideRange
        );
}
