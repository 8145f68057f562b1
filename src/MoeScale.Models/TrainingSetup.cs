using MoeScale.Basics;

namespace MoeScale.Models;

/// <summary>In which numbers AdamW trains.</summary>
public enum TrainingPrecision
{
    /// <summary>
    /// Weights and activations in 16 bits; gradients, a master copy of the weights and both moments in fp32: 18 bytes a parameter.
    /// </summary>
    Mixed,

    /// <summary>Everything in fp32: 16 bytes a parameter.</summary>
    Fp32,
}

/// <summary>Which activations the backward pass computes again instead of keeping them, from the least to the most.</summary>
public enum Recomputation
{
    None,

    /// <summary>What grows with the square of the sequence: attention's probabilities.</summary>
    Selective,

    /// <summary>Everything but the input of each block.</summary>
    Full,
}

/// <summary>How a training step is laid out over ranks. Ranks in all: data · tensor · pipeline.</summary>
public sealed record TrainingSetup
{
    /// <summary>More stages than any model has blocks.</summary>
    private const int MaxStages = 1000;

    /// <summary>b, sequences that one data-parallel rank processes at a time.</summary>
    public int SequencesPerMicroBatch { get; init; } = 1;

    /// <summary>s, tokens in a sequence; null for the model's context.</summary>
    public int? SequenceLength { get; init; }

    public int DataParallel { get; init; } = 1;

    public int TensorParallel { get; init; } = 1;

    public int PipelineParallel { get; init; } = 1;

    /// <summary>
    /// Groups that the experts of a layer are dealt out to. Its ranks are taken from the data and tensor ranks; nothing to a dense model.
    /// </summary>
    public int ExpertParallel { get; init; } = 1;

    /// <summary>Ranks that one expert is cut over; null for as many as <see cref="TensorParallel"/>.</summary>
    public int? ExpertTensorParallel { get; init; }

    /// <summary>
    /// What data ranks divide among themselves: 1 the optimizer's states, 2 also the gradients, 3 also the weights.
    /// Rajbhandari et al. 2019 (arXiv 1910.02054).
    /// </summary>
    public int Zero { get; init; }

    public TrainingPrecision Precision { get; init; }

    public Recomputation Recomputation { get; init; }

    /// <summary>Attention's probabilities never reach memory (FlashAttention, arXiv 2205.14135).</summary>
    public bool FusedAttention { get; init; }

    /// <summary>Dropout on attention's probabilities, on both residual branches and on the embedding.</summary>
    public bool Dropout { get; init; }

    /// <summary>Whether tensor-parallel ranks also divide, along the sequence, the activations between their matrices.</summary>
    public bool SequenceParallel { get; init; } = true;

    /// <summary>Blocks of each pipeline stage; null for as even as possible, the first stages taking the remainder.</summary>
    public IReadOnlyList<int>? StageBlocks { get; init; }

    /// <summary>Micro-batches of a step; null for enough to fill the pipeline.</summary>
    public int? MicroBatches { get; init; }

    /// <summary><see cref="ExpertTensorParallel"/> as it counts.</summary>
    public int ExpertTensorRanks => ExpertTensorParallel ?? TensorParallel;

    /// <summary>Ranks that hold the same part of the same experts: those that expert parallelism leaves of data and tensor ranks.</summary>
    public double ExpertDataRanks => (double)DataParallel * TensorParallel / ExpertTensorRanks / ExpertParallel;

    /// <summary>Ranks that divide what stands between the matrices, along the sequence.</summary>
    public int SequenceRanks => SequenceParallel ? TensorParallel : 1;

