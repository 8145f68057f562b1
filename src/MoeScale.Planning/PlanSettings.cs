using MoeScale.Basics;

namespace MoeScale.Planning;

/// <summary>What a user can set of a plan, by the names that its texts speak of.</summary>
public static class PlanSettings
{
    /// <summary>The law that predicts the loss.</summary>
    public static readonly Setting Law = Of("law");

    /// <summary>The shapes to choose from.</summary>
    public static readonly Setting Family = Of("family");

    /// <summary>FLOPs, of training and inference together.</summary>
    public static readonly Setting Flops = Of("flops");

    /// <summary>Devices to train on, instead of FLOPs.</summary>
    public static readonly Setting Gpus = Of("gpus");

    /// <summary>Days of these devices.</summary>
    public static readonly Setting Days = Of("days");

    /// <summary>Tokens that the trained model will process.</summary>
    public static readonly Setting InferenceTokens = Of("inference_tokens");

    /// <summary>Bytes for weights and KV cache.</summary>
    public static readonly Setting Memory = Of("memory");

    /// <summary>Sequences that are served together.</summary>
    public static readonly Setting Sequences = Of("sequences");

    /// <summary>Cached tokens of each sequence.</summary>
    public static readonly Setting Context = Of("context");

    /// <summary>How cached keys and values are stored.</summary>
    public static readonly Setting Kv = Of("kv");

    /// <summary>Parameters in total.</summary>
    public static readonly Setting MaxParams = Of("max_params");

    /// <summary>Bytes of training on a device.</summary>
    public static readonly Setting TrainingMemory = Of("training_memory");

    /// <summary>Whether the law's experiments may be left.</summary>
    public static readonly Setting InRange = Of("in_range");

    /// <summary>Expansion rates to weigh.</summary>
    public static readonly Setting Experts = Of("experts");

    /// <summary>Granularities to weigh.</summary>
    public static readonly Setting Granularity = Of("granularity");

    /// <summary>What widths must be a multiple of.</summary>
    public static readonly Setting MultipleOf = Of("multiple_of");

    /// <summary>Whether sizes may be any number.</summary>
    public static readonly Setting Continuous = Of("continuous");

    private static Setting Of(string name) => new("plan", name);
}
