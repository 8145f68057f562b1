using MoeScale.Models;

namespace MoeScale.Planning;

/// <summary>A candidate of which no size fits.</summary>
/// <param name="Experts">Its expansion rate.</param>
/// <param name="Granularity">Its granularity.</param>
/// <param name="Broken">
/// The limits that even its smallest model breaks, or else those that together leave nothing, of which the last one decides.
/// </param>
/// <param name="Smallest">Its smallest model; null if none can be built.</param>
public sealed record Misfit(double Experts, double Granularity, IReadOnlyList<Limit> Broken, SmallestModel? Smallest);

/// <summary>What the smallest model of a candidate needs.</summary>
public sealed record SmallestModel(double ModelWidth, double ActiveParams, double TotalParams, double MemoryBytes, double FlopsForOneToken)
{
    /// <summary>
    /// On the most loaded rank in training; null if that is not limited, or the layout of training does not suit the model.
    /// </summary>
    public double? TrainingMemoryBytes { get; init; }

    /// <summary>Of <see cref="MemoryBytes"/>, those of the KV cache.</summary>
    public double KvCacheBytes { get; init; }

    /// <summary>Why the layout of training does not suit the model; null if it does.</summary>
    public LayoutFault? SetupProblem { get; init; }
}
