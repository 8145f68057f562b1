using MoeScale.Basics;

namespace MoeScale.Models.Tests;

public class HuggingFaceConfigTests
{
    /// <summary>The keys of each published config.json that say something about the shape, and some that do not.</summary>
    public static TheoryData<string, string> Published =>
        new()
        {
            {
                "Llama-3-8B",
                """{ "architectures": ["LlamaForCausalLM"], "attention_bias": false, "hidden_act": "silu", "hidden_size": 4096, "intermediate_size": 14336, "max_position_embeddings": 8192, "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8, "rms_norm_eps": 1e-05, "rope_scaling": null, "rope_theta": 500000.0, "tie_word_embeddings": false, "vocab_size": 128256 }"""
            },
            {
                "Llama-2-7B",
                """{ "hidden_act": "silu", "hidden_size": 4096, "intermediate_size": 11008, "max_position_embeddings": 4096, "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 32, "vocab_size": 32000 }"""
            },
            {
                "Mistral-7B-v0.1",
                """{ "hidden_act": "silu", "hidden_size": 4096, "intermediate_size": 14336, "max_position_embeddings": 32768, "model_type": "mistral", "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8, "sliding_window": 4096, "vocab_size": 32000 }"""
            },
            {
                "Mixtral-8x7B-v0.1",
                """{ "hidden_act": "silu", "hidden_size": 4096, "intermediate_size": 14336, "max_position_embeddings": 32768, "model_type": "mixtral", "num_attention_heads": 32, "num_experts_per_tok": 2, "num_hidden_layers": 32, "num_key_value_heads": 8, "num_local_experts": 8, "router_aux_loss_coef": 0.02, "vocab_size": 32000 }"""
            },
            {
                "OLMoE-1B-7B",
                """{ "attention_bias": false, "clip_qkv": null, "hidden_act": "silu", "hidden_size": 2048, "intermediate_size": 1024, "max_position_embeddings": 4096, "model_type": "olmoe", "norm_topk_prob": false, "num_attention_heads": 16, "num_experts": 64, "num_experts_per_tok": 8, "num_hidden_layers": 16, "num_key_value_heads": 16, "vocab_size": 50304 }"""
            },
            {
                "Qwen1.5-MoE-A2.7B",
                """{ "decoder_sparse_step": 1, "hidden_act": "silu", "hidden_size": 2048, "intermediate_size": 5632, "max_position_embeddings": 8192, "model_type": "qwen2_moe", "moe_intermediate_size": 1408, "num_attention_heads": 16, "num_experts": 60, "num_experts_per_tok": 4, "num_hidden_layers": 24, "num_key_value_heads": 16, "shared_expert_intermediate_size": 5632, "vocab_size": 151936 }"""
            },
            {
                "Qwen3-30B-A3B",
                """{ "attention_bias": false, "decoder_sparse_step": 1, "head_dim": 128, "hidden_act": "silu", "hidden_size": 2048, "intermediate_size": 6144, "max_position_embeddings": 40960, "mlp_only_layers": [], "model_type": "qwen3_moe", "moe_intermediate_size": 768, "num_attention_heads": 32, "num_experts": 128, "num_experts_per_tok": 8, "num_hidden_layers": 48, "num_key_value_heads": 4, "vocab_size": 151936 }"""
            },
            {
                "deepseek-moe-16b-base",
                """{ "first_k_dense_replace": 1, "hidden_act": "silu", "hidden_size": 2048, "intermediate_size": 10944, "max_position_embeddings": 4096, "model_type": "deepseek", "moe_intermediate_size": 1408, "moe_layer_freq": 1, "n_routed_experts": 64, "n_shared_experts": 2, "num_attention_heads": 16, "num_experts_per_tok": 6, "num_hidden_layers": 28, "num_key_value_heads": 16, "vocab_size": 102400 }"""
            },
            {
                "DeepSeek-V2-Lite",
                """{ "attention_bias": false, "first_k_dense_replace": 1, "hidden_act": "silu", "hidden_size": 2048, "intermediate_size": 10944, "kv_lora_rank": 512, "max_position_embeddings": 163840, "model_type": "deepseek_v2", "moe_intermediate_size": 1408, "moe_layer_freq": 1, "n_routed_experts": 64, "n_shared_experts": 2, "num_attention_heads": 16, "num_experts_per_tok": 6, "num_hidden_layers": 27, "num_key_value_heads": 16, "q_lora_rank": null, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "vocab_size": 102400 }"""
            },
            {
                "DeepSeek-V3",
                """{ "attention_bias": false, "first_k_dense_replace": 3, "hidden_act": "silu", "hidden_size": 7168, "intermediate_size": 18432, "kv_lora_rank": 512, "max_position_embeddings": 163840, "model_type": "deepseek_v3", "moe_intermediate_size": 2048, "moe_layer_freq": 1, "n_group": 8, "n_routed_experts": 256, "n_shared_experts": 1, "num_attention_heads": 128, "num_experts_per_tok": 8, "num_hidden_layers": 61, "num_key_value_heads": 128, "num_nextn_predict_layers": 1, "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "quantization_config": { "fmt": "e4m3" }, "v_head_dim": 128, "vocab_size": 129280 }"""
            },
            {
                "Kimi-K2",
                """{ "attention_bias": false, "first_k_dense_replace": 1, "hidden_act": "silu", "hidden_size": 7168, "intermediate_size": 18432, "kv_lora_rank": 512, "max_position_embeddings": 131072, "model_type": "kimi_k2", "moe_intermediate_size": 2048, "moe_layer_freq": 1, "n_routed_experts": 384, "n_shared_experts": 1, "num_attention_heads": 64, "num_experts_per_tok": 8, "num_hidden_layers": 61, "num_key_value_heads": 64, "num_nextn_predict_layers": 0, "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "vocab_size": 163840 }"""
            },
            {
                "GLM-4.5",
                """{ "attention_bias": true, "first_k_dense_replace": 3, "head_dim": 128, "hidden_act": "silu", "hidden_size": 5120, "intermediate_size": 12288, "max_position_embeddings": 131072, "model_type": "glm4_moe", "moe_intermediate_size": 1536, "n_routed_experts": 160, "n_shared_experts": 1, "num_attention_heads": 96, "num_experts_per_tok": 8, "num_hidden_layers": 92, "num_key_value_heads": 8, "num_nextn_predict_layers": 1, "partial_rotary_factor": 0.5, "tie_word_embeddings": false, "use_qk_norm": true, "vocab_size": 151552 }"""
            },
            {
                "gpt-oss-20b",
                """{ "attention_bias": true, "experts_per_token": 4, "head_dim": 64, "hidden_act": "silu", "hidden_size": 2880, "intermediate_size": 2880, "max_position_embeddings": 131072, "model_type": "gpt_oss", "num_attention_heads": 64, "num_hidden_layers": 24, "num_key_value_heads": 8, "num_local_experts": 32, "sliding_window": 128, "swiglu_limit": 7.0, "tie_word_embeddings": false, "vocab_size": 201088 }"""
            },
            {
                "GPT-2",
                """{ "activation_function": "gelu_new", "attn_pdrop": 0.1, "bos_token_id": 50256, "layer_norm_epsilon": 1e-05, "model_type": "gpt2", "n_ctx": 1024, "n_embd": 768, "n_head": 12, "n_layer": 12, "n_positions": 1024, "vocab_size": 50257 }"""
            },
        };

