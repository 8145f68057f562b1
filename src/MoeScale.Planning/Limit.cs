namespace MoeScale.Planning;

/// <summary>What keeps a loss from falling further, or a model from fitting: one of those below.</summary>
/// <remarks>No enumeration: lists of such small values would be compiled anew at each start, for a tenth of the time of a plan.</remarks>
public sealed class Limit
{
    /// <summary>FLOPs of training and inference.</summary>
    public static readonly Limit Flops = new("flops");

    /// <summary>Bytes for weights and KV cache.</summary>
    public static readonly Limit Memory = new("memory");

    /// <summary>Parameters in total.</summary>
    public static readonly Limit MaxParams = new("max_params");

    /// <summary>
    /// Bytes of training on the most loaded rank. Whole pipeline stages move it: a model that can be built may need more or less than its
    /// continuous neighbour.
    /// </summary>
    public static readonly Limit TrainingMemory = new("training_memory");

    /// <summary>The layout of training, which suits some sizes only.</summary>
    public static readonly Limit TrainingSetup = new("training_setup");

    /// <summary>Training tokens.</summary>
    public static readonly Limit MaxTokens = new("max_tokens");

    /// <summary>The experiments of the law, where they must not be left.</summary>
    public static readonly Limit Range = new("range");

    /// <summary>Whole blocks and heads, and widths that suit the machine.</summary>
    public static readonly Limit Buildable = new("buildable");

    /// <summary>The law itself, which gives no finite loss.</summary>
    public static readonly Limit Loss = new("loss");

    /// <summary>Every limit.</summary>
    public static IReadOnlyList<Limit> All { get; } =
    [Flops, Memory, MaxParams, TrainingMemory, TrainingSetup, MaxTokens, Range, Buildable, Loss];

    private Limit(string name) => Name = name;

    /// <summary>As JSON and lists have it: "max_params".</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
