using MoeScale.Basics;

namespace MoeScale.Models.Tests;

/// <summary>
/// Types of config.json whose models are in no catalog, by the totals that their makers publish, and further types of those that are.
/// </summary>
public class HuggingFaceKindsTests
{
    private const string Phi3 =
        """{ "model_type": "phi3", "hidden_size": 3072, "intermediate_size": 8192, "max_position_embeddings": 4096, "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 32, "original_max_position_embeddings": 4096, "resid_pdrop": 0.0, "sliding_window": 2047, "vocab_size": 32064 }""";
    private const string MiniMax =
        """{ "model_type": "minimax_m2", "attn_type_list": [1], "head_dim": 128, "hidden_size": 3072, "intermediate_size": 1536, "max_position_embeddings": 196608, "num_attention_heads": 48, "num_experts_per_tok": 8, "num_hidden_layers": 62, "num_key_value_heads": 8, "num_local_experts": 256, "qk_norm_type": "per_layer", "rms_norm_eps": 1e-06, "rope_theta": 5000000, "rotary_dim": 64, "scoring_func": "sigmoid", "shared_intermediate_size": 0, "use_qk_norm": true, "use_routing_bias": true, "vocab_size": 200064 }""";
    private const string GlmLite =
        """{ "model_type": "glm4_moe_lite", "first_k_dense_replace": 1, "hidden_size": 2048, "intermediate_size": 10240, "kv_lora_rank": 512, "max_position_embeddings": 202752, "moe_intermediate_size": 1536, "n_group": 1, "n_routed_experts": 64, "n_shared_experts": 1, "norm_topk_prob": true, "num_attention_heads": 20, "num_experts_per_tok": 4, "num_hidden_layers": 47, "num_key_value_heads": 20, "num_nextn_predict_layers": 1, "q_lora_rank": 768, "qk_nope_head_dim": 192, "qk_rope_head_dim": 64, "rope_theta": 1000000, "routed_scaling_factor": 1.8, "topk_group": 1, "topk_method": "noaux_tc", "v_head_dim": 256, "vocab_size": 154880 }""";
    private const string DeepSeek32 =
        """{ "model_type": "deepseek_v32", "first_k_dense_replace": 3, "hidden_size": 7168, "index_head_dim": 128, "index_n_heads": 64, "index_topk": 2048, "intermediate_size": 18432, "kv_lora_rank": 512, "max_position_embeddings": 163840, "moe_intermediate_size": 2048, "n_group": 8, "n_routed_experts": 256, "n_shared_experts": 1, "num_attention_heads": 128, "num_experts_per_tok": 8, "num_hidden_layers": 61, "num_key_value_heads": 128, "num_nextn_predict_layers": 1, "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "topk_group": 4, "v_head_dim": 128, "vocab_size": 129280 }""";
    private const string Granite =
        """{ "model_type": "granitemoe", "attention_bias": false, "attention_multiplier": 0.015625, "embedding_multiplier": 12.0, "hidden_size": 1024, "intermediate_size": 512, "logits_scaling": 6.0, "max_position_embeddings": 4096, "num_attention_heads": 16, "num_experts_per_tok": 8, "num_hidden_layers": 24, "num_key_value_heads": 8, "num_local_experts": 32, "residual_multiplier": 0.22, "tie_word_embeddings": true, "vocab_size": 49155 }""";
    private const string Dbrx =
        """{ "model_type": "dbrx", "attn_config": { "clip_qkv": 8, "kv_n_heads": 8, "rope_theta": 500000 }, "d_model": 6144, "ffn_config": { "ffn_hidden_size": 10752, "moe_jitter_eps": 0, "moe_loss_weight": 0.05, "moe_num_experts": 16, "moe_top_k": 4 }, "max_seq_len": 32768, "n_heads": 48, "n_layers": 40, "vocab_size": 100352 }""";
    private const string PhiExperts =
        """{ "model_type": "phimoe", "attention_bias": true, "hidden_size": 4096, "intermediate_size": 6400, "lm_head_bias": true, "max_position_embeddings": 131072, "num_attention_heads": 32, "num_experts_per_tok": 2, "num_hidden_layers": 32, "num_key_value_heads": 8, "num_local_experts": 16, "sliding_window": 131072, "vocab_size": 32064 }""";
    private const string Scout =
        """{ "model_type": "llama4", "text_config": { "attention_chunk_size": 8192, "head_dim": 128, "hidden_size": 5120, "interleave_moe_layer_step": 1, "intermediate_size": 8192, "intermediate_size_mlp": 16384, "max_position_embeddings": 262144, "model_type": "llama4_text", "no_rope_layers": [], "num_attention_heads": 40, "num_experts_per_tok": 1, "num_hidden_layers": 48, "num_key_value_heads": 8, "num_local_experts": 16, "vocab_size": 202048 }, "tie_word_embeddings": false, "vision_config": {} }""";
    private const string QwenPictures =
        """{ "model_type": "qwen3_vl_moe", "text_config": { "decoder_sparse_step": 1, "head_dim": 128, "hidden_size": 2048, "intermediate_size": 6144, "max_position_embeddings": 40960, "mlp_only_layers": [], "model_type": "qwen3_vl_moe_text", "moe_intermediate_size": 768, "num_attention_heads": 32, "num_experts": 128, "num_experts_per_tok": 8, "num_hidden_layers": 48, "num_key_value_heads": 4, "rope_scaling": { "mrope_interleaved": true, "mrope_section": [24, 20, 20], "rope_type": "default" }, "rope_theta": 5000000, "vocab_size": 151936 }, "vision_config": { "depth": 27 } }""";

