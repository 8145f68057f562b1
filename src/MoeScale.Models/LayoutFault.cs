using MoeScale.Basics;

namespace MoeScale.Models;

/// <summary>Why a layout of training suits no model, or not this one, with the numbers that do not go together.</summary>
public abstract record LayoutFault
{
    private LayoutFault() { }

    /// <summary>In words that follow a colon, for whoever refuses the layout.</summary>
    public abstract Phrase Reason { get; }

    /// <summary>A count below one.</summary>
    public sealed record BelowOne(Setting Setting, int Value) : LayoutFault
    {
        public override Phrase Reason => $"{Setting} {Value} must be at least 1";
    }

    /// <summary>No way of sharing out among data ranks has that number.</summary>
    public sealed record NoSuchZero(int Zero) : LayoutFault
    {
        public override Phrase Reason => $"{LayoutSettings.Zero} {Zero} must be 0, 1, 2 or 3";
    }

    /// <summary>More pipeline stages than any model has blocks.</summary>
    public sealed record TooManyStages(int Stages, int Most) : LayoutFault
    {
        public override Phrase Reason => $"{LayoutSettings.PipelineParallel} {Stages} is more than {Most} stages";
    }

    /// <summary>Blocks are given of more stages, or fewer, than there are.</summary>
    public sealed record OtherStages(int Given, int Stages) : LayoutFault
    {
        public override Phrase Reason =>
            $"{LayoutSettings.StageBlocks} has {Given} stages, but {LayoutSettings.PipelineParallel} is {Stages}";
    }

    /// <summary>A stage without blocks; <paramref name="Blocks"/> of all stages, with commas.</summary>
    public sealed record EmptyStage(string Blocks) : LayoutFault
    {
        public override Phrase Reason => $"{LayoutSettings.StageBlocks} {Blocks} must be at least 1 each";
    }

    /// <summary>Data and tensor ranks that cannot be divided into those of experts.</summary>
    /// <param name="Expert">Expert-parallel ranks.</param>
    /// <param name="ExpertTensor">Ranks of one expert.</param>
    /// <param name="IsTensor">Whether these are the tensor ranks because nothing else is given.</param>
    /// <param name="Data">Data-parallel ranks.</param>
    /// <param name="Tensor">Tensor-parallel ranks.</param>
    public sealed record UnevenExpertRanks(int Expert, int ExpertTensor, bool IsTensor, int Data, int Tensor) : LayoutFault
    {
        public override Phrase Reason
        {
            get
            {
                Phrase byDefault = $" (that of {LayoutSettings.TensorParallel}, unless given)";
                Phrase tensor = IsTensor && Tensor > 1 ? byDefault : "";
                return $"{LayoutSettings.ExpertParallel} {Expert} times {LayoutSettings.ExpertTensorParallel} {ExpertTensor}{tensor} "
                    + $"does not divide {LayoutSettings.DataParallel} {Data} times {LayoutSettings.TensorParallel} {Tensor}; "
                    + $"change one of them";
            }
        }
    }

    /// <summary>Experts cut otherwise than the rest, where every tensor rank holds all tokens.</summary>
    public sealed record NeedsSequenceParallelism(int ExpertTensor, int Tensor) : LayoutFault
    {
        public override Phrase Reason =>
            $"{LayoutSettings.ExpertTensorParallel} {ExpertTensor} beside {LayoutSettings.TensorParallel} {Tensor} "
            + $"needs sequence parallelism";
    }

    /// <summary>Ranks that do not divide a size of the model.</summary>
    public sealed record NotDivided(Setting Setting, int Ranks, string Size, double Value) : LayoutFault
    {
        public override Phrase Reason => $"{Setting} {Ranks} does not divide {Size} {Value}";
    }

    /// <summary>Sequences longer than the learned positions.</summary>
    public sealed record TooFewPositions(double Sequence, double Positions) : LayoutFault
    {
        public override Phrase Reason => $"{LayoutSettings.Sequence} {Sequence} is above the context of {Positions} learned positions";
    }

    /// <summary>Tensor ranks that do not share a sequence out evenly.</summary>
    /// <param name="Tensor">Tensor-parallel ranks.</param>
    /// <param name="Sequence">Tokens of a sequence.</param>
    /// <param name="IsContext">Whether that is the model's context because nothing else is given.</param>
    public sealed record UnevenSequence(int Tensor, double Sequence, bool IsContext) : LayoutFault
    {
        public override Phrase Reason
        {
            get
            {
                Phrase context = $"the model's context of {Sequence} tokens; give {LayoutSettings.Sequence} with a multiple of it";
                Phrase given = $"{LayoutSettings.Sequence} {Sequence}; give a multiple of it";
                return $"{LayoutSettings.TensorParallel} {Tensor} does not divide {(IsContext ? context : given)}";
            }
        }
    }

    /// <summary>More tensor ranks than KV heads, and no multiple of them.</summary>
    public sealed record UnevenKvHeads(int Tensor, double KvHeads) : LayoutFault
    {
        public override Phrase Reason => $"{LayoutSettings.TensorParallel} {Tensor} is not a multiple of n_kv_heads {KvHeads}";
    }

    /// <summary>A fraction of a block.</summary>
    public sealed record PartOfABlock(double Blocks) : LayoutFault
    {
        public override Phrase Reason => $"n_blocks {Blocks} is not a whole number";
    }

    /// <summary>More pipeline stages than blocks.</summary>
    public sealed record TooFewBlocks(int Stages, double Blocks) : LayoutFault
    {
        public override Phrase Reason => $"{LayoutSettings.PipelineParallel} {Stages} is above n_blocks {Blocks}";
    }

    /// <summary>The blocks of all stages are not those of the model.</summary>
    public sealed record OtherBlocks(int Given, double Blocks) : LayoutFault
    {
        public override Phrase Reason => $"{LayoutSettings.StageBlocks} add up to {Given}, but n_blocks is {Blocks}";
    }
}
