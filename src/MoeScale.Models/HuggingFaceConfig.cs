using MoeScale.Basics;

namespace MoeScale.Models;

/// <summary>
/// Reads a model from the config.json of a Hugging Face repository. Keys are those of the configuration classes of the
/// library transformers; sizes must be there, as they are in published files; what a key leaves out, such as a norm of queries that is always there, belongs to
/// the <c>model_type</c>.
/// </summary>
public static class HuggingFaceConfig
{
    private static readonly Dictionary<string, Func<JsonSettings, Model>> Readers = new()
    {
        ["llama"] = c => Dense(c, kvHeadsMayLack: true) with { Biases = LlamaBiases(c) },
        ["mistral"] = c => Dense(c),
        ["mixtral"] = c => Experts(Dense(c), c.Count("num_local_experts"), c.Count("num_experts_per_tok"), c.Count("intermediate_size")),
        ["qwen2"] = c => Dense(c) with { Biases = BiasSet.Qkv },
        ["qwen2_moe"] = c => Sparse(c, Experts(Dense(c), c.Count("num_experts"), c.Count("num_experts_per_tok"), c.Count("moe_intermediate_size"), c.Count("shared_expert_intermediate_size"))) with
        {
            Biases = c.Flag("qkv_bias", otherwise: true) ? BiasSet.Qkv : BiasSet.None,
            SharedGate = true,
        },
        ["qwen3"] = c => Dense(c, headWidth: 128) with { QueryKeyNorm = QueryKeyNorm.PerHead, Biases = AttentionBiases(c) },
        ["qwen3_moe"] = c => Sparse(c, Experts(Dense(c), c.Count("num_experts"), c.Count("num_experts_per_tok"), c.Count("moe_intermediate_size"))) with
        {
            QueryKeyNorm = QueryKeyNorm.PerHead,
            Biases = AttentionBiases(c),
        },
        ["olmoe"] = c => Experts(Dense(c, kvHeadsMayLack: true), c.Count("num_experts"), c.Count("num_experts_per_tok"), c.Count("intermediate_size")) with
        {
            QueryKeyNorm = QueryKeyNorm.Full,
            Biases = AttentionBiases(c),
        },
        ["deepseek"] = c => DeepSeekExperts(c, Dense(c, kvHeadsMayLack: true)),
        ["deepseek_v2"] = c => DeepSeekExperts(c, Latent(c)),
        ["deepseek_v3"] = c => DeepSeekExperts(c, Latent(c)) with { Biases = BiasSet.Router },
        ["kimi_k2"] = c => DeepSeekExperts(c, Latent(c)) with { Biases = BiasSet.Router },
        ["glm4_moe"] = c => DeepSeekExperts(c, Dense(c, headWidth: 128)) with
        {
            QueryKeyNorm = c.Flag("use_qk_norm", otherwise: false) ? QueryKeyNorm.PerHead : QueryKeyNorm.None,
            Biases = BiasSet.Router | (c.Flag("attention_bias", otherwise: false) ? BiasSet.Qkv : BiasSet.None),
        },
        ["gpt_oss"] = c => Experts(Dense(c, headWidth: 64), c.Count("num_local_experts"), c.Count("num_experts_per_tok", otherwiseKey: "experts_per_token"), c.Count("intermediate_size")) with
        {
            AttentionSinks = true,
            Biases = BiasSet.Experts | BiasSet.Router | (c.Flag("attention_bias", otherwise: true) ? BiasSet.Qkv | BiasSet.AttentionOutput : BiasSet.None),
        },
        ["gpt2"] = Gpt2,
    };

    /// <summary>The values of <c>model_type</c> that are known.</summary>
    public static IReadOnlyList<string> ModelTypes => [.. Readers.Keys.Order(StringComparer.Ordinal)];

    /// <exception cref="UserException">Not readable, not a configuration, of an unknown type, or of a model that cannot exist.</exception>
    public static Model Read(string path) => Parse(TextFile.Read(path), path);

