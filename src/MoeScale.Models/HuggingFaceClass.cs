namespace MoeScale.Models;

/// <summary>Where the balance loss of a class comes from.</summary>
internal enum BalanceTerm
{
    /// <summary>The class computes none.</summary>
    None,

    /// <summary>
    /// router_aux_loss_coef, where output_router_logits asks for it: one term, of means over all layers, top_k at balance.
    /// </summary>
    Pooled,

    /// <summary>aux_loss_alpha: a term a layer, 1 at balance.</summary>
    EachLayer,
}

/// <summary>
/// What a configuration class of the library transformers (or of code beside a file) says: its shape, and the values of keys that a file
/// leaves out.
/// </summary>
/// <param name="Shape">Sizes, biases and norms.</param>
internal sealed record HuggingFaceClass(Func<JsonSettings, Model> Shape)
{
    public double RopeTheta { get; init; } = Model.DefaultRopeTheta;

    /// <summary>How rotary positions are scaled.</summary>
    public string RopeType { get; init; } = "default";

    /// <summary>The share of a head's channels that turn.</summary>
    public double RotaryShare { get; init; } = 1;

    /// <summary>The key of how many of a head's channels turn; null where the class has none.</summary>
    public string? RotaryWidthKey { get; init; }

    /// <summary>Null where the class has no such key.</summary>
    public string? NormEpsilonKey { get; init; } = "rms_norm_eps";

    public double NormEpsilon { get; init; } = 1e-6;

    /// <summary>Whether the class reads sliding_window.</summary>
    public bool HasWindows { get; init; }

    /// <summary>sliding_window; 0 for none.</summary>
    public double Window { get; init; }

    /// <summary>Whether some blocks attend in chunks of attention_chunk_size tokens.</summary>
    public bool HasChunks { get; init; }

    /// <summary>Whether windows need use_sliding_window, and begin at block max_window_layers.</summary>
    public bool WindowsOnRequest { get; init; }

    /// <summary>Whether every other block, from the first on, has windows where layer_types does not say it.</summary>
    public bool WindowsAlternate { get; init; }

    /// <summary>Scores are sigmoids, not a softmax.</summary>
    public bool UsesSigmoid { get; init; }

    /// <summary>Whether experts are selected with a bias that balances the load.</summary>
    public bool SelectsByBias { get; init; }

    /// <summary>norm_topk_prob; null where weights are always scaled to the sum 1, and the class has no such key.</summary>
    public bool? ScalesWeights { get; init; } = false;

    public BalanceTerm Balance { get; init; } = BalanceTerm.Pooled;

    /// <summary>Its coefficient.</summary>
    public double BalanceCoefficient { get; init; } = 0.001;

    /// <summary>The key that holds settings of attention; null where they stand beside all others.</summary>
    public string? AttentionPart { get; init; }

    /// <summary>The key that holds settings of experts; null where they stand beside all others.</summary>
    public string? ExpertsPart { get; init; }

    /// <summary>Values of topk_method that the class computes, the first where a file has none; empty where it has no such key.</summary>
    public IReadOnlyList<string> Selections { get; init; } = [];

    /// <summary>n_group and topk_group: experts are chosen from so many of the groups. 1 for all.</summary>
    public (double All, double Chosen) Groups { get; init; } = (1, 1);

    /// <summary>routed_scaling_factor; null where the class has no such key.</summary>
    public double? WeightScale { get; init; }

    /// <summary>swiglu_limit; null where the class has no such key.</summary>
    public double? ClampedAt { get; init; }

    /// <summary>What every model of the class computes otherwise than a model here says; empty if nothing.</summary>
    public string LeftOut { get; init; } = "";

    /// <summary>Keys of factors of the stream and of scores, which are 1 where a file has none.</summary>
    public IReadOnlyList<string> Multipliers { get; init; } = [];

    /// <summary>Of residual stream, embedding and attention, where the file names none.</summary>
    public double Dropout { get; init; }

