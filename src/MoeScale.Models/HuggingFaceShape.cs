namespace MoeScale.Models;

/// <summary>The sizes of a model, by the keys of its configuration class, with the biases and norms that the class has.</summary>
internal static class HuggingFaceShape
{
    // What the same setting is called in one class or another.
    private static readonly string[] ExpertCounts = ["num_experts", "num_local_experts", "n_routed_experts"];
    private static readonly string[] ExpertsPerToken = ["num_experts_per_tok", "experts_per_token"];

    /// <summary>The Llama block, on which most others build: RMSNorm, rotary positions, SwiGLU, grouped queries.</summary>
    /// <param name="c">The configuration.</param>
    /// <param name="headWidth">head_dim where the file names none; null for hidden_size over heads.</param>
    /// <param name="kvHeadsMayLack">Whether a file without num_key_value_heads means as many as heads; other types have a number of their
    /// own then.</param>
    public static Model Dense(JsonSettings c, double? headWidth = null, bool kvHeadsMayLack = false)
    {
        double width = c.Count("hidden_size");
        double heads = c.Count("num_attention_heads");
        double? given = c.OptionalCount("head_dim");
        if (heads > 0 && width % heads != 0 && headWidth is null && given is null)
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
            HeadWidth = given ?? headWidth ?? width / heads,
            FeedForwardWidth = c.Count("intermediate_size"),
            ExpertWidth = c.Count("intermediate_size"),
            VocabularySize = c.Count("vocab_size"),
            Context = c.Count("max_position_embeddings"),
            Activation = Gated(c),
            TiedEmbeddings = c.Flag("tie_word_embeddings", otherwise: false),
        };
    }

    public static Model Llama(JsonSettings c) =>
        Dense(c, kvHeadsMayLack: true) with
        {
            Biases = AttentionBiases(c) | (c.Flag("mlp_bias", otherwise: false) ? BiasSet.FeedForward : BiasSet.None),
        };

    public static Model Mixtral(JsonSettings c) => Experts(c, Dense(c), c.Count("intermediate_size"));

    public static Model Qwen2(JsonSettings c) => Dense(c) with { Biases = BiasSet.Qkv };

    public static Model Qwen2Experts(JsonSettings c)
    {
        double shared = c.Count("shared_expert_intermediate_size");
        Model m = Experts(c, Dense(c), c.Count("moe_intermediate_size")) with
        {
            SharedWidth =
                shared > 0 ? shared : throw c.Error("shared_expert_intermediate_size", "a gate without shared experts is not known here"),
            SharedGate = true,
            Biases = c.Flag("qkv_bias", otherwise: true) ? BiasSet.Qkv : BiasSet.None,
        };
        return HuggingFaceBlocks.Sparse(c, m);
    }

    public static Model Qwen3(JsonSettings c) =>
        Dense(c, headWidth: 128) with
        {
            QueryKeyNorm = QueryKeyNorm.PerHead,
            Biases = AttentionBiases(c),
        };

    public static Model Qwen3Experts(JsonSettings c) =>
        HuggingFaceBlocks.Sparse(
            c,
            Experts(c, Dense(c), c.Count("moe_intermediate_size")) with
            {
                QueryKeyNorm = QueryKeyNorm.PerHead,
                Biases = AttentionBiases(c),
            }
        );

    public static Model Olmoe(JsonSettings c) =>
        Experts(c, Dense(c, kvHeadsMayLack: true), c.Count("intermediate_size")) with
        {
            QueryKeyNorm = QueryKeyNorm.Full,
            Biases = AttentionBiases(c),
        };

    public static Model DeepSeek(JsonSettings c) => DeepSeekExperts(c, Dense(c, kvHeadsMayLack: true) with { Biases = AttentionBiases(c) });

    public static Model DeepSeekLatent(JsonSettings c) => DeepSeekExperts(c, Latent(c));

    /// <summary>With the bias of the selection.</summary>
    public static Model DeepSeekBiased(JsonSettings c) => DeepSeekExperts(c, Latent(c)) with { Biases = BiasSet.Router };

    // Its output projection has no bias.
    public static Model Glm(JsonSettings c) =>
        DeepSeekExperts(c, Dense(c, headWidth: 128)) with
        {
            QueryKeyNorm = c.Flag("use_qk_norm", otherwise: false) ? QueryKeyNorm.PerHead : QueryKeyNorm.None,
            Biases = BiasSet.Router | (c.Flag("attention_bias", otherwise: false) ? BiasSet.Qkv : BiasSet.None),
        };

    /// <summary>With the small attention that chooses tokens.</summary>
    public static Model DeepSeekIndexed(JsonSettings c) =>
        DeepSeekBiased(c) with
        {
            Indexer = new SparseIndexer(c.Count("index_n_heads"), c.Count("index_head_dim"), c.Count("index_topk")),
        };

    public static Model MiniMax(JsonSettings c)
    {
        if (c.OptionalCount("shared_intermediate_size") is > 0)
        {
            throw c.Error("shared_intermediate_size", "models of this type have no shared experts here");
        }
        if (c.OptionalText("scoring_func") is not (null or "sigmoid"))
        {
            throw c.Error("scoring_func", "models of this type have 'sigmoid'");
        }
        if (!c.Flag("use_routing_bias", otherwise: true))
        {
            throw c.Error("use_routing_bias", "models of this type select experts with a bias");
        }
        if (c.Counts("attn_type_list").Any(kind => kind != 1))
        {
            throw c.Error("attn_type_list", "blocks with linear attention are not known here");
        }
        return Experts(c, Dense(c, headWidth: 128), c.Count("intermediate_size")) with
        {
            QueryKeyNorm =
                !c.Flag("use_qk_norm", otherwise: true) ? QueryKeyNorm.None
                : (c.OptionalText("qk_norm_type") ?? "per_layer") == "per_layer" ? QueryKeyNorm.Full
                : throw c.Error("qk_norm_type", "'per_layer' is known here"),
            Biases = BiasSet.Router,
        };
    }

    public static Model Granite(JsonSettings c) =>
        Experts(c, Dense(c, kvHeadsMayLack: true), c.Count("intermediate_size")) with
        {
            Biases = AttentionBiases(c),
        };

    public static Model PhiExperts(JsonSettings c) =>
        Experts(c, Dense(c), c.Count("intermediate_size")) with
        {
            Normalization = Normalization.LayerNorm,
            Biases = AttentionBiases(c) | (c.Flag("lm_head_bias", otherwise: false) ? BiasSet.Head : BiasSet.None),
        };

    /// <summary>
    /// Its experts are as wide as intermediate_size, dense layers as intermediate_size_mlp; one shared expert always. Norms of queries and
    /// keys have no parameters.
    /// </summary>
    public static Model Llama4(JsonSettings c)
    {
        double width = c.Count("intermediate_size");
        Model experts = Experts(c, Dense(c), width) with
        {
            FeedForwardWidth = c.Count("intermediate_size_mlp"),
            SharedWidth = width,
            Biases = AttentionBiases(c),
        };
        return HuggingFaceBlocks.Interleaved(c, experts);
    }

    public static Model Dbrx(JsonSettings c)
    {
        JsonSettings attention = c.Map("attn_config") ?? throw c.Error("attn_config", "it needs the settings of attention");
        JsonSettings experts = c.Map("ffn_config") ?? throw c.Error("ffn_config", "it needs the settings of experts");
        double width = c.Count("d_model");
        double heads = c.Count("n_heads");
        double hidden = experts.Count("ffn_hidden_size");
        if (experts.Map("ffn_act_fn")?.OptionalText("name") is not (null or "silu"))
        {
            throw experts.Error("ffn_act_fn", "SiLU is known here");
        }
        if (experts.OptionalNumber("moe_normalize_expert_weights") is not (null or 1))
        {
            throw experts.Error("moe_normalize_expert_weights", "weights that are scaled to the sum 1 are known here");
        }
        return new Model
        {
            Name = "",
            ModelWidth = width,
            Blocks = c.Count("n_layers"),
            Heads = heads,
            KvHeads = attention.Count("kv_n_heads"),
            HeadWidth = width / heads,
            FeedForwardWidth = hidden,
            ExpertWidth = hidden,
            ExpertCount = experts.Count("moe_num_experts"),
            TopK = experts.Count("moe_top_k"),
            VocabularySize = c.Count("vocab_size"),
            Context = c.Count("max_seq_len"),
            TiedEmbeddings = c.Flag("tie_word_embeddings", otherwise: false),
        };
    }

    public static Model GptOss(JsonSettings c) =>
        Experts(c, Dense(c, headWidth: 64), c.Count("intermediate_size")) with
        {
            AttentionSinks = true,
            Biases =
                BiasSet.Experts
                | BiasSet.Router
                | (c.Flag("attention_bias", otherwise: true) ? BiasSet.Qkv | BiasSet.AttentionOutput : BiasSet.None),
        };

    public static Model Gpt2(JsonSettings c)
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
            Activation = (c.OptionalText("activation_function") ?? "gelu_new") switch
            {
                "relu" => Activation.Relu,
                string name when IsGelu(name) => Activation.Gelu,
                string name when IsGeluTanh(name) => Activation.GeluTanh,
                _ => throw c.Error("activation_function", "GELU and ReLU are known here"),
            },
            Normalization = Normalization.LayerNorm,
            Positions = Positions.Learned,
            Biases = BiasSet.Layers,
            TiedEmbeddings = c.Flag("tie_word_embeddings", otherwise: true),
        };
    }

    private static Model Latent(JsonSettings c)
    {
        if (c.Flag("attention_bias", otherwise: false))
        {
            throw c.Error("attention_bias", "latent attention with biases is not known here");
        }
        LatentAttention latent = new(
            c.OptionalCount("q_lora_rank") ?? 0,
            c.Count("kv_lora_rank"),
            c.Count("qk_nope_head_dim"),
            c.Count("qk_rope_head_dim"),
            c.Count("v_head_dim")
        );
        Model dense = Dense(c, latent.NopeWidth + latent.RopeWidth, kvHeadsMayLack: true);
        return dense with { Latent = latent, KvHeads = dense.Heads, HeadWidth = latent.NopeWidth + latent.RopeWidth };
    }

    private static Model Experts(JsonSettings c, Model m, double width) =>
        m with
        {
            ExpertCount = c.CountOfOne(ExpertCounts),
            TopK = c.CountOfOne(ExpertsPerToken),
            ExpertWidth = width,
        };

    private static Model DeepSeekExperts(JsonSettings c, Model m)
    {
        double width = c.Count("moe_intermediate_size");
        Model experts = Experts(c, m, width) with
        {
            SharedWidth = (c.OptionalCount("n_shared_experts") ?? 0) * width,
            PredictionModules = c.OptionalCount("num_nextn_predict_layers") ?? 0,
        };
        return HuggingFaceBlocks.AfterDense(c, experts);
    }

    private static Activation Gated(JsonSettings c) =>
        (c.OptionalText("hidden_act") ?? "silu") switch
        {
            "silu" or "swish" => Activation.SwiGlu,
            string name when IsGelu(name) => Activation.GeGlu,
            string name when IsGeluTanh(name) => Activation.GeGluTanh,
            _ => throw c.Error("hidden_act", "SiLU and GELU are known here"),
        };

    private static bool IsGelu(string name) => name is "gelu" or "gelu_python";

    private static bool IsGeluTanh(string name) =>
        name is "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" or "gelu_accurate" or "gelu_python_tanh";

    private static BiasSet AttentionBiases(JsonSettings c) =>
        c.Flag("attention_bias", otherwise: false) ? BiasSet.Qkv | BiasSet.AttentionOutput : BiasSet.None;
}
