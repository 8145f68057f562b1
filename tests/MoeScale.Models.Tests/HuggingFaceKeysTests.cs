using MoeScale.Basics;

namespace MoeScale.Models.Tests;

/// <summary>Keys of small configurations of each type: what they count, what they do to training, and what is told of them.</summary>
public class HuggingFaceKeysTests
{
    // d 64, 4 blocks, 4 heads of 16, 2 KV heads, 100 words, d_ff 96; 8 experts of 32.
    private const string Sizes =
        """ "hidden_size": 64, "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 100, "intermediate_size": 96, "max_position_embeddings": 32 """;

    private const string Experts = """ "num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 32 """;
    private const string DeepSeek =
        """ "num_key_value_heads": 4, "n_routed_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 32, "n_shared_experts": 2 """;
    private const string Glm =
        """ "n_routed_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 32, "n_shared_experts": 1, "first_k_dense_replace": 1 """;
    private const string Gpt2 = """ "n_embd": 64, "n_layer": 4, "n_head": 4, "n_positions": 32, "vocab_size": 100 """;
    private const string Latent =
        """ "kv_lora_rank": 24, "qk_nope_head_dim": 16, "qk_rope_head_dim": 8, "v_head_dim": 16, "first_k_dense_replace": 1 """;

    /// <summary>Counted apart, by the shapes of the classes' tensors.</summary>
    [Theory]
    [InlineData("llama", Sizes, "\"attention_bias\": true, \"mlp_bias\": true", 138048)]
    [InlineData("llama", Sizes, "\"head_dim\": 32", 185408)]
    [InlineData("llama", Sizes, "\"tie_word_embeddings\": true", 129856)]
    [InlineData("qwen2", Sizes, "\"tie_word_embeddings\": false", 136768)]
    [InlineData(
        "qwen2_moe",
        Sizes + "," + Experts,
        "\"num_hidden_layers\": 5, \"decoder_sparse_step\": 2, \"shared_expert_intermediate_size\": 48",
        248768
    )]
    [InlineData("qwen2_moe", Sizes + "," + Experts, "\"qkv_bias\": false, \"shared_expert_intermediate_size\": 48", 298304)]
    [InlineData("qwen3_moe", Sizes + "," + Experts, "\"mlp_only_layers\": [\n 0,\n 3\n], \"head_dim\": 16", 198848)]
    [InlineData("qwen3_moe", Sizes + "," + Experts, "\"decoder_sparse_step\": 5, \"head_dim\": 16", 136384)] // dense
    [InlineData("qwen3", Sizes, "", 481344)] // heads of 128
    [InlineData("olmoe", Sizes + "," + Experts, "\"num_key_value_heads\": null", 671296)]
    [InlineData("deepseek", Sizes + "," + DeepSeek, "\"first_k_dense_replace\": 0, \"moe_layer_freq\": [0,\n1, 0, 1]", 239680)]
    [InlineData("deepseek", Sizes + "," + DeepSeek, "\"first_k_dense_replace\": 1, \"moe_layer_freq\": 2", 196160)] // block 2 alone
    [InlineData("deepseek_v2", Sizes + "," + DeepSeek + "," + Latent, "\"q_lora_rank\": null", 279200)]
    [InlineData("glm4_moe", Sizes + "," + Glm, "\"head_dim\": 16, \"attention_bias\": true, \"use_qk_norm\": true", 249048)]
    [InlineData("gpt_oss", Sizes, "\"head_dim\": 16, \"num_experts\": 8, \"experts_per_token\": 2", 663408)]
    [InlineData("gpt2", Gpt2, "\"n_inner\": 200, \"tie_word_embeddings\": false", 186016)]
    public void Parse_KeysOfEachType_CountWhatTheClassHolds(string type, string sizes, string keys, double parameters)
    {
        Model m = Parse(type, sizes, keys);
        Assert.Equal(parameters, Census.Of(m).StoredParams);
        Assert.Equal(m, ModelFile.Parse(YamlMap.Parse(ModelFile.Write(m), "model.yaml")));
    }