    /// <summary>Why no model can be trained so, or null.</summary>
    public string? WhyNot()
    {
        ReadOnlySpan<(string Name, int? Value)> counts =
        [
            ("sequences_per_micro_batch", SequencesPerMicroBatch),
            ("sequence_length", SequenceLength),
            ("data_parallel", DataParallel),
            ("tensor_parallel", TensorParallel),
            ("pipeline_parallel", PipelineParallel),
            ("expert_parallel", ExpertParallel),
            ("expert_tensor_parallel", ExpertTensorParallel),
            ("micro_batches", MicroBatches),
        ];
        foreach ((string name, int? value) in counts)
        {
            if (value < 1)
            {
                return $"{name} {value} must be at least 1";
            }
        }
        return PipelineParallel > MaxStages ? $"pipeline_parallel {PipelineParallel} is more than {MaxStages} stages"
            : Zero is < 0 or > 3 ? $"zero {Zero} must be 0, 1, 2 or 3"
            : StageBlocks is not null && StageBlocks.Count != PipelineParallel
                ? $"stage_blocks has {StageBlocks.Count} stages, but pipeline_parallel is {PipelineParallel}"
            : StageBlocks?.Any(b => b < 1) == true ? $"stage_blocks {string.Join(",", StageBlocks)} must be at least 1 each"
            : ExpertDataRanks % 1 != 0
                ? $"expert_parallel {ExpertParallel} times expert_tensor_parallel {ExpertTensorRanks}{(ExpertTensorParallel is null && TensorParallel > 1 ? " (that of tensor_parallel, unless given)" : "")} does not divide data_parallel {DataParallel} times tensor_parallel {TensorParallel}; change one of them"
            // Without it every tensor rank holds all tokens, and experts cut otherwise would process them several times.
            : ExpertTensorRanks != TensorParallel && SequenceRanks != TensorParallel
                ? $"expert_tensor_parallel {ExpertTensorRanks} beside tensor_parallel {TensorParallel} needs sequence parallelism"
            : null;
    }

    /// <summary>
    /// Why a model that can be built cannot be trained so, or null. What does not depend on the model's size comes first.
    /// </summary>
    public string? WhyNot(Model m) => WhyNot() ?? WrongExperts(m) ?? WrongSequence(m) ?? WrongWidths(m) ?? WrongStages(m);

    /// <exception cref="UserException">No model can be trained so.</exception>
    public void RequireConsistent()
    {
        if (WhyNot() is string reason)
        {
            throw new UserException($"no model can be trained so: {reason}.");
        }
    }

    /// <summary>Tokens in a sequence of this model.</summary>
    public double SequenceOf(Model m) => SequenceLength ?? m.Context;

    // Without experts, the ranks that would share them out are data ranks like all others.
    private string? WrongExperts(Model m) =>
        m.IsDense ? null : NotDivided("expert_parallel", ExpertParallel, "expert_count", m.ExpertCount);

    private string? WrongSequence(Model m) =>
        m.Positions == Positions.Learned && SequenceOf(m) > m.Context
            ? $"sequence_length {SequenceOf(m)} is above the context of {m.Context} learned positions"
            : NotDivided("tensor_parallel", SequenceRanks, "sequence_length", SequenceOf(m));

    private string? WrongWidths(Model m) =>
        NotDivided("tensor_parallel", TensorParallel, "n_heads", m.Heads)
        // Beyond one KV head a rank, several ranks hold the same one.
        ?? (
            TensorParallel > m.KvHeads && TensorParallel % m.KvHeads != 0
                ? $"tensor_parallel {TensorParallel} is not a multiple of n_kv_heads {m.KvHeads}"
                : null
        )
        ?? (TensorParallel <= m.KvHeads ? NotDivided("tensor_parallel", TensorParallel, "n_kv_heads", m.KvHeads) : null)
        ?? (m.DenseBlocks > 0 ? NotDivided("tensor_parallel", TensorParallel, "d_ff", m.FeedForwardWidth) : null)
        ?? (
            m.IsDense
                ? null
                : NotDivided(
                    ExpertTensorParallel is null ? "tensor_parallel" : "expert_tensor_parallel",
                    ExpertTensorRanks,
                    "d_expert",
                    m.ExpertWidth
                )
        )
        ?? NotDivided("tensor_parallel", TensorParallel, "d_shared", m.SharedWidth);

    private string? WrongStages(Model m) =>
        m.Blocks != Math.Floor(m.Blocks) ? $"n_blocks {m.Blocks} is not a whole number"
        : PipelineParallel > m.Blocks ? $"pipeline_parallel {PipelineParallel} is above n_blocks {m.Blocks}"
        : StageBlocks is not null && StageBlocks.Sum() != m.Blocks
            ? $"stage_blocks add up to {StageBlocks.Sum()}, but n_blocks is {m.Blocks}"
        : null;

    private static string? NotDivided(string name, int ranks, string size, double value) =>
        value % ranks == 0 ? null : $"{name} {ranks} does not divide {size} {value}";
}
