namespace MoeScale.Planning;

/// <summary>What keeps a loss from falling further, or a model from fitting.</summary>
public enum Limit
{
    /// <summary>FLOPs of training and inference.</summary>
    Flops,

    /// <summary>Bytes for weights and KV cache.</summary>
    Memory,

    /// <summary>Parameters in total.</summary>
    MaxParams,

    /// <summary>
    /// Bytes of training on the most loaded rank. Whole pipeline stages move it: a model that can be built may need more or less than its
    /// continuous neighbour.
    /// </summary>
    TrainingMemory,

    /// <summary>The layout of training, which suits some sizes only.</summary>
    TrainingSetup,

    /// <summary>Training tokens.</summary>
    MaxTokens,

    /// <summary>The experiments of the law, where they must not be left.</summary>
    Range,

    /// <summary>Whole blocks and heads, and widths that suit the machine.</summary>
    Buildable,

    /// <summary>The law itself, which gives no finite loss.</summary>
    Loss,
}
