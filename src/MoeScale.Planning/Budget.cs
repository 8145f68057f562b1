using MoeScale.Models;

namespace MoeScale.Planning;

/// <summary>What may be spent on a model, and what it must fit into.</summary>
public sealed record Budget
{
    /// <summary>The largest number that a budget may hold, far beyond all machines: FLOPs, tokens and parameters alike.</summary>
    public const double Largest = 1e40;

    /// <summary>FLOPs of training, and of inference where <see cref="InferenceTokens"/> is above zero.</summary>
    public required double Flops { get; init; }

    /// <summary>Tokens that the trained model will process, over its life.</summary>
    public double InferenceTokens { get; init; }

    /// <summary>Bytes for weights and KV cache; null for no limit.</summary>
    public double? MemoryBytes { get; init; }

    /// <summary>What of <see cref="MemoryBytes"/> stays free. Nothing unless told otherwise, as the papers count.</summary>
    public Headroom MemoryHeadroom { get; init; } = Headroom.None;

    /// <summary>Tokens in the KV cache, over all sequences.</summary>
    public double KvTokens { get; init; }

    /// <summary>Sequences that are served together and share <see cref="KvTokens"/> equally, at least 1.</summary>
    public double Sequences { get; init; } = 1;

    /// <summary>Cached tokens of each sequence.</summary>
    public double ContextTokens => KvTokens / Sequences;

    /// <summary>Limit of N_total; null for none.</summary>
    public double? MaxTotalParams { get; init; }

    /// <summary>Limit of the training tokens; null for none.</summary>
    public double? MaxTokens { get; init; }

    /// <summary>
    /// Different tokens that there are: training on more repeats them, and a repeated token is worth less than a new one.
    /// Null where every token is new.
    /// </summary>
    public double? UniqueTokens { get; init; }

    /// <summary>Bytes of training on the most loaded rank of <see cref="TrainingSetup"/>; null for no limit.</summary>
    public double? TrainingMemoryBytes { get; init; }

    /// <summary>What of <see cref="TrainingMemoryBytes"/> stays free, for what the count of a rank leaves out.</summary>
    public Headroom TrainingHeadroom { get; init; } = Headroom.OfTraining;

    /// <summary>The layout of training, of meaning only beside <see cref="TrainingMemoryBytes"/>.</summary>
    public TrainingSetup TrainingSetup { get; init; } = new();

    /// <summary>How weights are stored.</summary>
    public NumberType Weights { get; init; } = NumberType.Bf16;

    /// <summary>How cached keys and values are stored.</summary>
    public NumberType Kv { get; init; } = NumberType.Bf16;
}
