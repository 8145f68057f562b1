using System.Text.Json.Nodes;
using MoeScale.Exchange.Export.HuggingFace;
using MoeScale.Models;

namespace MoeScale.Exchange.Tests.Export.HuggingFace;

/// <summary>
/// A config.json of each architecture, with the keys that published files have, goes in and comes out: every key with its value, but for
/// those that are listed here.
/// </summary>
public class ConfigRoundTripTests
{
    private const string Sizes = """
        "hidden_size": 64, "num_hidden_layers": 6, "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 96,
        "vocab_size": 100, "max_position_embeddings": 32, "hidden_act": "silu", "rms_norm_eps": 1e-6, "rope_theta": 500000.0,
        "tie_word_embeddings": false
        """;

    private const string Qwen = """
        "moe_intermediate_size": 32, "num_experts": 8, "num_experts_per_tok": 2, "norm_topk_prob": true, "decoder_sparse_step": 1,
        "mlp_only_layers": [0, 5], "use_sliding_window": false
        """;

    private const string DeepSeek = """
        "moe_intermediate_size": 32, "n_routed_experts": 8, "n_shared_experts": 1, "num_experts_per_tok": 4, "first_k_dense_replace": 1
        """;

    private const string Latent = """
        "num_key_value_heads": 4, "q_lora_rank": 24, "kv_lora_rank": 16, "qk_nope_head_dim": 16, "qk_rope_head_dim": 8, "v_head_dim": 12
        """;

    private const string Yarn = """
        "rope_scaling": {"type": "yarn", "factor": 40, "beta_fast": 32, "beta_slow": 1, "original_max_position_embeddings": 4096}
        """;

    private const string Pooled = "\"router_aux_loss_coef\": 0.003, \"output_router_logits\": true";
    private const string Idle = "\"router_aux_loss_coef\": 0.003, \"output_router_logits\": false";

    /// <summary>Keys that say nothing of a model, or of how it is used only.</summary>
    private static readonly string[] Dropped =
    [
        "attention_dropout",
        "bos_token_id",
        "eos_token_id",
        "initializer_range",
        "torch_dtype",
        "transformers_version",
        "use_cache",
    ];

    /// <summary>Keys that stand in a file that is written, where one that is read may leave them to the class.</summary>
    private static readonly string[] Added = ["max_window_layers", "layer_types"];

    public static TheoryData<string, string> Kinds =>
        new()
        {
            { "llama", """ "head_dim": 16, "attention_bias": false, "mlp_bias": true """ },
            {
                "llama",
                """ "head_dim": 32, "attention_bias": true, "mlp_bias": false, "rope_scaling": {"rope_type": "llama3", "factor": 8.0} """
            },
            { "mistral", """ "head_dim": 16, "sliding_window": 16 """ },
            { "qwen2", """ "use_sliding_window": true, "sliding_window": 16, "max_window_layers": 4 """ },
            {
                "qwen3",
                """ "head_dim": 16, "attention_bias": false, "use_sliding_window": true, "sliding_window": 16, "max_window_layers": 2 """
            },
            { "gpt2", "" },
            { "mixtral", $""" "head_dim": 16, "num_local_experts": 8, "num_experts_per_tok": 2, {Pooled}, "sliding_window": null """ },
            { "mixtral", $""" "head_dim": 16, "num_local_experts": 8, "num_experts_per_tok": 2, {Idle}, "sliding_window": 16 """ },
            { "qwen3_moe", $""" "head_dim": 16, "attention_bias": false, {Qwen}, {Pooled} """ },
            { "qwen3_moe", $""" "head_dim": 16, "attention_bias": false, {Qwen}, {Idle}, {Yarn} """ },
            {
                "olmoe",
                $"""
                    "num_key_value_heads": 4, "intermediate_size": 32, "num_experts": 8, "num_experts_per_tok": 2, "norm_topk_prob": false,
                    "attention_bias": false, "clip_qkv": 8.0, {Idle}
                    """
            },
            { "qwen2_moe", $""" {Qwen}, {Pooled}, "qkv_bias": true, "shared_expert_intermediate_size": 48 """ },
            {
                "glm4_moe",
                $"""
                    {DeepSeek}, "head_dim": 16, "attention_bias": true, "use_qk_norm": true, "partial_rotary_factor": 0.5, "n_group": 1,
                    "topk_group": 1, "routed_scaling_factor": 2.5, "norm_topk_prob": true, "num_nextn_predict_layers": 1
                    """
            },
            {
                "deepseek_v3",
                $"""
                    {DeepSeek}, {Latent}, {Yarn}, "scoring_func": "sigmoid", "topk_method": "noaux_tc", "n_group": 4, "topk_group": 2,
                    "routed_scaling_factor": 2.5, "norm_topk_prob": true, "num_nextn_predict_layers": 1
                    """
            },
            {
                "deepseek_v2",
                $"""
                    {DeepSeek}, {Latent}, {Yarn}, "moe_layer_freq": 1, "topk_method": "group_limited_greedy", "n_group": 4, "topk_group": 2,
                    "routed_scaling_factor": 16.0, "norm_topk_prob": false, "aux_loss_alpha": 0.002, "seq_aux": false
                    """
            },
            {
                "deepseek",
                $"""
                    {DeepSeek}, "attention_bias": false, "moe_layer_freq": 1, "scoring_func": "softmax", "norm_topk_prob": false,
                    "aux_loss_alpha": 0.002, "seq_aux": false
                    """
            },
            {
                "gpt_oss",
                $$"""
                    "head_dim": 16, "num_local_experts": 8, "num_experts_per_tok": 2, "attention_bias": true, "sliding_window": 16, {{Idle}},
                    "swiglu_limit": 9.0, "rope_scaling": {"rope_type": "yarn", "factor": 32.0, "truncate": false}
                    """
            },
        };