    /// <param name="text">The JSON.</param>
    /// <param name="file">Its name in error messages.</param>
    /// <exception cref="UserException">As for <see cref="Read"/>.</exception>
    public static Model Parse(string text, string file)
    {
        JsonSettings settings = JsonSettings.Parse(text, file);
        string type = settings.Text("model_type");
        if (!Readers.TryGetValue(type, out Func<JsonSettings, Model>? read))
        {
            throw new UserException($"{file}: model_type '{type}' is not known{Guess.Hint(type, Readers.Keys)}. Known are {string.Join(", ", ModelTypes)}. A model file (YAML) describes any other.");
        }
        Model known = read(settings);
        Model model = known with
        {
            Routing = known.IsDense ? known.Routing : RoutingOf(type, settings, known),
            Name = settings.OptionalText("_name_or_path") is { Length: > 0 } name ? name : file,
            Note = HasWindows(settings) ? WindowNote(settings.Count("sliding_window")) : "",
        };
        return Buildable.WhyNot(model, multipleOf: 1) is string reason
            ? throw new UserException($"{file}: no such model can be built: {reason}.")
            : model;
    }

    // What the library computes, and the auxiliary loss of the file: it is top_k at balance there, and 1 here.
    private static Routing RoutingOf(string type, JsonSettings c, Model m)
    {
        bool usesSigmoid = type is "deepseek_v3" or "kimi_k2" or "glm4_moe";
        bool scales = type is "mixtral" or "gpt_oss" || c.Flag("norm_topk_prob", otherwise: usesSigmoid);
        return new Routing
        {
            Weights = usesSigmoid ? scales ? RouterWeights.SelectedSigmoid : RouterWeights.Sigmoid
                : scales ? RouterWeights.SelectedSoftmax : RouterWeights.Softmax,
            BalanceBias = usesSigmoid ? 1e-3 : 0,
            BalanceLoss = c.OptionalNumber("router_aux_loss_coef") is double coefficient ? coefficient * m.TopK : usesSigmoid ? 0 : Routing.UsualBalanceLoss,
        };
    }

    private static string WindowNote(double window) =>
        $"attention has sliding windows of {window} tokens, which are not modelled: cache and attention's FLOPs are those of full attention";

    private static bool HasWindows(JsonSettings c) =>
        c.IsNumber("sliding_window") && c.Flag("use_sliding_window", otherwise: true) && c.Count("sliding_window") < c.OptionalCount("max_position_embeddings");

    /// <summary>The Llama block, on which most others build: RMSNorm, rotary positions, SwiGLU, grouped queries.</summary>
    /// <param name="c">The configuration.</param>
    /// <param name="headWidth">head_dim where the file names none; null for hidden_size over heads.</param>
    /// <param name="kvHeadsMayLack">Whether a file without num_key_value_heads means as many as heads; other types have a number of their own then.</param>
    private static Model Dense(JsonSettings c, double? headWidth = null, bool kvHeadsMayLack = false)
    {
        double width = c.Count("hidden_size");
        double heads = c.Count("num_attention_heads");
        if (heads > 0 && width % heads != 0 && headWidth is null && c.OptionalCount("head_dim") is null)
        {
            throw c.Error("hidden_size", $"without a head_dim it must be a multiple of num_attention_heads {heads}");
        }
        return new Model
        {
            Name = "",
            ModelWidth = width,
            Blocks = c.Count("num_hidden_layers"),
            Heads = heads,
            KvHeads = kvHeadsMayLack ? c.OptionalCount("num_key_value_heads") ?? heads : c.Count("num_key_value_heads"),
            HeadWidth = c.OptionalCount("head_dim") ?? headWidth ?? width / heads,
            FeedForwardWidth = c.Count("intermediate_size"),
            ExpertWidth = c.Count("intermediate_size"),
            VocabularySize = c.Count("vocab_size"),
            Context = c.Count("max_position_embeddings"),
            Activation = Gated(c),
            TiedEmbeddings = c.Flag("tie_word_embeddings", otherwise: false),
        };
    }

