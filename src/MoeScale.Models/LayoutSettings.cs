using MoeScale.Basics;

namespace MoeScale.Models;

/// <summary>What a user can set of a layout of training, by the names that complaints speak of.</summary>
public static class LayoutSettings
{
    /// <summary>Sequences in a micro-batch.</summary>
    public static readonly Setting MicroBatch = Of("micro_batch");

    /// <summary>Tokens in a sequence.</summary>
    public static readonly Setting Sequence = Of("sequence");

    /// <summary>Data-parallel ranks.</summary>
    public static readonly Setting DataParallel = Of("data_parallel");

    /// <summary>Tensor-parallel ranks.</summary>
    public static readonly Setting TensorParallel = Of("tensor_parallel");

    /// <summary>Pipeline stages.</summary>
    public static readonly Setting PipelineParallel = Of("pipeline_parallel");

    /// <summary>Expert-parallel ranks.</summary>
    public static readonly Setting ExpertParallel = Of("expert_parallel");

    /// <summary>Ranks that one expert is cut over.</summary>
    public static readonly Setting ExpertTensorParallel = Of("expert_tensor_parallel");

    /// <summary>What data ranks share out.</summary>
    public static readonly Setting Zero = Of("zero");

    /// <summary>Blocks of each pipeline stage.</summary>
    public static readonly Setting StageBlocks = Of("stage_blocks");

    /// <summary>The numbers that are trained in.</summary>
    public static readonly Setting Precision = Of("precision");

    /// <summary>Activations that are computed again.</summary>
    public static readonly Setting Recompute = Of("recompute");

    /// <summary>Micro-batches of a step.</summary>
    public static readonly Setting MicroBatches = Of("micro_batches");

    private static Setting Of(string name) => new("layout", name);
}
