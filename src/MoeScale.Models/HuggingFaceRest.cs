using MoeScale.Basics;

namespace MoeScale.Models;

/// <summary>
/// What of a configuration is no part of a model here: refused where it changes the number of parameters, told where it changes what is
/// computed.
/// </summary>
internal static class HuggingFaceRest
{
    private static readonly string[] LanguageHeads = ["ForCausalLM", "LMHeadModel"];
    private static readonly string[] Dropouts = ["attention_dropout", "attn_pdrop", "embd_pdrop", "hidden_dropout", "resid_pdrop"];

    /// <summary>Keys that change neither what a model is nor how it is trained here.</summary>
    private static readonly HashSet<string> Harmless =
    [
        "_attn_implementation",
        "_attn_implementation_autoset",
        "_commit_hash",
        "_flash_attn_2_enabled",
        "_name_or_path",
        "architectures",
        "attn_implementation",
        "auto_map",
        "bad_words_ids",
        "begin_suppress_tokens",
        "bos_token_id",
        "chunk_size_feed_forward",
        "decoder_start_token_id",
        "diversity_penalty",
        "do_sample",
        "dtype",
        "early_stopping",
        "encoder_no_repeat_ngram_size",
        "eos_token_id",
        "ep_size",
        "exponential_decay_length_penalty",
        "finetuning_task",
        "forced_bos_token_id",
        "forced_eos_token_id",
        "gradient_checkpointing",
        "id2label",
        "initial_context_length",
        "initializer_range",
        "is_decoder",
        "label2id",
        "length_penalty",
        "max_length",
        "max_new_tokens",
        "max_window_layers",
        "min_length",
        "model_type",
        "n_ctx",
        "name_or_path",
        "no_repeat_ngram_size",
        "num_beam_groups",
        "num_beams",
        "num_labels",
        "num_return_sequences",
        "original_max_position_embeddings",
        "output_attentions",
        "output_hidden_states",
        "output_past",
        "output_scores",
        "pad_token_id",
        "prefix",
        "pretraining_tp",
        "problem_type",
        "qk_head_dim",
        "remove_invalid_values",
        "reorder_and_upcast_attn",
        "repetition_penalty",
        "return_dict",
        "return_dict_in_generate",
        "rope_interleave",
        "sep_token_id",
        "suppress_tokens",
        "task_specific_params",
        "temperature",
        "tf_legacy_loss",
        "tie_encoder_decoder",
        "tokenizer_class",
        "top_k",
        "top_p",
        "torch_dtype",
        "torchscript",
        "transformers_version",
        "typical_p",
        "use_bfloat16",
        "use_cache",
    ];

    /// <summary>Switches that mean nothing where they are off, whatever the class.</summary>
    private static readonly HashSet<string> Switches =
    [
        "add_cross_attention",
        "attention_bias",
        "clip_qkv",
        "is_encoder_decoder",
        "mlp_bias",
        "norm_topk_prob",
        "output_router_logits",
        "qkv_bias",
        "scale_attn_by_inverse_layer_idx",
        "seq_aux",
        "use_qk_norm",
        "use_sliding_window",
    ];

    /// <summary>Keys of any class.</summary>
    /// <exception cref="UserException">A key asks for parameters that no model here has.</exception>
    public static void Read(HuggingFaceClass known, JsonSettings c, List<string> leftOut, List<string> notes)
    {
        if (c.Flag("add_cross_attention", otherwise: false))
        {
            throw c.Error("add_cross_attention", "a decoder that attends to an encoder's output has layers that are not known here");
        }
        if (c.Flag("is_encoder_decoder", otherwise: false))
        {
            throw c.Error("is_encoder_decoder", "only decoders are known here");
        }
        if (c.Map("pruned_heads")?.Keys.Any() == true)
        {
            throw c.Error("pruned_heads", "heads that differ from block to block are not known here");
        }
        if (c.Texts("architectures") is [string head, ..] && !LanguageHeads.Any(h => head.EndsWith(h, StringComparison.Ordinal)))
        {
            notes.Add($"counted as a language model with its head; '{head}' (architectures) has another head, or none");
        }
        if (!c.Flag("scale_attn_weights", otherwise: true))
        {
            leftOut.Add("attention's scores are not divided by the root of head_dim (scale_attn_weights)");
        }
        if (c.Flag("scale_attn_by_inverse_layer_idx", otherwise: false))
        {
            leftOut.Add("attention's scores are divided by the number of the block (scale_attn_by_inverse_layer_idx)");
        }
        if ((known.AttentionPart is string part ? c.Map(part)! : c).OptionalNumber("clip_qkv") is double clip)
        {
            leftOut.Add(FormattableString.Invariant($"queries, keys and values are clipped at {clip} (clip_qkv)"));
        }
        if (known.LeftOut.Length > 0)
        {
            leftOut.Add(known.LeftOut);
        }
        foreach (string key in known.Multipliers)
        {
            if (c.OptionalNumber(key) is not (null or 1) and double factor)
            {
                leftOut.Add(FormattableString.Invariant($"a factor of {factor} ({key})"));
            }
        }
        if (known.ClampedAt is double usual)
        {
            double limit = c.OptionalNumber("swiglu_limit") ?? usual;
            leftOut.Add(
                FormattableString.Invariant($"SwiGLU with inputs clipped at {limit} (swiglu_limit), sigmoids of 1.702 x, and 1 added")
            );
        }
        double dropout = Dropouts.Max(key => c.OptionalNumber(key)) ?? known.Dropout;
        if (dropout > 0)
        {
            notes.Add(FormattableString.Invariant($"dropout of {dropout} is left out: nothing is dropped in training"));
        }
    }

    /// <summary>Tells of each key that nobody has asked for.</summary>
    public static void ReadUnknown(string type, JsonSettings c, List<string> notes)
    {
        string[] unknown = [.. c.Unread.Where(Means)];
        if (unknown.Length > 0)
        {
            notes.Add($"keys that mean nothing for '{type}' here, and are left out: {string.Join(", ", unknown)}");
        }

        bool Means(string key) =>
            !Harmless.Contains(key) && !key.StartsWith("summary_", StringComparison.Ordinal) && !(Switches.Contains(key) && c.IsOff(key));
    }
}