    /// <summary>By <c>model_type</c>.</summary>
    public static IReadOnlyDictionary<string, HuggingFaceClass> All { get; } =
        new Dictionary<string, HuggingFaceClass>
        {
            ["llama"] = new(HuggingFaceShape.Llama),
            ["mistral"] = new(c => HuggingFaceShape.Dense(c)) { HasWindows = true, Window = 4096 },
            ["mixtral"] = new(HuggingFaceShape.Mixtral)
            {
                HasWindows = true,
                RopeTheta = 1e6,
                NormEpsilon = 1e-5,
                ScalesWeights = null,
            },
            ["qwen2"] = new(HuggingFaceShape.Qwen2)
            {
                HasWindows = true,
                Window = 4096,
                WindowsOnRequest = true,
            },
            ["qwen2_moe"] = new(HuggingFaceShape.Qwen2Experts)
            {
                HasWindows = true,
                Window = 4096,
                WindowsOnRequest = true,
            },
            ["qwen3"] = new(HuggingFaceShape.Qwen3)
            {
                HasWindows = true,
                Window = 4096,
                WindowsOnRequest = true,
            },
            ["qwen3_moe"] = new(HuggingFaceShape.Qwen3Experts)
            {
                HasWindows = true,
                Window = 4096,
                WindowsOnRequest = true,
            },
            ["olmoe"] = new(HuggingFaceShape.Olmoe) { NormEpsilon = 1e-5, BalanceCoefficient = 0.01 },
            ["deepseek"] = new(HuggingFaceShape.DeepSeek) { Balance = BalanceTerm.EachLayer, Selections = ["greedy"] },
            ["deepseek_v2"] = new(HuggingFaceShape.DeepSeekLatent)
            {
                Balance = BalanceTerm.EachLayer,
                Selections = ["greedy", "gready", "group_limited_greedy"],
                WeightScale = 1,
            },
            ["deepseek_v3"] = DeepSeekV3,
            ["kimi_k2"] = DeepSeekV3,
            ["deepseek_v32"] = DeepSeekV3 with { Shape = HuggingFaceShape.DeepSeekIndexed },
            ["glm4_moe_lite"] = DeepSeekV3 with { NormEpsilon = 1e-5, Groups = (1, 1), WeightScale = 1.8 },
            ["minimax_m2"] = new(HuggingFaceShape.MiniMax)
            {
                RopeTheta = 5e6,
                RotaryWidthKey = "rotary_dim",
                UsesSigmoid = true,
                SelectsByBias = true,
                ScalesWeights = null,
            },
            ["granitemoe"] = new(HuggingFaceShape.Granite)
            {
                ScalesWeights = null,
                Multipliers = ["embedding_multiplier", "residual_multiplier", "attention_multiplier", "logits_scaling"],
            },
            ["phi3"] = new(c => HuggingFaceShape.Dense(c, kvHeadsMayLack: true)) { HasWindows = true, NormEpsilon = 1e-5 },
            ["phimoe"] = new(HuggingFaceShape.PhiExperts)
            {
                HasWindows = true,
                RopeTheta = 1e6,
                NormEpsilon = 1e-5,
                LeftOut = "experts are chosen one after the other, each weighted among those near it (SparseMixer)",
            },
            ["llama4_text"] = new(HuggingFaceShape.Llama4)
            {
                RopeTheta = 500_000,
                NormEpsilon = 1e-5,
                HasChunks = true,
                UsesSigmoid = true,
                LeftOut = "an expert's input, not its output, is multiplied with its weight",
            },
            ["qwen3_vl_moe_text"] = new(HuggingFaceShape.Qwen3Experts) { RopeTheta = 5e6, ScalesWeights = true },
            ["dbrx"] = new(HuggingFaceShape.Dbrx)
            {
                NormEpsilonKey = null,
                NormEpsilon = 1e-5,
                ScalesWeights = null,
                BalanceCoefficient = 0.01,
                AttentionPart = "attn_config",
                ExpertsPart = "ffn_config",
                LeftOut = "norms take the mean off too (layer norms without a bias)",
            },
            ["glm4_moe"] = new(HuggingFaceShape.Glm)
            {
                NormEpsilon = 1e-5,
                RotaryShare = 0.5,
                UsesSigmoid = true,
                SelectsByBias = true,
                ScalesWeights = true,
                Balance = BalanceTerm.None,
                WeightScale = 1,
            },
            ["gpt_oss"] = new(HuggingFaceShape.GptOss)
            {
                HasWindows = true,
                Window = 128,
                WindowsAlternate = true,
                RopeTheta = 150_000,
                RopeType = "yarn",
                NormEpsilon = 1e-5,
                ScalesWeights = null,
                BalanceCoefficient = 0.9,
                ClampedAt = 7,
            },
            ["gpt2"] = new(HuggingFaceShape.Gpt2)
            {
                NormEpsilonKey = "layer_norm_epsilon",
                NormEpsilon = 1e-5,
                Dropout = 0.1,
            },
        };

    private static HuggingFaceClass DeepSeekV3 =>
        new(HuggingFaceShape.DeepSeekBiased)
        {
            UsesSigmoid = true,
            SelectsByBias = true,
            ScalesWeights = true,
            Balance = BalanceTerm.None,
            Selections = ["noaux_tc"],
            Groups = (8, 4),
            WeightScale = 2.5,
        };
}