    private static Model Latent(JsonSettings c)
    {
        if (c.Flag("attention_bias", otherwise: false))
        {
            throw c.Error("attention_bias", "latent attention with biases is not known here");
        }
        LatentAttention latent = new(
            c.OptionalCount("q_lora_rank") ?? 0, c.Count("kv_lora_rank"), c.Count("qk_nope_head_dim"), c.Count("qk_rope_head_dim"), c.Count("v_head_dim"));
        Model dense = Dense(c, latent.NopeWidth + latent.RopeWidth, kvHeadsMayLack: true);
        return dense with { Latent = latent, KvHeads = dense.Heads, HeadWidth = latent.NopeWidth + latent.RopeWidth };
    }

    private static Model Experts(Model m, double count, double topK, double width, double sharedWidth = 0) =>
        m with { ExpertCount = count, TopK = topK, ExpertWidth = width, SharedWidth = sharedWidth };

    private static Model DeepSeekExperts(JsonSettings c, Model m)
    {
        if (c.OptionalCount("moe_layer_freq") is not (null or 1))
        {
            throw c.Error("moe_layer_freq", "only 1 is known here: experts in every block after the leading dense ones");
        }
        double width = c.Count("moe_intermediate_size");
        double shared = c.OptionalCount("n_shared_experts") ?? 0;
        return Experts(m, c.Count("n_routed_experts"), c.Count("num_experts_per_tok"), width, shared * width) with
        {
            LeadingDenseBlocks = c.Count("first_k_dense_replace"),
            PredictionModules = c.OptionalCount("num_nextn_predict_layers") ?? 0,
        };
    }

    // decoder_sparse_step n: experts in blocks n, 2n, ...; mlp_only_layers: blocks that stay dense.
    private static Model Sparse(JsonSettings c, Model m)
    {
        IReadOnlyList<double> dense = c.Counts("mlp_only_layers");
        if (!dense.Order().SequenceEqual(Enumerable.Range(0, dense.Count).Select(i => (double)i)))
        {
            throw c.Error("mlp_only_layers", "only leading blocks (0, 1, ...) can be named here");
        }
        double step = c.OptionalCount("decoder_sparse_step") ?? 1;
        return dense.Count > 0 && step != 1
            ? throw c.Error("decoder_sparse_step", "it is known here only without mlp_only_layers")
            : m with { LeadingDenseBlocks = dense.Count, MoeEvery = step };
    }

    private static Model Gpt2(JsonSettings c)
    {
        double width = c.Count("n_embd");
        double heads = c.Count("n_head");
        double hidden = c.OptionalCount("n_inner") ?? 4 * width;
        return new Model
        {
            Name = "",
            ModelWidth = width,
            Blocks = c.Count("n_layer"),
            Heads = heads,
            KvHeads = heads,
            HeadWidth = width / heads,
            FeedForwardWidth = hidden,
            ExpertWidth = hidden,
            VocabularySize = c.Count("vocab_size"),
            Context = c.Count("n_positions", otherwiseKey: "n_ctx"),
            Activation = (c.OptionalText("activation_function") ?? "gelu_new").StartsWith("gelu", StringComparison.Ordinal)
                ? Activation.Gelu
                : c.OptionalText("activation_function") == "relu" ? Activation.Relu
                : throw c.Error("activation_function", "GELU and ReLU are known here"),
            Normalization = Normalization.LayerNorm,
            Positions = Positions.Learned,
            Biases = BiasSet.Layers,
            TiedEmbeddings = c.Flag("tie_word_embeddings", otherwise: true),
        };
    }

    private static Activation Gated(JsonSettings c) => (c.OptionalText("hidden_act") ?? "silu") switch
    {
        "silu" or "swish" => Activation.SwiGlu,
        string act when act.StartsWith("gelu", StringComparison.Ordinal) => Activation.GeGlu,
        _ => throw c.Error("hidden_act", "SiLU and GELU are known here"),
    };

    private static BiasSet LlamaBiases(JsonSettings c) => AttentionBiases(c) | (c.Flag("mlp_bias", otherwise: false) ? BiasSet.FeedForward : BiasSet.None);

    private static BiasSet AttentionBiases(JsonSettings c) => c.Flag("attention_bias", otherwise: false) ? BiasSet.Qkv | BiasSet.AttentionOutput : BiasSet.None;
}