    [Theory]
    [InlineData(Phi3, 3821079552, 3821079552)] // Phi-3-mini-4k-instruct: 3.82B (its file of weights)
    [InlineData(MiniMax, 229e9, 10e9)] // MiniMax-M2: 229B (its files of weights), 10B active
    [InlineData(GlmLite, 30e9, 3e9)] // GLM-4.7-Flash: 30B-A3B
    [InlineData(Granite, 1.3e9, 0.4e9)] // granite-3.0-1b-a400m-base: 1.3B, 0.4B active
    public void Parse_PublishedConfig_CountsItsPublishedTotal(string json, double total, double active)
    {
        Census census = Census.Of(HuggingFaceConfig.Parse(json, "config.json"));
        double tolerance = total % 1e6 == 0 ? 0.04 : 0;
        Assert.Equal(1, census.TotalParams / total, tolerance);
        // Makers round to a digit, with the embedding or without it.
        Assert.InRange(active, census.ActiveParamsNonEmbedding * 0.85, census.ActiveParams * 1.05);
    }

    /// <summary>Models of the catalog by the types of their makers' files.</summary>
    [Theory]
    [InlineData(Dbrx, "DBRX")]
    [InlineData(PhiExperts, "Phi-3.5-MoE-instruct")]
    [InlineData(Scout, "Llama-4-Scout-17B-16E(text)")]
    [InlineData(QwenPictures, "Qwen3-30B-A3B")]
    public void Parse_ConfigOfACatalogModel_CountsTheSame(string json, string name)
    {
        Model read = HuggingFaceConfig.Parse(json, "config.json");
        Assert.Equal(Census.Of(ModelCatalog.Open(name)).Rows, Census.Of(read).Rows);
        Assert.Equal(ModelCatalog.Open(name).Context, read.Context);
    }

    [Fact]
    public void Parse_Maverick_HasExpertsInEveryOtherBlock()
    {
        string json = Scout
            .Replace("\"interleave_moe_layer_step\": 1", "\"interleave_moe_layer_step\": 2")
            .Replace("\"num_local_experts\": 16", "\"num_local_experts\": 128");
        Assert.Equal(
            Census.Of(ModelCatalog.Open("Llama-4-Maverick-17B-128E(text)")).Rows,
            Census.Of(HuggingFaceConfig.Parse(json, "config.json")).Rows
        );
        string listed = json.Replace(
            "\"no_rope_layers\": []",
            $"\"moe_layers\": [{string.Join(", ", Enumerable.Range(0, 24).Select(i => (2 * i) + 1))}]"
        );
        Assert.Equal(24, HuggingFaceConfig.Parse(listed, "config.json").MoeBlocks);
    }

    /// <summary>
    /// 685B (DeepSeek-V3.2-Exp's files of weights), with the prediction module and its own copies of embedding and head; V3 has 684.5B. The
    /// indexer of a block has 1536·8192 + 7168·(128 + 64) numbers and a norm of 128 gains and biases.
    /// </summary>
    [Fact]
    public void Parse_DeepSeek32_CountsItsIndexer()
    {
        Census v3 = Census.Of(ModelCatalog.Open("DeepSeek-V3"));
        Census v32 = Census.Of(HuggingFaceConfig.Parse(DeepSeek32, "config.json"));
        double each = (1536 * 8192) + (7168 * 192) + 256;
        Assert.Equal(61 * each, v32.TotalParams - v3.TotalParams);
        Assert.Equal(each, v32.PredictionParams - v3.PredictionParams);
        Assert.Equal(685.4e9, v32.TotalParams + v32.PredictionParams + v32.EmbeddingParams, 0.05e9);
        Assert.Equal(v3.KvValuesPerToken + (61 * 128), v32.KvValuesPerToken);
        // Beyond 2048 tokens only the indexer's own scores grow.
        double more = v32.FullAttentionFlopsPerToken(100_000) - v32.FullAttentionFlopsPerToken(50_000);
        Assert.Equal(61 * 2 * 64 * 128 * 50_000.0, more, 1);
        Model m = v32.Model;
        Assert.Equal(
            m with
            {
                Name = "config.json",
            },
            ModelFile.Parse(YamlMap.Parse(ModelFile.Write(m with { Name = "config.json" }), "model.yaml"))
        );
    }

    [Fact]
    public void Parse_KeysOfItsClass_AreNotTold()
    {
        foreach (string json in (string[])[MiniMax, Phi3, GlmLite, Granite, Dbrx, DeepSeek32, Scout, QwenPictures])
        {
            Assert.DoesNotContain("mean nothing", HuggingFaceConfig.Parse(json, "config.json").Note);
        }
    }

