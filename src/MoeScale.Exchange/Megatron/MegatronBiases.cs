using MoeScale.Models;

namespace MoeScale.Exchange.Megatron;

/// <summary>Which biases Megatron-LM can say: all, none, or those of queries, keys and values.</summary>
internal static class MegatronBiases
{
    public const string All = "add_bias_linear";
    public const string OfQueries = "add_qkv_bias";

    /// <summary>The option that turns <see cref="All"/> off.</summary>
    public const string None = "disable_bias_linear";

    /// <summary>All biases of a model of such parts.</summary>
    public static BiasSet AllOf(Model m)
    {
        BiasSet all = BiasSet.Qkv | BiasSet.AttentionOutput;
        all |= m.DenseBlocks > 0 ? BiasSet.FeedForward : BiasSet.None;
        all |= m.IsDense ? BiasSet.None : BiasSet.Experts | BiasSet.Router;
        return m.SharedWidth > 0 ? all | BiasSet.SharedExperts : all;
    }

    /// <summary>The biases that matter: of parts that the model has, and learned.</summary>
    public static BiasSet Of(Model m)
    {
        BiasSet own = m.Biases & (AllOf(m) | BiasSet.Head);
        return m.Routing.BalanceBias > 0 && !m.IsDense ? own & ~BiasSet.Router : own;
    }

    /// <summary>The key of a model file; null for no biases.</summary>
    /// <param name="hasAll">Whether <see cref="All"/> is on.</param>
    /// <param name="hasQueries">Whether <see cref="OfQueries"/> is.</param>
    /// <param name="hasExperts">Whether the model has some.</param>
    public static string? Read(bool hasAll, bool hasQueries, bool hasExperts) =>
        hasAll ? $"[qkv, attention_output, feed_forward{(hasExperts ? ", experts, shared_experts, router" : "")}]"
        : hasQueries ? "[qkv]"
        : null;
}