    [Fact]
    public void Parse_BiasesOfAttention_AreCountedInDeepSeekToo()
    {
        double without = Census.Of(Parse("deepseek", Sizes + "," + DeepSeek, "\"first_k_dense_replace\": 1")).StoredParams;
        double with = Census
            .Of(Parse("deepseek", Sizes + "," + DeepSeek, "\"first_k_dense_replace\": 1, \"attention_bias\": true"))
            .StoredParams;
        // Queries, keys, values and output have 64 channels each, in 4 blocks.
        Assert.Equal(4 * 4 * 64, with - without);
    }

    /// <summary>
    /// The library's loss is coefficient · experts · Σ over places in the top k and experts, of means over all layers: k at balance.
    /// </summary>
    [Theory]
    [InlineData("qwen3_moe", Experts, "\"router_aux_loss_coef\": 0.02, \"output_router_logits\": true", 0.02 * 2 / 4)]
    [InlineData(
        "qwen3_moe",
        Experts,
        "\"router_aux_loss_coef\": 0.02, \"output_router_logits\": true, \"decoder_sparse_step\": 2",
        0.02 * 2 / 2
    )]
    [InlineData("qwen3_moe", Experts, "\"router_aux_loss_coef\": 0.02, \"output_router_logits\": false", 0)]
    [InlineData("qwen3_moe", Experts, "\"router_aux_loss_coef\": 0.02", 0)]
    [InlineData("qwen3_moe", Experts, "\"output_router_logits\": true", 0.001 * 2 / 4)]
    [InlineData("olmoe", Experts, "\"output_router_logits\": true", 0.01 * 2 / 4)]
    [InlineData("gpt_oss", Experts, "\"output_router_logits\": true", 0.9 * 2 / 4)]
    [InlineData("mixtral", Experts, "\"output_router_logits\": true, \"router_aux_loss_coef\": 0", 0)]
    [InlineData("deepseek", DeepSeek + ", \"first_k_dense_replace\": 1", "\"aux_loss_alpha\": 0.003, \"seq_aux\": false", 0.003)]
    [InlineData("glm4_moe", Glm, "\"router_aux_loss_coef\": 0.02", 0)]
    public void Parse_BalanceLoss_IsThatOfTheLibraryOverAllLayers(string type, string sizes, string keys, double each)
    {
        Routing routing = Parse(type, Sizes + "," + sizes, keys).Routing;
        Assert.Equal(each, routing.BalanceLoss, 1e-15);
        Assert.Equal(0, routing.ZLoss);
    }

    [Theory]
    [InlineData("llama", "", 10_000, 1e-6)]
    [InlineData("mixtral", Experts, 1e6, 1e-5)]
    [InlineData(
        "llama",
        "\"rope_theta\": 500000.0, \"rms_norm_eps\": 1e-05, \"rope_scaling\": {\"type\": \"linear\", \"factor\": 1.0}",
        500_000,
        1e-5
    )]
    [InlineData("llama", "\"rope_parameters\": {\"rope_theta\": 5e5, \"rope_type\": \"default\"}", 500_000, 1e-6)]
    public void Parse_RotaryBaseAndEpsilon_AreThoseOfTheFileOrTheClass(string type, string keys, double theta, double epsilon)
    {
        Model m = Parse(type, Sizes, keys);
        Assert.Equal((theta, epsilon, ""), (m.RopeTheta, m.NormEpsilon, m.LeftOut));
        Assert.Equal(1e-4, Parse("gpt2", Gpt2, "\"layer_norm_epsilon\": 1e-4").NormEpsilon);
    }

