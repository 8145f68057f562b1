using MoeScale.Models;
using MoeScale.Planning;

namespace MoeScale.Reporting;

/// <summary>What a plan may spend.</summary>
public sealed record BudgetJson
{
    public required double Flops { get; init; }

    public required double InferenceTokens { get; init; }

    public required double? MemoryBytes { get; init; }

    public required double KvTokens { get; init; }

    public required double? MaxTotalParams { get; init; }

    public required double? MaxTokens { get; init; }

    public required double? UniqueTokens { get; init; }

    public required double? TrainingMemoryBytes { get; init; }

    public required string Weights { get; init; }

    public required string Kv { get; init; }

    public required double Sequences { get; init; }

    public required double ContextTokens { get; init; }

    public required double? MemoryHeadroomBytes { get; init; }

    public required double? TrainingHeadroomBytes { get; init; }

    public static BudgetJson Of(Budget b) =>
        new()
        {
            Flops = b.Flops,
            InferenceTokens = b.InferenceTokens,
            MemoryBytes = b.MemoryBytes,
            KvTokens = b.KvTokens,
            MaxTotalParams = b.MaxTotalParams,
            MaxTokens = b.MaxTokens,
            UniqueTokens = b.UniqueTokens,
            TrainingMemoryBytes = b.TrainingMemoryBytes,
            Weights = b.Weights.Name(),
            Kv = b.Kv.Name(),
            Sequences = b.Sequences,
            ContextTokens = b.ContextTokens,
            MemoryHeadroomBytes = b.MemoryBytes is double memory ? b.MemoryHeadroom.Of(memory) : null,
            TrainingHeadroomBytes = b.TrainingMemoryBytes is double training ? b.TrainingHeadroom.Of(training) : null,
        };
}
