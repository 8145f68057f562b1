using System.Globalization;
using MoeScale.Models;

namespace MoeScale.Exchange.Export.HuggingFace;

/// <summary>A number that is written with a decimal point, since classes that check types ask for one.</summary>
internal readonly record struct Real(double Value);

/// <summary>A key of a config.json.</summary>
/// <param name="Name">The key.</param>
/// <param name="Value">
/// A double that is a whole number, a <see cref="Real"/>, a bool, a string, doubles or strings; null is left out.
/// </param>
internal sealed record ConfigKey(string Name, Func<Model, object?> Value)
{
    private static readonly ConfigKey[] Sizes =
    [
        new("hidden_size", m => m.ModelWidth),
        new("num_hidden_layers", m => m.Blocks),
        new("num_attention_heads", m => m.Heads),
        new("num_key_value_heads", m => m.KvHeads),
        new("vocab_size", m => m.VocabularyRows),
        new("max_position_embeddings", m => m.Context),
        new("hidden_act", m => GatedName(m.Activation)),
        new("rms_norm_eps", m => new Real(m.NormEpsilon)),
        new("rope_theta", m => new Real(m.RopeTheta)),
        new("tie_word_embeddings", m => m.TiedEmbeddings),
    ];

    private static readonly ConfigKey HeadWidth = new("head_dim", m => m.HeadWidth);
    private static readonly ConfigKey DenseWidth = new("intermediate_size", m => DenseWidthOf(m));
    private static readonly ConfigKey ExpertWidthOnly = new("intermediate_size", m => m.ExpertWidth);
    private static readonly ConfigKey ExpertWidth = new("moe_intermediate_size", m => m.ExpertWidth);
    private static readonly ConfigKey AttentionBias = new("attention_bias", m => m.Biases.HasFlag(BiasSet.Qkv));
    private static readonly ConfigKey TopK = new("num_experts_per_tok", m => m.TopK);
    private static readonly ConfigKey ScaledWeights = new(
        "norm_topk_prob",
        m => m.Routing.Weights is RouterWeights.SelectedSoftmax or RouterWeights.SelectedSigmoid
    );
    private static readonly ConfigKey Window = new("sliding_window", m => m.SlidingWindow > 0 ? m.SlidingWindow : null);

    // The library's one term is top_k at balance, over all layers; those of this program are 1, in each.
    private static readonly ConfigKey[] PooledBalance =
    [
        new("router_aux_loss_coef", m => SaysBalance(m) ? new Real(PooledCoefficient(m)) : null),
        new("output_router_logits", m => SaysBalance(m) ? m.Routing.BalanceLoss > 0 : null),
    ];

    private static readonly ConfigKey[] EachLayerBalance =
    [
        new("aux_loss_alpha", m => SaysBalance(m) ? new Real(m.Routing.BalanceLoss) : null),
        new("seq_aux", m => SaysBalance(m) ? false : null),
    ];

    private static readonly ConfigKey[] WindowsOnRequest =
    [
        new("use_sliding_window", m => m.SlidingWindow > 0),
        Window,
        new("max_window_layers", m => m.SlidingWindow > 0 ? m.FullAttentionBlocks : m.Blocks),
    ];

    // Only dense classes of Qwen read it; those with experts have no words for windows elsewhere than in the last blocks.
    private static readonly ConfigKey LayerTypes = new("layer_types", m => m.AttentionPattern.Length > 0 ? LayerTypesOf(m) : null);

    private static readonly ConfigKey[] QwenExperts =
    [
        DenseWidth,
        ExpertWidth,
        new("num_experts", m => m.ExpertCount),
        TopK,
        ScaledWeights,
        new("decoder_sparse_step", _ => 1.0),
        new("mlp_only_layers", DenseLayers),
        .. PooledBalance,
        .. WindowsOnRequest,
    ];

    private static readonly ConfigKey[] DeepSeekExperts =
    [
        DenseWidth,
        ExpertWidth,
        new("n_routed_experts", m => m.ExpertCount),
        TopK,
        ScaledWeights,
        new("first_k_dense_replace", m => FirstExperts(m)),
    ];

    // No groups among which experts are chosen, and no factor of their output.
    private static readonly ConfigKey[] Ungrouped =
    [
        new("n_group", _ => 1.0),
        new("topk_group", _ => 1.0),
        new("routed_scaling_factor", _ => new Real(1)),
    ];

    private static readonly ConfigKey SharedIfAny = new("n_shared_experts", m => m.SharedWidth > 0 ? m.SharedExperts : null);
    private static readonly ConfigKey Prediction = new("num_nextn_predict_layers", m => m.PredictionModules);
    private static readonly ConfigKey LayerFrequency = new("moe_layer_freq", m => m.MoeEvery);

    private static readonly ConfigKey[] Latent =
    [
        new("q_lora_rank", m => m.Latent is { QueryRank: > 0 } latent ? latent.QueryRank : null),
        new("kv_lora_rank", m => m.Latent?.KvRank),
        new("qk_nope_head_dim", m => m.Latent?.NopeWidth),
        new("qk_rope_head_dim", m => m.Latent?.RopeWidth),
        new("v_head_dim", m => m.Latent?.ValueWidth),
    ];

    public static IReadOnlyList<ConfigKey> Llama { get; } =
    [.. Sizes, HeadWidth, DenseWidth, AttentionBias, new("mlp_bias", m => m.Biases.HasFlag(BiasSet.FeedForward))];

    public static IReadOnlyList<ConfigKey> Mistral { get; } =
    [.. Sizes, HeadWidth, DenseWidth, new("sliding_window", m => m.SlidingWindow)];

    public static IReadOnlyList<ConfigKey> Qwen2 { get; } = [.. Sizes, DenseWidth, .. WindowsOnRequest, LayerTypes];