    /// <summary>The same parameters, and another model: it is counted, named, and not trained as if it were not there.</summary>
    [Theory]
    [InlineData(
        "llama",
        "\"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 8.0}",
        "rotary positions scaled by 'llama3' (rope_scaling)"
    )]
    [InlineData(
        "llama",
        "\"rope_parameters\": {\"rope_theta\": 1e4, \"rope_type\": \"yarn\", \"factor\": 4}",
        "rotary positions scaled by 'yarn' (rope_parameters)"
    )]
    [InlineData("llama", "\"partial_rotary_factor\": 0.5", "rotary positions of 0.5 of the channels only (partial_rotary_factor)")]
    [InlineData("glm4_moe", Glm + ", \"head_dim\": 16", "rotary positions of 0.5 of the channels only")]
    [InlineData(
        "glm4_moe",
        Glm + ", \"partial_rotary_factor\": 1, \"routed_scaling_factor\": 2.5",
        "the experts' output is multiplied with 2.5 (routed_scaling_factor)"
    )]
    [InlineData(
        "glm4_moe",
        Glm + ", \"partial_rotary_factor\": 1, \"n_group\": 4, \"topk_group\": 2",
        "a token's experts come from 2 of 4 groups (n_group, topk_group)"
    )]
    [InlineData(
        "deepseek_v2",
        DeepSeek + "," + Latent + ", \"topk_method\": \"group_limited_greedy\", \"n_group\": 4, \"topk_group\": 1",
        "from 1 of 4 groups"
    )]
    [InlineData(
        "deepseek_v3",
        DeepSeek + "," + Latent,
        "from 4 of 8 groups (n_group, topk_group); the experts' output is multiplied with 2.5"
    )]
    [InlineData("olmoe", Experts + ", \"clip_qkv\": 8.0", "queries, keys and values are clipped at 8 (clip_qkv)")]
    [InlineData("gpt_oss", Experts, "(rope_scaling); SwiGLU with inputs clipped at 7 (swiglu_limit)")]
    public void Parse_KeysThatChangeTheModelAlone_AreLeftOutByName(string type, string keys, string leftOut)
    {
        Assert.Contains(leftOut, Parse(type, Sizes, keys).LeftOut);
        Assert.Contains("(scale_attn_weights)", Parse("gpt2", Gpt2, "\"scale_attn_weights\": false").LeftOut);
        Assert.Contains("(scale_attn_by_inverse_layer_idx)", Parse("gpt2", Gpt2, "\"scale_attn_by_inverse_layer_idx\": true").LeftOut);
    }

    [Theory]
    [InlineData("llama", "\"sliding_window\": 8", 0, 0)] // no key of the class: told below
    [InlineData("mistral", "", 4096, 4)]
    [InlineData("mistral", "\"sliding_window\": null", 0, 0)]
    [InlineData("mistral", "\"sliding_window\": 8", 8, 4)]
    [InlineData("mixtral", Experts, 0, 0)]
    [InlineData("qwen2", "\"sliding_window\": 8", 0, 0)]
    [InlineData("qwen2", "\"sliding_window\": 8, \"use_sliding_window\": true", 0, 0)] // from block 28 on
    [InlineData("qwen2", "\"sliding_window\": 8, \"use_sliding_window\": true, \"max_window_layers\": 1", 8, 3)]
    [InlineData(
        "qwen3",
        "\"sliding_window\": 8, \"use_sliding_window\": true, "
            + "\"layer_types\": [\"full_attention\", \"full_attention\", \"full_attention\", \"full_attention\"]",
        0,
        0
    )]
    [InlineData("gpt_oss", Experts + ", \"sliding_window\": 8", 8, 2)]
    [InlineData("gpt_oss", Experts + ", \"num_hidden_layers\": 5", 128, 3)]
    [InlineData(
        "gpt_oss",
        Experts
            + ", \"sliding_window\": 8, "
            + "\"layer_types\": [\"sliding_attention\", \"full_attention\", \"sliding_attention\", \"sliding_attention\"]",
        8,
        3
    )]
    public void Parse_Windows_AreThoseThatTheClassComputes(string type, string keys, double window, double blocks)
    {
        Model m = Parse(type, Sizes, keys);
        Assert.Equal((window, blocks), (m.SlidingWindow, m.WindowedBlocks));
        // What a cache of 32 tokens keeps, and what 32 tokens attend to, counted token by token.
        double kept = ((m.Blocks - blocks) * 32) + (blocks * Math.Min(32, window));
        Assert.Equal(kept * 2 * m.KvHeads * m.HeadWidth * 2, Census.Of(m).KvCacheBytes(32, NumberType.Bf16));
        double attended = Enumerable.Range(1, 32).Sum(i => ((m.Blocks - blocks) * i) + (blocks * Math.Min(i, window))) / 32;
        Assert.Equal(attended * 4 * m.Heads * m.HeadWidth, Census.Of(m).CausalAttentionFlopsPerToken(32), 1e-6);
    }

