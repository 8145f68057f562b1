using MoeScale.Models;

namespace MoeScale.Exchange.Megatron;

/// <summary>A number that Megatron-LM and a model file call differently.</summary>
/// <param name="Argument">As its log prints it; its option has hyphens: "hidden_size".</param>
/// <param name="Key">Of a model file: "d_model".</param>
/// <param name="Value">Of a model; null where it is not said.</param>
internal sealed record MegatronSize(string Argument, string Key, Func<Model, double?> Value);

/// <summary>A word out of several.</summary>
/// <param name="Argument">As its log prints it.</param>
/// <param name="Key">Of a model file.</param>
/// <param name="Words">Theirs and ours.</param>
/// <param name="Otherwise">Ours, where the log has none of theirs, and where theirs need not be said.</param>
/// <param name="Ours">Of a model.</param>
internal sealed record MegatronChoice(
    string Argument,
    string Key,
    IReadOnlyList<(string Theirs, string Ours)> Words,
    string Otherwise,
    Func<Model, string> Ours
)
{
    /// <summary>Ours for theirs.</summary>
    public string Read(string? theirs) => Words.FirstOrDefault(w => w.Theirs == theirs).Ours ?? Otherwise;

    /// <summary>Theirs for a model's; null where it need not be said.</summary>
    public string? Write(Model model) => IsOptional && Ours(model) == Otherwise ? null : Words.First(w => w.Ours == Ours(model)).Theirs;

    /// <summary>Whether earlier versions have no such argument.</summary>
    public bool IsOptional { get; init; }
}

/// <summary>Something that is on or off.</summary>
/// <param name="Argument">As its log prints it, True or False; its option has no value.</param>
/// <param name="Key">Of a model file.</param>
/// <param name="On">Its value there, if it is on.</param>
/// <param name="Off">If it is off; null to say nothing.</param>
/// <param name="IsOn">In a model.</param>
internal sealed record MegatronSwitch(string Argument, string Key, string On, string? Off, Func<Model, bool> IsOn);

/// <summary>
/// What Megatron-LM calls the parts of a model: the one table by which its logs are read and its options written. What is not a matter of
/// names alone, such as biases and the order of blocks, stands in <see cref="MegatronBiases"/> and <see cref="ExpertBlocks"/>.
/// </summary>
internal static class MegatronTable
{
    public static readonly IReadOnlyList<MegatronSize> Sizes =
    [
        new("num_layers", "n_blocks", m => m.Blocks),
        new("hidden_size", "d_model", m => m.ModelWidth),
        // Where every block has experts it is a measure only, which may be a fraction.
        new("ffn_hidden_size", "d_ff", m => Math.Round(m.FeedForwardWidth)),
        new("num_attention_heads", "n_heads", m => m.Heads),
        new("max_position_embeddings", "context", m => m.Context),
        new("rotary_base", "rope_theta", m => m.Positions == Positions.Rope ? m.RopeTheta : null),
        new("norm_epsilon", "norm_epsilon", m => m.NormEpsilon),
        new("mtp_num_layers", "mtp_modules", m => m.PredictionModules > 0 ? m.PredictionModules : null),
    ];

    /// <summary>Which layers have experts: every n-th, or those with a one in a list.</summary>
    public const string ExpertLayers = "moe_layer_freq";

    /// <summary>Of attention with keys and values of its own.</summary>
    public static readonly IReadOnlyList<MegatronSize> HeadSizes = [new("kv_channels", "head_dim", m => m.ValueWidth)];

    /// <summary>Of attention whose heads share keys and values.</summary>
    public static readonly IReadOnlyList<MegatronSize> GroupSizes = [new("num_query_groups", "n_kv_heads", m => m.KvHeads)];

    public static readonly IReadOnlyList<MegatronSize> LatentSizes =
    [
        new("q_lora_rank", "q_lora_rank", m => m.Latent!.QueryRank > 0 ? m.Latent.QueryRank : null),
        new("kv_lora_rank", "kv_lora_rank", m => m.Latent!.KvRank),
        new("qk_head_dim", "qk_nope_head_dim", m => m.Latent!.NopeWidth),
        new("qk_pos_emb_head_dim", "qk_rope_head_dim", m => m.Latent!.RopeWidth),
        new("v_head_dim", "v_head_dim", m => m.Latent!.ValueWidth),
    ];

    public static readonly IReadOnlyList<MegatronSize> ExpertSizes =
    [
        new("num_experts", "expert_count", m => m.ExpertCount),
        new("moe_router_topk", "top_k", m => m.TopK),
        new("moe_ffn_hidden_size", "d_expert", m => m.ExpertWidth),
        new("moe_expert_capacity_factor", "capacity_factor", m => m.Routing.CapacityFactor),
    ];

    public static readonly IReadOnlyList<MegatronSize> SharedSizes =
    [
        new("moe_shared_expert_intermediate_size", "d_shared", m => m.SharedWidth > 0 ? m.SharedWidth : null),
    ];

    public static readonly IReadOnlyList<MegatronChoice> Choices =
    [
        new(
            "normalization",
            "norm",
            [("RMSNorm", ModelNames.Of(Normalization.RmsNorm)), ("LayerNorm", ModelNames.Of(Normalization.LayerNorm))],
            ModelNames.Of(Normalization.LayerNorm),
            m => ModelNames.Of(m.Normalization)
        ),
        new(
            "position_embedding_type",
            "positions",
            [("rope", ModelNames.Of(Positions.Rope)), ("learned_absolute", ModelNames.Of(Positions.Learned))],
            ModelNames.Of(Positions.Rope),
            m => ModelNames.Of(m.Positions)
        ),
        new(
            "softmax_type",
            "attention_sinks",
            [("vanilla", "false"), ("learnable", "true")],
            "false",
            m => m.AttentionSinks ? "true" : "false"
        )
        {
            IsOptional = true,
        },
    ];

    public static readonly IReadOnlyList<MegatronSwitch> Switches =
    [
        new("untie_embeddings_and_output_weights", "tied_embeddings", "false", "true", m => !m.TiedEmbeddings),
    ];

    /// <summary>With latent attention, the same argument asks for the norms of the latents, which ours always has.</summary>
    public static readonly MegatronSwitch QueryKeyNorm = new(
        "qk_layernorm",
        "qk_norm",
        "per_head",
        "none",
        m => m.Latent is not null || m.QueryKeyNorm == Models.QueryKeyNorm.PerHead
    );

    public static readonly MegatronSwitch SharedGate = new("moe_shared_expert_gate", "shared_gate", "true", null, m => m.SharedGate);

    public static readonly MegatronSwitch SwiGlu = new("swiglu", "activation", "swiglu", null, m => m.Activation == Activation.SwiGlu);

    /// <summary>The option of an argument: hyphens, and two before it.</summary>
    public static string Option(string argument) => $"--{argument.Replace('_', '-')}";
}