    [Theory]
    [MemberData(nameof(Published))]
    public void Parse_PublishedConfig_CountsAsTheCatalogsModel(string name, string json)
    {
        Model read = HuggingFaceConfig.Parse(json, "config.json");
        Model known = ModelCatalog.Open(name);
        Census census = Census.Of(read);
        Census expected = Census.Of(known);
        Assert.Equal(expected.Rows, census.Rows);
        Assert.Equal(known.Context, read.Context);
        Assert.Equal(expected.KvValuesPerToken, census.KvValuesPerToken);
        Assert.Equal(expected.MatrixFlopsPerToken, census.MatrixFlopsPerToken);
    }

    /// <summary>
    /// Qwen3-0.6B: 28 blocks, 8 KV heads of 128, tied; 596,049,920 parameters; its cache takes 4.375 GiB at 40,960 tokens.
    /// </summary>
    [Fact]
    public void Parse_Qwen3_CountsItsPublishedTotalAndCache()
    {
        Census census = Census.Of(
            HuggingFaceConfig.Parse(
                """{ "attention_bias": false, "head_dim": 128, "hidden_act": "silu", "hidden_size": 1024, "intermediate_size": 3072, "max_position_embeddings": 40960, "model_type": "qwen3", "num_attention_heads": 16, "num_hidden_layers": 28, "num_key_value_heads": 8, "tie_word_embeddings": true, "vocab_size": 151936 }""",
                "config.json"
            )
        );
        Assert.Equal(596049920, census.TotalParams);
        Assert.Equal(4.375 * 1073741824, census.KvCacheBytes(40960, NumberType.Bf16));
    }