    /// <summary>Which blocks have windows comes back from the file, whatever their order.</summary>
    [Theory]
    [InlineData("full full sliding sliding", 2, "")]
    [InlineData("sliding full sliding full", 0, "lf")]
    [InlineData("full sliding sliding full", 0, "fll")]
    [InlineData("sliding full full full", 0, "lfff")]
    public void Parse_LayerTypes_AreKeptInTheirOrder(string layers, double first, string pattern)
    {
        string[] kinds = layers.Split(' ');
        string list = string.Join(", ", kinds.Select(k => $"\"{k}_attention\""));
        Model m = Parse("qwen3", Sizes, $"\"sliding_window\": 8, \"use_sliding_window\": true, \"layer_types\": [{list}]");
        Assert.Equal((first, pattern), (m.FullAttentionBlocks, m.AttentionPattern));
        Assert.Equal(kinds.Count(k => k == "sliding"), m.WindowedBlocks);
        Assert.Equal(kinds.Select(k => k == "full"), LayerPattern.Of(m));
        Assert.Equal(m, ModelFile.Parse(YamlMap.Parse(ModelFile.Write(m), "model.yaml")));
    }

    /// <summary>
    /// The matrices of blocks are 4·(64·64·2 + 64·32·2 + 3·64·96); 8 + 32/128² bits each, or 4 + 20/128 and so on.
    /// </summary>
    [Theory]
    [InlineData("{\"quant_method\": \"fp8\", \"weight_block_size\": [128, 128]}", "fp8", 8 + (32.0 / 16384))]
    [InlineData("{\"quant_method\": \"fp8\"}", "fp8", 8)]
    [InlineData("{\"fmt\": \"e4m3\"}", "fp8", 8)]
    [InlineData("{\"quant_method\": \"awq\", \"bits\": 4, \"group_size\": 128}", "awq", 4 + (20.0 / 128))]
    [InlineData("{\"quant_method\": \"awq\", \"w_bit\": 4, \"q_group_size\": 64}", "awq", 4 + (20.0 / 64))]
    [InlineData("{\"quant_method\": \"gptq\", \"bits\": 8, \"group_size\": -1}", "gptq", 8)]
    [InlineData("{\"quant_method\": \"mxfp4\"}", "mxfp4", 16)] // a dense model has no experts
    public void Parse_Quantization_IsCountedInBytes(string quantization, string method, double bits)
    {
        Model m = Parse("llama", Sizes, $"\"quantization_config\": {quantization}");
        double matrices = 4 * ((64 * 64 * 2) + (64 * 32 * 2) + (3 * 64 * 96));
        double bytes = ((Census.Of(m).StoredParams - matrices) * 2) + (matrices * bits / 8);
        Assert.Equal((method, ""), (m.Quantization!.Method, m.Note));
        Assert.Equal(bytes, Census.Of(m).WeightBytes(m.Quantization), 1e-6);
    }

