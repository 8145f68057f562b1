using MoeScale.Laws;
using MoeScale.Models;

namespace MoeScale.Planning;

/// <summary>A model with its training run: one answer.</summary>
public sealed record Configuration
{
    public required Model Model { get; init; }

    public required double Experts { get; init; }

    public required double Granularity { get; init; }

    public required double ActiveParams { get; init; }

    public required double TotalParams { get; init; }

    public required double ActiveParamsNonEmbedding { get; init; }

    public required double TotalParamsNonEmbedding { get; init; }

    /// <summary>Training tokens.</summary>
    public required double Tokens { get; init; }

    /// <summary>Predicted loss, nats per token.</summary>
    public required double Loss { get; init; }

    public required double TrainFlops { get; init; }

    public required double InferenceFlops { get; init; }

    public required double WeightsBytes { get; init; }

    public required double KvCacheBytes { get; init; }

    public double MemoryBytes => WeightsBytes + KvCacheBytes;

    /// <summary>What each rank holds in training; null if its memory is not limited.</summary>
    public TrainingMemory? Training { get; init; }

    public double TokensPerActiveParam => Tokens / ActiveParams;

    /// <summary>FLOPs of training on one token.</summary>
    public double FlopsPerToken => TrainFlops / Tokens;

    /// <summary>What rounding to sizes that can be built costs, nats.</summary>
    public double RoundingLoss { get; init; }

    /// <summary>What keeps the loss from falling further.</summary>
    public required IReadOnlyList<Limit> Binding { get; init; }

    /// <summary>Where it leaves the experiments of its law.</summary>
    public required IReadOnlyList<Excess> OutsideRange { get; init; }

    public required IReadOnlyList<Rate> Rates { get; init; }

    /// <summary>What other laws would spend the same training FLOPs on.</summary>
    public required IReadOnlyList<Allocation> Allocations { get; init; }

    public IReadOnlyList<Tie> Ties { get; init; } = [];
}

/// <summary>Another candidate whose loss differs by less than the law's own error.</summary>
/// <param name="Experts">Its expansion rate.</param>
/// <param name="Granularity">Its granularity.</param>
/// <param name="LossDifference">Its loss minus this one's, nats.</param>
public sealed record Tie(double Experts, double Granularity, double LossDifference);