    [Theory]
    [InlineData(MiniMax, "rotary positions of 0.5 of the channels only", QueryKeyNorm.Full)]
    [InlineData(Granite, "a factor of 12 (embedding_multiplier); a factor of 0.22 (residual_multiplier)", QueryKeyNorm.None)]
    [InlineData(Dbrx, "clipped at 8 (clip_qkv)", QueryKeyNorm.None)]
    [InlineData(PhiExperts, "(SparseMixer)", QueryKeyNorm.None)]
    [InlineData(Scout, "12 of 48 blocks have no positions (no_rope_layers)", QueryKeyNorm.None)]
    [InlineData(GlmLite, "the experts' output is multiplied with 1.8", QueryKeyNorm.None)]
    public void Parse_WhatIsComputedOtherwise_IsLeftOut(string json, string leftOut, QueryKeyNorm norm)
    {
        Model m = HuggingFaceConfig.Parse(json, "config.json");
        Assert.Contains(leftOut, m.LeftOut);
        Assert.Equal(norm, m.QueryKeyNorm);
    }

    /// <summary>
    /// Three of four blocks attend in chunks of 8192. A token of 262144 attends to 131072.5 in the mean, and to 4096.5 in 32 whole chunks;
    /// of 12288 to 6144.5, and to 4096.5·2/3 + 2048.5/3 = 10241.5/3 in a whole chunk and half of one.
    /// </summary>
    [Fact]
    public void Parse_Llama4_AttendsAndCachesInChunks()
    {
        foreach (Model m in (Model[])[HuggingFaceConfig.Parse(Scout, "config.json"), ModelCatalog.Open("Llama-4-Scout-17B-16E(text)")])
        {
            Census census = Census.Of(m);
            const double Each = 2.0 * 40 * 256;
            Assert.Equal((8192, 36, 0, "lllf"), (m.AttentionChunk, m.ChunkedBlocks, m.WindowedBlocks, m.AttentionPattern));
            Assert.Equal(((12 * 262144) + (36 * 8192)) * 2048.0 * 2, census.KvCacheBytes(262144, NumberType.Bf16));
            Assert.Equal(Each * ((12 * 131072.5) + (36 * 4096.5)), census.CausalAttentionFlopsPerToken(262144), 1);
            Assert.Equal(Each * ((12 * 6144.5) + (12 * 10241.5)), census.CausalAttentionFlopsPerToken(12288), 1);
            Assert.Equal(Each * 48 * 1000, census.FullAttentionFlopsPerToken(1000), 1);
            Assert.Equal(Each * 48 * 500.5, census.CausalAttentionFlopsPerToken(1000), 1);
        }
    }

    /// <summary>The files of the catalog say what their makers' files say, up to the losses of training.</summary>
    [Theory]
    [InlineData("Llama-4-Scout-17B-16E(text)", 1, 16)]
    [InlineData("Llama-4-Maverick-17B-128E(text)", 2, 128)]
    public void Parse_Llama4_IsTheCatalogsModel(string name, int every, int experts)
    {
        string json = Scout
            .Replace("\"interleave_moe_layer_step\": 1", $"\"interleave_moe_layer_step\": {every}")
            .Replace("\"num_local_experts\": 16", $"\"num_local_experts\": {experts}");
        Model known = ModelCatalog.Open(name);
        Model read = HuggingFaceConfig.Parse(json, "config.json") with
        {
            Name = known.Name,
            Note = known.Note,
            PublishedTotal = known.PublishedTotal,
            PublishedActive = known.PublishedActive,
            FeedForwardWidth = known.FeedForwardWidth,
            // Values of what is left out, which the catalog does not keep for this one.
            ConfigKeys = known.ConfigKeys,
        };
        Assert.Equal(known, read with { Routing = known.Routing with { Weights = read.Routing.Weights } });
    }

    [Fact]
    public void Parse_WhatStandsAroundAModelOfTexts_IsHonoured()
    {
        string json = QwenPictures.Replace(
            "\"vision_config\"",
            "\"tie_word_embeddings\": true, \"quantization_config\": {\"quant_method\": \"fp8\"}, \"vision_config\""
        );
        Model m = HuggingFaceConfig.Parse(json, "config.json");
        Assert.True(m.TiedEmbeddings);
        Assert.Equal("fp8", m.Quantization?.Method);
        Assert.Contains("the model of texts alone (text_config)", m.Note);
    }

    [Theory]
    [InlineData(
        """{ "model_type": "kimi_linear" }""",
        "models of the type kimi_linear cannot be said here: most of its blocks have linear attention"
    )]
    [InlineData("""{ "model_type": "llama4" }""", "'text_config' is not given; it needs the settings of the model of texts")]
    [InlineData("""{ "model_type": "dbrx" }""", "'attn_config' is not given; it needs the settings of attention")]
    public void Parse_WhatCannotBeSaid_IsRefused(string json, string reason) =>
        Assert.Contains(reason, Assert.Throws<UserException>(() => HuggingFaceConfig.Parse(json, "config.json")).Message);
}