    /// <summary>
    /// 4 blocks of queries and output 64·64, keys and values 64·32, and 3·64·96 of a dense layer; a module that is kept has 16 bits a
    /// number, all others 8: the bytes of all in bf16 less one for each number that is stored in 8 bits.
    /// </summary>
    [Theory]
    [InlineData("modules_to_not_convert", "\"lm_head\", \"model.embed_tokens\", \"model.norm\"", 4 * (12288 + 18432))]
    [InlineData("modules_to_not_convert", "\"model.layers.*.self_attn\"", 4 * 18432)]
    [InlineData("ignored_layers", "\"self_attn.q_proj\", \"model.layers.*.self_attn.o_proj\"", 4 * (4096 + 18432))]
    [InlineData("ignore", "\"mlp\"", 4 * 12288)]
    [InlineData("ignore", "\"model.layers.*\"", 0)]
    [InlineData(
        "ignored_layers",
        "\"model.layers.0.mlp\", \"model.layers.1.mlp\", \"model.layers.2.mlp\", \"model.layers.3.mlp\"",
        4 * 12288
    )]
    [InlineData("ignore", "\"model.visual.blocks.0.attn\", \"model.layers.4.mlp\"", 4 * (12288 + 18432))] // no such blocks
    public void Parse_ModulesThatAreKept_StayInBf16(string key, string modules, double inFewBits)
    {
        Model m = Parse("llama", Sizes, $"\"quantization_config\": {{ \"quant_method\": \"fp8\", \"{key}\": [{modules}] }}");
        Assert.Equal("", m.Note);
        Assert.Equal((2 * Census.Of(m).StoredParams) - inFewBits, Census.Of(m).WeightBytes(m.Quantization!));
    }

    /// <summary>8 experts of 3·64·32 in each of 4 blocks, and shared ones of 3·64·48.</summary>
    [Theory]
    [InlineData("\"mlp.gate\"", 4 * (12288 + 49152 + 9216))]
    [InlineData("\"mlp.shared_expert\", \"mlp.shared_expert_gate\"", 4 * (12288 + 49152))]
    [InlineData("\"mlp.experts\"", 4 * (12288 + 9216))]
    [InlineData("\"model.layers.*.mlp\"", 4 * 12288)]
    public void Parse_ModulesOfExpertsThatAreKept_StayInBf16(string modules, double inFewBits)
    {
        Model m = Parse(
            "qwen2_moe",
            Sizes + "," + Experts,
            "\"shared_expert_intermediate_size\": 48, "
                + $"\"quantization_config\": {{ \"quant_method\": \"fp8\", \"modules_to_not_convert\": [{modules}] }}"
        );
        Assert.DoesNotContain("quantization_config", m.Note);
        Assert.Equal((2 * Census.Of(m).StoredParams) - inFewBits, Census.Of(m).WeightBytes(m.Quantization!));
    }

    [Theory]
    [InlineData(
        "\"ignore\": [\"re:.*mlp.*\", \"mlp.gate_proj\", \"lm_head\"]",
        "modules of quantization_config.ignore that are not known here, and change no bytes: re:.*mlp.*, mlp.gate_proj"
    )]
    [InlineData(
        "\"ignored_layers\": [\"model.layers.0.mlp\", \"model.layers.3.mlp\"]",
        "quantization_config.ignored_layers keeps modules of some blocks only, which changes no bytes: dense layers"
    )]
    [InlineData(
        "\"dynamic\": {\"a\": 1}, \"lm_head\": true, \"desc_act\": true",
        "keys of quantization_config that are not known here, and change no bytes: dynamic, lm_head"
    )]
    public void Parse_WhatOfQuantizationIsNotUnderstood_IsTold(string keys, string note)
    {
        Model m = Parse("llama", Sizes, $"\"quantization_config\": {{ \"quant_method\": \"fp8\", {keys} }}");
        Assert.Equal(note, m.Note);
        Assert.Equal(RoleSet.Matrices, m.Quantization!.Roles);
    }

    [Theory]
    [InlineData("silu", Activation.SwiGlu)]
    [InlineData("gelu", Activation.GeGlu)]
    [InlineData("gelu_pytorch_tanh", Activation.GeGluTanh)]
    public void Parse_Activations_AreTheirFunctions(string name, Activation expected)
    {
        Assert.Equal(expected, Parse("llama", Sizes, $"\"hidden_act\": \"{name}\"").Activation);
        Assert.Equal(Activation.GeluTanh, Parse("gpt2", Gpt2, "").Activation);
        Assert.Equal(Activation.Gelu, Parse("gpt2", Gpt2, "\"activation_function\": \"gelu\"").Activation);
    }