    [Fact]
    public void Kinds_AreAllArchitectures() =>
        Assert.Equal(Architecture.All.Select(a => a.Type).Order(), Kinds.Select(row => row.Data.Item1).Distinct().Order());

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Write_WhatWasRead_HasItsKeysAndValues(string type, string keys)
    {
        JsonObject there = type == "gpt2" ? Gpt2() : Of(type, keys);
        Model m = HuggingFaceConfig.Parse(there.ToJsonString(), "config.json");
        ConfigChoice choice = ConfigChoice.For(m);
        Assert.Equal((type, ""), (choice.Type, string.Join(", ", choice.Differences.Select(d => $"{d.Key}: {d.Ours} {d.Theirs}"))));
        JsonObject back = JsonNode.Parse(choice.Write(m))!.AsObject();
        foreach ((string key, JsonNode? value) in there.Where(p => !Dropped.Contains(p.Key) && p.Value is not null))
        {
            Assert.True(JsonNode.DeepEquals(value, back[key]), $"{key}: {value?.ToJsonString()} went in, {back[key]?.ToJsonString()} out");
        }
        Assert.Equal([], back.Select(p => p.Key).Where(key => !there.ContainsKey(key) && !Added.Contains(key)));
    }

    // A later key stands in the place of an earlier one.
    private static JsonObject Of(string type, string keys)
    {
        JsonObject json = JsonNode.Parse($"{{{Sizes}}}")!.AsObject();
        json["architectures"] = new JsonArray(Architecture.All.First(a => a.Type == type).ClassName);
        json["model_type"] = type;
        foreach (string key in Dropped)
        {
            json[key] = key switch
            {
                "torch_dtype" => "bfloat16",
                "transformers_version" => "4.57.0",
                "use_cache" => true,
                _ => 0,
            };
        }
        foreach ((string key, JsonNode? value) in JsonNode.Parse($"{{{keys}}}")!.AsObject())
        {
            json[key] = value?.DeepClone();
        }
        return json;
    }

    private static JsonObject Gpt2() =>
        JsonNode
            .Parse(
                """
                {
                  "architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "n_embd": 64, "n_layer": 4, "n_head": 4, "n_inner": 200,
                  "n_positions": 32, "vocab_size": 100, "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5,
                  "tie_word_embeddings": true, "attn_pdrop": 0.0, "embd_pdrop": 0.0, "resid_pdrop": 0.0
                }
                """
            )!
            .AsObject();
}