    /// <summary>Blocks with windows keep no more than those hold: 4 values of 2 bytes a channel of 8 KV heads, keys and values.</summary>
    [Theory]
    [InlineData("Mistral-7B-v0.1", 32768, 32 * 4096 * 4096.0)]
    [InlineData("gpt-oss-20b", 131072, ((12 * 131072) + (12 * 128)) * 2048.0)]
    public void Parse_SlidingWindows_CountInTheCache(string name, double context, double bytes)
    {
        string json = ((IEnumerable<TheoryDataRow<string, string>>)Published).First(row => row.Data.Item1 == name).Data.Item2;
        foreach (Model m in (Model[])[HuggingFaceConfig.Parse(json, "config.json"), ModelCatalog.Open(name)])
        {
            Assert.Equal(bytes, Census.Of(m).KvCacheBytes(context, NumberType.Bf16));
            Assert.Equal(3 * bytes, Census.Of(m).KvCacheBytes(3 * context, NumberType.Bf16, sequences: 3));
        }
    }

    /// <summary>
    /// gpt-oss: 12.8 and 60.8 GiB (arXiv 2508.10925, Table 1: checkpoint size), experts in MXFP4 and all else in bf16.
    /// </summary>
    [Theory]
    [InlineData("gpt-oss-20b", 12.8)]
    [InlineData("gpt-oss-120b", 60.8)]
    public void Quantization_OfGptOss_TakesThePublishedBytes(string name, double gibibytes)
    {
        double blocks = ModelCatalog.Open(name).Blocks;
        double experts = ModelCatalog.Open(name).ExpertCount;
        string json = ((IEnumerable<TheoryDataRow<string, string>>)Published).First(row => row.Data.Item1 == "gpt-oss-20b").Data.Item2;
        json = json.Replace("\"num_hidden_layers\": 24", $"\"num_hidden_layers\": {blocks}")
            .Replace("\"num_local_experts\": 32", $"\"num_local_experts\": {experts}")
            .Insert(
                2,
                "\"quantization_config\": { \"quant_method\": \"mxfp4\", \"modules_to_not_convert\": [\"model.layers.*.self_attn\", "
                    + "\"model.layers.*.mlp.router\", \"model.embed_tokens\", \"lm_head\"] }, "
            );
        Model m = HuggingFaceConfig.Parse(json, "config.json");
        Assert.Equal(gibibytes, Census.Of(m).WeightBytes(m.Quantization!) / (1 << 30), 0.05);
        Assert.Equal(("mxfp4", 4.25), (m.Quantization!.Method, m.Quantization.Bits));
        Assert.DoesNotContain("quantization_config", m.Note);
    }

    [Theory]
    // 0.02 of the file, top-2, 32 layers.
    [InlineData("Mixtral-8x7B-v0.1", "\"output_router_logits\": true, ", RouterWeights.SelectedSoftmax, 0.02 * 2 / 32, 0)]
    [InlineData("Mixtral-8x7B-v0.1", "", RouterWeights.SelectedSoftmax, 0, 0)] // without router logits the library adds no loss
    [InlineData("OLMoE-1B-7B", "", RouterWeights.Softmax, 0, 0)] // "norm_topk_prob": false
    [InlineData(
        "OLMoE-1B-7B",
        "\"output_router_logits\": true, \"router_aux_loss_coef\": 0.01, \"norm_topk_prob\": true, ",
        RouterWeights.SelectedSoftmax,
        0.01 * 8 / 16,
        0
    )]
    [InlineData(
        "Qwen1.5-MoE-A2.7B",
        "\"output_router_logits\": true, \"router_aux_loss_coef\": 0.001, ",
        RouterWeights.Softmax,
        0.001 * 4 / 24,
        0
    )]
    [InlineData("Qwen3-30B-A3B", "\"norm_topk_prob\": true, ", RouterWeights.SelectedSoftmax, 0, 0)]
    [InlineData("gpt-oss-20b", "", RouterWeights.SelectedSoftmax, 0, 0)]
    [InlineData("deepseek-moe-16b-base", "", RouterWeights.Softmax, 0.001, 0)] // its class's alpha, in each layer
    [InlineData("DeepSeek-V3", "", RouterWeights.SelectedSigmoid, 0, 1e-3)]
    [InlineData("DeepSeek-V3", "\"norm_topk_prob\": false, ", RouterWeights.Sigmoid, 0, 1e-3)]
    [InlineData("GLM-4.5", "", RouterWeights.SelectedSigmoid, 0, 1e-3)]
    public void Parse_Routing_IsWhatTheLibraryComputes(
        string name,
        string keys,
        RouterWeights weights,
        double balanceLoss,
        double balanceBias
    )
    {
        string json = ((IEnumerable<TheoryDataRow<string, string>>)Published).First(row => row.Data.Item1 == name).Data.Item2;
        if (keys.Contains("norm_topk_prob", StringComparison.Ordinal))
        {
            json = json.Replace("\"norm_topk_prob\": false, ", "");
        }
        Routing routing = HuggingFaceConfig.Parse(json.Insert(2, keys), "config.json").Routing;
        Assert.Equal(
            (RoutingKind.TokenChoice, weights, null, balanceBias),
            (routing.Kind, routing.Weights, routing.CapacityFactor, routing.BalanceBias)
        );
        // The loss of the library is top_k at balance, and one for all layers; that of this program 1, in each.
        Assert.Equal(balanceLoss, routing.BalanceLoss, 1e-15);
    }