    [Theory]
    [InlineData(
        "llama",
        Sizes,
        "\"use_rope\": false, \"logit_scale\": 0.5, \"mlp_bias\": false",
        "keys that mean nothing for 'llama' here, and are left out: use_rope, logit_scale"
    )]
    [InlineData(
        "mixtral",
        Sizes + "," + Experts,
        "\"attention_bias\": true",
        "for 'mixtral' here, and are left out: moe_intermediate_size, attention_bias"
    )]
    [InlineData("llama", Sizes, "\"attention_dropout\": 0.1", "dropout of 0.1 is left out")]
    [InlineData("gpt2", Gpt2, "", "dropout of 0.1 is left out")]
    [InlineData(
        "llama",
        Sizes,
        "\"quantization_config\": {\"quant_method\": \"aqlm\"}",
        "weights are stored by aqlm (quantization_config), which is not known here"
    )]
    [InlineData(
        "llama",
        Sizes,
        "\"architectures\": [\"LlamaForSequenceClassification\"]",
        "'LlamaForSequenceClassification' (architectures) has another head"
    )]
    [InlineData(
        "mixtral",
        Sizes + "," + Experts,
        "\"router_aux_loss_coef\": 0.02",
        "output_router_logits is not true, so that training adds no balance loss; true, with the coefficient 0.02, is a balance_loss of "
            + "1e-2"
    )]
    [InlineData("deepseek", Sizes + "," + DeepSeek, "\"first_k_dense_replace\": 1", "seq_aux asks for balance in each sequence")]
    public void Parse_WhatIsLeftOut_IsTold(string type, string sizes, string keys, string note) =>
        Assert.Contains(note, Parse(type, sizes, keys).Note);

    [Fact]
    public void Parse_KeysThatEveryFileHas_AreNotTold()
    {
        Model m = Parse(
            "llama",
            Sizes,
            """
            "architectures": ["LlamaForCausalLM"], "torch_dtype": "bfloat16", "use_cache": true, "bos_token_id": 1, "pretraining_tp": 1, "attention_bias": false,
            "initializer_range": 0.02, "transformers_version": "4.40.0", "attention_dropout": 0.0, "pad_token_id": null, "rope_scaling": null, "unknown": null
            """
        );
        Assert.Equal(("", ""), (m.Note, m.LeftOut));
    }

    /// <summary>Python writes what JSON has no word for.</summary>
    [Fact]
    public void Parse_NumbersOfPython_AreRead()
    {
        const string Keys =
            "\"time_step_limit\": [0.0, Infinity], \"low\": -Infinity, \"odd\": NaN, \"say \\\"NaN\": \"Infinity, \\\" NaN\"";
        Model m = Parse("llama", Sizes, Keys);
        Assert.EndsWith("time_step_limit, low, odd, say \"NaN", m.Note);
        Assert.Contains("'rope_theta' is 1e999; it needs a number from 0 up", Refused("llama", Sizes, "\"rope_theta\": Infinity"));
        Assert.Contains("'vocab_size' is \"NaN\"; it needs a whole number", Refused("llama", Sizes, "\"vocab_size\": NaN"));
    }

