using System.Globalization;

namespace MoeScale.Models;

/// <summary>
/// Which roles the modules have that a quantization_config keeps out, by their names in the library transformers: "lm_head",
/// "model.layers.*.self_attn", "model.layers.3.mlp.gate".
/// </summary>
internal static class HuggingFaceModules
{
    // Names inside a block, or at the ends of the model. Parts of a role, such as gate_proj, are not among them.
    private static readonly Dictionary<string, RoleSet> Roles = new()
    {
        ["self_attn"] = RoleSet.Attention,
        ["attention"] = RoleSet.Attention,
        ["attn"] = RoleSet.Attention,
        ["q_proj"] = RoleSet.Queries,
        ["k_proj"] = RoleSet.Keys,
        ["v_proj"] = RoleSet.Values,
        ["o_proj"] = RoleSet.AttentionOutput,
        ["qkv_proj"] = RoleSet.Queries | RoleSet.Keys | RoleSet.Values,
        ["kv_a_proj_with_mqa"] = RoleSet.KvLatent,
        ["kv_b_proj"] = RoleSet.Keys | RoleSet.Values,
        ["indexer"] = RoleSet.Indexer,
        ["mlp"] = RoleSet.FeedForwardParts,
        ["feed_forward"] = RoleSet.FeedForwardParts,
        ["block_sparse_moe"] = RoleSet.FeedForwardParts,
        ["experts"] = RoleSet.RoutedExperts,
        ["shared_experts"] = RoleSet.SharedExperts,
        ["shared_expert"] = RoleSet.SharedExperts,
        ["shared_expert_gate"] = RoleSet.None,
        ["gate"] = RoleSet.Router,
        ["router"] = RoleSet.Router,
        ["embed_tokens"] = RoleSet.Embeddings,
        ["wte"] = RoleSet.Embeddings,
        ["lm_head"] = RoleSet.Embeddings,
        ["norm"] = RoleSet.Norms,
        ["input_layernorm"] = RoleSet.Norms,
        ["post_attention_layernorm"] = RoleSet.Norms,
        ["q_norm"] = RoleSet.Norms,
        ["k_norm"] = RoleSet.Norms,
        ["q_a_layernorm"] = RoleSet.Norms,
        ["kv_a_layernorm"] = RoleSet.Norms,
        ["e_score_correction_bias"] = RoleSet.Biases,
    };

    // Parts of a block that hold others: the names of those suffice.
    private static readonly string[] Holders = ["self_attn", "attention", "attn", "mlp", "feed_forward", "block_sparse_moe"];

    // What stands before the name of a block or of an end.
    private static readonly string[] Outer = ["", "*", "model", "language_model", "layers"];

    private static readonly string[] Pictures = ["visual", "vision_tower", "vision_model", "multi_modal_projector"];

    /// <summary>Null where the pattern is not understood.</summary>
    /// <param name="pattern">As the file has it.</param>
    /// <param name="block">The one block that it names, from 0; null for all.</param>
    public static RoleSet? RolesOf(string pattern, out int? block)
    {
        block = null;
        List<string> parts = [.. pattern.Split('.')];
        if (parts.Any(Pictures.Contains))
        {
            return RoleSet.None;
        }
        while (parts.Count > 0 && (Outer.Contains(parts[0]) || IsBlock(parts[0])))
        {
            block = IsBlock(parts[0]) ? int.Parse(parts[0], CultureInfo.InvariantCulture) : block;
            parts.RemoveAt(0);
        }
        while (parts.Count > 0 && parts[^1] is "" or "*" or "weight")
        {
            parts.RemoveAt(parts.Count - 1);
        }
        if (parts.Count > 1 && Holders.Contains(parts[0]))
        {
            parts.RemoveAt(0);
        }
        // Nothing but places: whole blocks, where it is blocks that are named.
        if (parts.Count == 0)
        {
            return pattern.Contains("layers", StringComparison.Ordinal) ? RoleSet.Matrices : null;
        }
        return Roles.TryGetValue(string.Join('.', parts), out RoleSet roles) ? roles : null;
    }

    private static bool IsBlock(string part) => part.Length is > 0 and < 6 && part.All(char.IsAsciiDigit);
}
