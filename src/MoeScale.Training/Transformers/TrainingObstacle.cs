using MoeScale.Basics;
using MoeScale.Models;

namespace MoeScale.Training.Transformers;

/// <summary>Parts of a model that are not built here.</summary>
public enum UnbuiltPart
{
    LatentAttention,
    Indexer,
    QueryKeyNorm,
    AttentionSinks,
    NormAfterParts,
    SharedGate,
    PredictionModules,
}

/// <summary>What keeps a model from being trained here.</summary>
public abstract record TrainingObstacle
{
    private TrainingObstacle() { }

    /// <summary>In words that follow a colon, for whoever refuses the model.</summary>
    public abstract Phrase Reason { get; }

    /// <summary>It has a part that is not built here.</summary>
    public sealed record NotBuilt(UnbuiltPart Part) : TrainingObstacle
    {
        public override Phrase Reason =>
            Part switch
            {
                UnbuiltPart.LatentAttention => "latent attention is not built",
                UnbuiltPart.Indexer => "attention that an indexer chooses tokens for (index_topk) is not built",
                UnbuiltPart.QueryKeyNorm => "norms of queries and keys (qk_norm) are not built",
                UnbuiltPart.AttentionSinks => "attention sinks are not built",
                UnbuiltPart.NormAfterParts => "norms after the parts of a block (norm_after_parts) are not built",
                UnbuiltPart.SharedGate => "gates of shared experts (shared_gate) are not built",
                UnbuiltPart.PredictionModules => "modules that predict further ahead (mtp_modules) are not built",
                _ => throw new ArgumentOutOfRangeException(nameof(Part), Part, "a part without words"),
            };
    }

    /// <summary>One expert a token, weighted by a score over the chosen alone.</summary>
    public sealed record RouterLearnsNothing : TrainingObstacle
    {
        public override Phrase Reason =>
            "with top_k 1 the weight of the one chosen expert would always be 1, and the router would learn nothing: "
            + "use router_weights softmax or sigmoid";
    }

    /// <summary>Windows shorter than the context.</summary>
    public sealed record SlidingWindow(double Tokens) : TrainingObstacle
    {
        public override Phrase Reason =>
            $"sliding windows of {Tokens} tokens (sliding_window) are not built; in a context of at most {Tokens} they change nothing";
    }

    /// <summary>Chunks shorter than the context.</summary>
    public sealed record AttentionChunk(double Tokens) : TrainingObstacle
    {
        public override Phrase Reason =>
            $"attention in chunks of {Tokens} tokens (attention_chunk) is not built; in a context of at most {Tokens} they change nothing";
    }

    /// <summary>It has parts that a model of this program cannot even say.</summary>
    public sealed record LeftOut(string Parts) : TrainingObstacle
    {
        public override Phrase Reason => $"it has what is not built here: {Parts}";
    }

    /// <summary>Nobody could build it.</summary>
    public sealed record CannotBeBuilt(BuildFault Fault) : TrainingObstacle
    {
        public override Phrase Reason => Fault.Reason;
    }

    /// <summary>A matrix of more numbers than are counted in 32 bits.</summary>
    public sealed record MatrixTooLarge(double Numbers) : TrainingObstacle
    {
        public override Phrase Reason => $"its largest matrix has {Numbers:0.##e0} numbers, and {int.MaxValue} are the most";
    }
}