    [Theory]
    [InlineData(
        "gpt2",
        Gpt2,
        "\"add_cross_attention\": true",
        "'add_cross_attention' is true; a decoder that attends to an encoder's output"
    )]
    [InlineData("llama", Sizes, "\"is_encoder_decoder\": true", "only decoders are known here")]
    [InlineData("gpt2", Gpt2, "\"pruned_heads\": {\"0\": [1]}", "heads that differ from block to block")]
    [InlineData(
        "llama",
        Sizes,
        "\"rope_theta\": 1e4, \"rope_parameters\": {\"rope_theta\": 1e6}",
        "'rope_parameters.rope_theta' is 1e6; outside 'rope_parameters' it is 10000; leave one of them out"
    )]
    [InlineData(
        "llama",
        Sizes,
        "\"rope_parameters\": {\"full_attention\": {\"rope_theta\": 1e6}}",
        "rotary positions of their own for each kind of layer"
    )]
    [InlineData("llama", Sizes, "\"hidden_act\": \"relu2\"", "'hidden_act' is \"relu2\"; SiLU and GELU are known here")]
    [InlineData("qwen3", Sizes, "\"layer_types\": [\"linear_attention\"]", "'linear_attention' is not known here")]
    [InlineData("qwen3", Sizes, "\"layer_types\": [\"full_attention\"]", "it needs a kind for each of the 4 blocks")]
    [InlineData(
        "llama",
        Sizes,
        "\"quantization_config\": {\"quant_method\": \"gptq\", \"bits\": 1}",
        "'quantization_config.bits' is 1; 2 to 8 are known here"
    )]
    [InlineData(
        "qwen3_moe",
        Sizes + "," + Experts,
        "\"num_local_experts\": 9",
        "'num_local_experts' is 9; 'num_experts' means the same and is 8; leave one of them out"
    )]
    [InlineData(
        "qwen3_moe",
        Sizes + "," + Experts,
        "\"mlp_only_layers\": [1]",
        "'mlp_only_layers' is [1]; known here are dense blocks at the start and the end"
    )]
    [InlineData(
        "deepseek",
        Sizes + "," + DeepSeek,
        "\"first_k_dense_replace\": 0, \"moe_layer_freq\": [1,\n0,\n1,\n0]",
        "known here are dense blocks at the start and the end"
    )]
    [InlineData(
        "deepseek",
        Sizes + "," + DeepSeek,
        "\"first_k_dense_replace\": 0, \"moe_layer_freq\": [1]",
        "it needs a number for each of the 4 blocks"
    )]
    [InlineData(
        "deepseek_v3",
        Sizes + "," + DeepSeek + "," + Latent,
        "\"attention_bias\": true",
        "latent attention with biases is not known here"
    )]
    [InlineData(
        "deepseek_v3",
        Sizes + "," + DeepSeek + "," + Latent,
        "\"scoring_func\": \"softmax\"",
        "models of this type have 'sigmoid'"
    )]
    [InlineData(
        "deepseek_v2",
        Sizes + "," + DeepSeek + "," + Latent,
        "\"topk_method\": \"noaux_tc\"",
        "models of this type have greedy or"
    )]
    [InlineData(
        "qwen2_moe",
        Sizes + "," + Experts,
        "\"shared_expert_intermediate_size\": 0",
        "a gate without shared experts is not known here"
    )]
    [InlineData(
        "mistral3",
        Sizes,
        "\"text_config\": {\"model_type\": \"mistral\"}",
        "Its 'text_config' is of the type mistral: saved as a config.json of its own, that is counted"
    )]
    public void Parse_KeysThatCannotBeHonoured_AreRefusedByName(string type, string sizes, string keys, string expected) =>
        Assert.Contains(expected, Refused(type, sizes, keys));

    [Fact]
    public void Parse_Name_IsTheFolders()
    {
        string json = $$"""{"model_type": "llama", "_name_or_path": "somebody/Something-7B", {{Sizes}}}""";
        Assert.Equal("mine", HuggingFaceConfig.Parse(json, Path.Combine("models", "mine", "config.json")).Name);
        Assert.Equal("other", HuggingFaceConfig.Parse(json, "other.json").Name);
    }

    private static string Refused(string type, string sizes, string keys) =>
        Assert.Throws<UserException>(() => Parse(type, sizes, keys)).Message;

    // Of a key that stands twice the later value counts, as in Python.
    private static Model Parse(string type, string sizes, string keys) =>
        HuggingFaceConfig.Parse($"{{ \"model_type\": \"{type}\", {sizes}{(keys.Length > 0 ? $", {keys}" : "")} }}", "config.json");
}