    [Fact]
    public void Parse_AlternatingAndDenseLayers_AreWhereTheConfigSays()
    {
        const string sparse =
            """{ "decoder_sparse_step": 2, "hidden_size": 64, "intermediate_size": 256, "max_position_embeddings": 8, "model_type": "qwen3_moe", "moe_intermediate_size": 32, "num_attention_heads": 2, "num_experts": 8, "num_experts_per_tok": 2, "num_hidden_layers": 4, "num_key_value_heads": 2, "vocab_size": 100 }""";
        Model alternating = HuggingFaceConfig.Parse(sparse, "config.json");
        Assert.Equal((2, 2), (alternating.MoeBlocks, alternating.DenseBlocks));
        Model leading = HuggingFaceConfig.Parse(sparse.Replace("\"decoder_sparse_step\": 2", "\"mlp_only_layers\": [1, 0]"), "config.json");
        Assert.Equal((2, 2), (leading.LeadingDenseBlocks, leading.MoeBlocks));
    }

    [Theory]
    [InlineData(
        "{ \"model_type\": \"mambo\" }",
        "config.json: model_type 'mambo' is not known. Known are dbrx, deepseek, deepseek_v2, deepseek_v3, deepseek_v32, glm4_moe, "
            + "glm4_moe_lite, gpt2, gpt_oss, granitemoe, kimi_k2, llama, llama4, llama4_text, minimax_m2, mistral, mixtral, olmoe, phi3, "
            + "phimoe, qwen2, qwen2_moe, qwen3, qwen3_moe, qwen3_vl_moe, qwen3_vl_moe_text."
    )]
    [InlineData("{ \"model_type\": \"mixtrl\" }", "did you mean 'mixtral'?")]
    [InlineData("{ }", "config.json needs a value for 'model_type'")]
    [InlineData("{ \"model_type\": 3 }", "'model_type' is 3; it needs a text")]
    [InlineData("{ \"model_type\" \"llama\" }", "this is not JSON")]
    [InlineData("{ \"model_type\": \"\\ud800\" }", "it is no valid text")]
    [InlineData(
        "{ \"model_type\": \"llama\", \"hidden_size\": \"64\" }",
        "'hidden_size' is \"64\"; it needs a whole number from 0 up, without quotes"
    )]
    [InlineData(
        "{ \"model_type\": \"llama\", \"hidden_size\": 64, \"num_attention_heads\": 3 }",
        "without a head_dim it must be a multiple of num_attention_heads 3"
    )]
    [InlineData(
        "{ \"model_type\": \"mistral\", \"hidden_size\": 64, \"num_attention_heads\": 4, \"num_hidden_layers\": 2 }",
        "needs a value for 'num_key_value_heads'"
    )]
    [InlineData("[1]", "holds no JSON object")]
    [InlineData("{ \"a\": ", "config.json:1:8: the JSON ends early")]
    [InlineData("{ \"model_type\": \"llama\" }", "needs a value for 'hidden_size'")]
    [InlineData("{ \"model_type\": \"llama\", \"hidden_size\": -1 }", "'hidden_size' is -1; it needs a whole number")]
    [InlineData("{ \"model_type\": \"llama\", \"hidden_size\": 64.5 }", "'hidden_size' is 64.5; it needs a whole number")]
    [InlineData(
        "{ \"model_type\": \"gpt2\", \"n_embd\": 10, \"n_head\": 3, \"n_layer\": 1, \"n_positions\": 8, \"vocab_size\": 9 }",
        "head_dim 3.3333333333333335 is not a whole number"
    )]
    [InlineData(
        "{ \"model_type\": \"gpt2\", \"n_embd\": 9, \"n_head\": 3, \"n_layer\": 0, \"n_positions\": 8, \"vocab_size\": 9 }",
        "n_blocks is 0"
    )]
    public void Parse_Mistake_SaysWhereAndWhat(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<UserException>(() => HuggingFaceConfig.Parse(json, "config.json")).Message);
}