    public static IReadOnlyList<ConfigKey> Qwen3 { get; } =
    [.. Sizes, HeadWidth, DenseWidth, AttentionBias, .. WindowsOnRequest, LayerTypes];

    public static IReadOnlyList<ConfigKey> Mixtral { get; } =
    [.. Sizes, HeadWidth, ExpertWidthOnly, new("num_local_experts", m => m.ExpertCount), TopK, .. PooledBalance, Window];

    public static IReadOnlyList<ConfigKey> Olmoe { get; } =
    [.. Sizes, ExpertWidthOnly, new("num_experts", m => m.ExpertCount), TopK, ScaledWeights, AttentionBias, .. PooledBalance];

    public static IReadOnlyList<ConfigKey> Qwen2Experts { get; } =
    [
        .. Sizes,
        .. QwenExperts,
        new("shared_expert_intermediate_size", m => m.SharedWidth),
        new("qkv_bias", m => m.Biases.HasFlag(BiasSet.Qkv)),
    ];

    public static IReadOnlyList<ConfigKey> Qwen3Experts { get; } = [.. Sizes, HeadWidth, .. QwenExperts, AttentionBias];

    public static IReadOnlyList<ConfigKey> DeepSeek { get; } =
    [.. Sizes, .. DeepSeekExperts, SharedIfAny, LayerFrequency, AttentionBias, new("scoring_func", _ => "softmax"), .. EachLayerBalance];

    public static IReadOnlyList<ConfigKey> DeepSeekV2 { get; } =
    [
        .. Sizes,
        .. Latent,
        .. DeepSeekExperts,
        SharedIfAny,
        LayerFrequency,
        new("topk_method", m => LeftOutPart.Of(m).Any(p => p.Keys.Contains("n_group")) ? "group_limited_greedy" : "greedy"),
        .. Ungrouped,
        .. EachLayerBalance,
    ];

    public static IReadOnlyList<ConfigKey> DeepSeekV3 { get; } =
    [
        .. Sizes,
        .. Latent,
        .. DeepSeekExperts,
        SharedIfAny,
        new("scoring_func", _ => "sigmoid"),
        new("topk_method", _ => "noaux_tc"),
        .. Ungrouped,
        Prediction,
    ];

    public static IReadOnlyList<ConfigKey> Glm { get; } =
    [
        .. Sizes,
        HeadWidth,
        .. DeepSeekExperts,
        new("n_shared_experts", m => m.SharedExperts),
        AttentionBias,
        new("use_qk_norm", m => m.QueryKeyNorm == QueryKeyNorm.PerHead),
        new("partial_rotary_factor", _ => new Real(1)),
        .. Ungrouped,
        Prediction,
    ];

    public static IReadOnlyList<ConfigKey> GptOss { get; } =
    [
        .. Sizes,
        HeadWidth,
        ExpertWidthOnly,
        new("num_local_experts", m => m.ExpertCount),
        TopK,
        AttentionBias,
        .. PooledBalance,
        new("sliding_window", m => m.SlidingWindow),
        // Every other block has a window where the file does not say it.
        new("layer_types", m => m.SlidingWindow > 0 ? LayerTypesOf(m) : null),
    ];

    // Its dropout is 0.1 where a file names none.
    public static IReadOnlyList<ConfigKey> Gpt2 { get; } =
    [
        new("n_embd", m => m.ModelWidth),
        new("n_layer", m => m.Blocks),
        new("n_head", m => m.Heads),
        new("n_inner", m => m.FeedForwardWidth),
        new("n_positions", m => m.Context),
        new("vocab_size", m => m.VocabularyRows),
        new("activation_function", m => UngatedName(m.Activation)),
        new("layer_norm_epsilon", m => new Real(m.NormEpsilon)),
        new("tie_word_embeddings", m => m.TiedEmbeddings),
        new("attn_pdrop", _ => new Real(0)),
        new("embd_pdrop", _ => new Real(0)),
        new("resid_pdrop", _ => new Real(0)),
    ];

    // A loss that nobody gave is none of the model's.
    private static bool SaysBalance(Model m) => m.Routing.Says(RoutingKeys.BalanceLoss);

    // Rounded, so that a coefficient that was read comes out as it stood.
    private static double PooledCoefficient(Model m)
    {
        double each = m.Routing.BalanceLoss > 0 ? m.Routing.BalanceLoss : m.Routing.IdleBalanceLoss ?? 0;
        return double.Parse((each * m.MoeBlocks / m.TopK).ToString("G14", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    // Where a class has no such function, the file is one of another model, and that is found out when it is read again.
    private static string GatedName(Activation activation) =>
        activation switch
        {
            Activation.GeGlu => "gelu",
            Activation.GeGluTanh => "gelu_pytorch_tanh",
            _ => "silu",
        };

    private static string UngatedName(Activation activation) =>
        activation switch
        {
            Activation.Relu => "relu",
            Activation.Gelu => "gelu",
            _ => "gelu_new",
        };

    private static IReadOnlyList<string> LayerTypesOf(Model m) =>
        [.. LayerPattern.Of(m).Select(full => full ? "full_attention" : "sliding_attention")];

    // Where every block has experts, d_ff is only what they are measured by, and need not be whole.
    private static double DenseWidthOf(Model m) => m.DenseBlocks > 0 ? m.FeedForwardWidth : Math.Ceiling(m.FeedForwardWidth);

    // Counted from 0; the last of each few has experts.
    private static double FirstExperts(Model m) => m.LeadingDenseBlocks + m.MoeEvery - 1;

    private static IReadOnlyList<double> DenseLayers(Model m) =>
        [.. Enumerable.Range(0, (int)m.Blocks).Where(i => !m.HasExperts(i)).Select(i => (double)i)];
}
