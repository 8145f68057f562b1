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

    /// <summary>Blocks of each pipeline stage, whether given or not.</summary>
    /// <param name="m">A model that the layout suits.</param>
    public IReadOnlyList<int> BlocksPerStage(Model m) =>
        [.. Enumerable.Range(0, PipelineParallel).Select(s => (int)PipelineStages.Blocks(m, this, s, continuous: false))];

    /// <summary>Micro-batches of a step; null for enough to fill the pipeline.</summary>
    public int? MicroBatches { get; init; }

    /// <summary><see cref="ExpertTensorParallel"/> as it counts.</summary>
    public int ExpertTensorRanks => ExpertTensorParallel ?? TensorParallel;

    /// <summary>Ranks that hold the same part of the same experts: those that expert parallelism leaves of data and tensor ranks.</summary>
    public double ExpertDataRanks => (double)DataParallel * TensorParallel / ExpertTensorRanks / ExpertParallel;

    /// <summary>Ranks that divide what stands between the matrices, along the sequence.</summary>
    public int SequenceRanks => SequenceParallel ? TensorParallel : 1;

    /// <summary>Why no model can be trained so; null if one can.</summary>
    public LayoutFault? WhyNot() => WrongCount() ?? WrongStageCount() ?? WrongExpertRanks();

    /// <summary>
    /// Why a model that can be built cannot be trained so, or null. What does not depend on the model's size comes first.
    /// </summary>
    public LayoutFault? WhyNot(Model m) => WhyNot() ?? WrongExperts(m) ?? WrongSequence(m) ?? WrongWidths(m) ?? WrongStages(m);

    /// <exception cref="UserException">No model can be trained so.</exception>
    public void RequireConsistent()
    {
        if (WhyNot() is LayoutFault fault)
        {
            throw new UserException($"no model can be trained so: {fault.Reason}.");
        }
    }

    /// <summary>Tokens in a sequence of this model.</summary>
    public double SequenceOf(Model m) => SequenceLength ?? m.Context;

    private LayoutFault? WrongCount()
    {
        ReadOnlySpan<(Setting Setting, int? Value)> counts =
        [
            (LayoutSettings.MicroBatch, SequencesPerMicroBatch),
            (LayoutSettings.Sequence, SequenceLength),
            (LayoutSettings.DataParallel, DataParallel),
            (LayoutSettings.TensorParallel, TensorParallel),
            (LayoutSettings.PipelineParallel, PipelineParallel),
            (LayoutSettings.ExpertParallel, ExpertParallel),
            (LayoutSettings.ExpertTensorParallel, ExpertTensorParallel),
            (LayoutSettings.MicroBatches, MicroBatches),
        ];
        foreach ((Setting setting, int? value) in counts)
        {
            if (value < 1)
            {
                return new LayoutFault.BelowOne(setting, value.Value);
            }
        }
        if (Zero is < 0 or > 3)
        {
            return new LayoutFault.NoSuchZero(Zero);
        }
        return null;
    }

    private LayoutFault? WrongStageCount()
    {
        if (PipelineParallel > MaxStages)
        {
            return new LayoutFault.TooManyStages(PipelineParallel, MaxStages);
        }
        if (StageBlocks is null)
        {
            return null;
        }
        if (StageBlocks.Count != PipelineParallel)
        {
            return new LayoutFault.OtherStages(StageBlocks.Count, PipelineParallel);
        }
        if (StageBlocks.Any(b => b < 1))
        {
            return new LayoutFault.EmptyStage(string.Join(",", StageBlocks));
        }
        return null;
    }

    private LayoutFault? WrongExpertRanks()
    {
        if (ExpertDataRanks % 1 != 0)
        {
            return new LayoutFault.UnevenExpertRanks(
                ExpertParallel,
                ExpertTensorRanks,
                ExpertTensorParallel is null,
                DataParallel,
                TensorParallel
            );
        }
        // Without it every tensor rank holds all tokens, and experts cut otherwise would process them several times.
        if (ExpertTensorRanks != TensorParallel && SequenceRanks != TensorParallel)
        {
            return new LayoutFault.NeedsSequenceParallelism(ExpertTensorRanks, TensorParallel);
        }
        return null;
    }

    // Without experts, the ranks that would share them out are data ranks like all others.
    private LayoutFault.NotDivided? WrongExperts(Model m) =>
        m.IsDense ? null : NotDivided(LayoutSettings.ExpertParallel, ExpertParallel, "expert_count", m.ExpertCount);

    private LayoutFault? WrongSequence(Model m)
    {
        if (m.Positions == Positions.Learned && SequenceOf(m) > m.Context)
        {
            return new LayoutFault.TooFewPositions(SequenceOf(m), m.Context);
        }
        if (SequenceOf(m) % SequenceRanks != 0)
        {
            return new LayoutFault.UnevenSequence(TensorParallel, SequenceOf(m), SequenceLength is null);
        }
        return null;
    }

    private LayoutFault? WrongWidths(Model m) =>
        NotDivided(LayoutSettings.TensorParallel, TensorParallel, "n_heads", m.Heads)
        ?? WrongKvHeads(m)
        ?? (m.DenseBlocks > 0 ? NotDivided(LayoutSettings.TensorParallel, TensorParallel, "d_ff", m.FeedForwardWidth) : null)
        ?? (m.IsDense ? null : NotDivided(SettingOfExpertRanks, ExpertTensorRanks, "d_expert", m.ExpertWidth))
        ?? NotDivided(LayoutSettings.TensorParallel, TensorParallel, "d_shared", m.SharedWidth);

    private Setting SettingOfExpertRanks =>
        ExpertTensorParallel is null ? LayoutSettings.TensorParallel : LayoutSettings.ExpertTensorParallel;

    // Beyond one KV head a rank, several ranks hold the same one.
    private LayoutFault? WrongKvHeads(Model m)
    {
        if (TensorParallel <= m.KvHeads)
        {
            return NotDivided(LayoutSettings.TensorParallel, TensorParallel, "n_kv_heads", m.KvHeads);
        }
        return TensorParallel % m.KvHeads != 0 ? new LayoutFault.UnevenKvHeads(TensorParallel, m.KvHeads) : null;
    }

    private LayoutFault? WrongStages(Model m)
    {
        if (m.Blocks != Math.Floor(m.Blocks))
        {
            return new LayoutFault.PartOfABlock(m.Blocks);
        }
        if (PipelineParallel > m.Blocks)
        {
            return new LayoutFault.TooFewBlocks(PipelineParallel, m.Blocks);
        }
        if (StageBlocks is not null && StageBlocks.Sum() != m.Blocks)
        {
            return new LayoutFault.OtherBlocks(StageBlocks.Sum(), m.Blocks);
        }
        return null;
    }

    private static LayoutFault.NotDivided? NotDivided(Setting setting, int ranks, string size, double value) =>
        value % ranks != 0 ? new LayoutFault.NotDivided(setting, ranks, size, value) : null;
}
