using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MoeScale.Basics;
using MoeScale.Models;

namespace MoeScale.Exchange.Logs;

/// <summary>The model of a run of Megatron-LM, by the arguments that its log prints at its start ("hidden_size ..... 1024").</summary>
internal static partial class MegatronModel
{
    // Sizes that are called otherwise, and nothing else.
    private static readonly (string Argument, string Key)[] Sizes =
    [
        ("num_layers", "n_blocks"),
        ("hidden_size", "d_model"),
        ("ffn_hidden_size", "d_ff"),
        ("num_attention_heads", "n_heads"),
        ("max_position_embeddings", "context"),
        ("rotary_base", "rope_theta"),
        ("norm_epsilon", "norm_epsilon"),
    ];

    // Of models with experts.
    private static readonly (string Argument, string Key)[] ExpertSizes =
    [
        ("num_experts", "expert_count"),
        ("moe_router_topk", "top_k"),
        ("moe_expert_capacity_factor", "capacity_factor"),
    ];

    private static readonly (string Argument, string Key)[] LatentSizes =
    [
        ("q_lora_rank", "q_lora_rank"),
        ("kv_lora_rank", "kv_lora_rank"),
        ("qk_head_dim", "qk_nope_head_dim"),
        ("qk_pos_emb_head_dim", "qk_rope_head_dim"),
        ("v_head_dim", "v_head_dim"),
    ];

    // Functions of a layer and parts that no model file can say.
    private static readonly string[] Unknown = ["squared_relu", "openai_gelu", "heterogeneous_layers_config_path"];

    /// <param name="arguments">Names with underscores, and their values as Python prints them.</param>
    /// <param name="file">The log, for complaints.</param>
    /// <exception cref="UserException">They describe a model that no model file can say, or leave out its vocabulary.</exception>
    public static Model Read(IReadOnlyDictionary<string, string> arguments, string file)
    {
        if (Array.Find(Unknown, u => Is(u)) is string unknown)
        {
            throw new UserException(
                $"{file}: its model has {unknown}, which no model file can say. Give a model file of one that is near with {ImportSettings.Model}."
            );
        }
        StringBuilder yaml = new("id: megatron\n");
        Copy(Sizes);
        Add(
            "vocab_size",
            Number("padded_vocab_size")
                ?? Number("vocab_size")
                ?? throw new UserException(
                    $"{file} does not say how large its vocabulary is: it has no line '> padded vocab (size: ...)'. Give the model with {ImportSettings.Model}."
                )
        );
        if (Is("group_query_attention"))
        {
            Add("n_kv_heads", Number("num_query_groups"));
        }
        if (Is("multi_latent_attention"))
        {
            Copy(LatentSizes);
        }
        else
        {
            Add("head_dim", Number("kv_channels"));
        }
        Add(
            "activation",
            Is("swiglu") ? "swiglu"
                : Is("quick_geglu") ? "geglu"
                : "gelu"
        );
        Add("norm", Text("normalization") == "RMSNorm" ? "rmsnorm" : "layernorm");
        Add("positions", Text("position_embedding_type") == "learned_absolute" ? "learned" : "rope");
        Add("qk_norm", Is("qk_layernorm") ? "per_head" : "none");
        Add("tied_embeddings", Is("untie_embeddings_and_output_weights") ? "false" : "true");
        string[] biases =
        [
            .. Text("add_bias_linear") != "False" ? (string[])["qkv", "attention_output", "feed_forward"]
            : Is("add_qkv_bias") ? ["qkv"]
            : [],
        ];
        Add("biases", biases.Length > 0 ? $"[{string.Join(", ", biases)}]" : null);
        Add("mtp_modules", Number("mtp_num_layers"));
        if (Number("num_experts") is not null)
        {
            AddExperts();
        }
        try
        {
            return ModelFile.Parse(YamlMap.Parse(yaml.ToString(), file));
        }
        catch (UserException e)
        {
            throw new UserException(
                $"{file}: the arguments in it describe no model that is known: {e} Give the model with {ImportSettings.Model}."
            );
        }

        void AddExperts()
        {
            Copy(ExpertSizes);
            Add("d_expert", Number("moe_ffn_hidden_size") ?? Number("ffn_hidden_size"));
            if (Number("moe_shared_expert_intermediate_size") is not null)
            {
                Add("shared_experts", "1");
                Add("d_shared", Number("moe_shared_expert_intermediate_size"));
                Add("shared_gate", Is("moe_shared_expert_gate") ? "true" : null);
            }
            bool sigmoid = Text("moe_router_score_function") == "sigmoid";
            Add(
                "router_weights",
                sigmoid ? "selected_sigmoid"
                    : Is("moe_router_pre_softmax") ? "softmax"
                    : "selected_softmax"
            );
            bool bias = Is("moe_router_enable_expert_bias");
            Add("balance_bias", bias ? Number("moe_router_bias_update_rate") : null);
            Add(
                "balance_loss",
                Text("moe_router_load_balancing_type")?.Contains("aux_loss", StringComparison.Ordinal) == true
                    ? Number("moe_aux_loss_coeff") ?? "0"
                    : "0"
            );
            Add("router_z_loss", Number("moe_z_loss_coeff") ?? "0");
            // "1", "2", or a list of which layers have experts, "[0, 1, 1]".
            string frequency = Text("moe_layer_freq") ?? "1";
            if (!frequency.StartsWith('['))
            {
                Add("moe_every", frequency);
                return;
            }
            bool[] has = [.. One().Matches(frequency).Select(m => m.Value == "1")];
            int dense = has.TakeWhile(h => !h).Count();
            if (has.Skip(dense).Any(h => !h))
            {
                throw new UserException(
                    $"{file}: moe_layer_freq {frequency} has dense layers behind layers with experts, which no model file can say. Give the model with {ImportSettings.Model}."
                );
            }
            Add("leading_dense_blocks", $"{dense}");
        }

        void Copy((string Argument, string Key)[] sizes)
        {
            foreach ((string argument, string key) in sizes)
            {
                Add(key, Number(argument));
            }
        }

        void Add(string key, string? value)
        {
            if (value is not null)
            {
                yaml.Append(CultureInfo.InvariantCulture, $"{key}: {value}\n");
            }
        }

        string? Text(string name) => arguments.TryGetValue(name, out string? value) && value != "None" ? value : null;

        bool Is(string name) => Text(name) == "True";

        // A count as Python prints it; nothing that could be more than a number goes into the file.
        string? Number(string name) =>
            Text(name) is string text
            && double.TryParse(text, CultureInfo.InvariantCulture, out double value)
            && value >= 0
            && double.IsFinite(value)
                ? value.ToString("R", CultureInfo.InvariantCulture)
                : null;
    }

    [GeneratedRegex("[01]")]
    private static partial Regex One();
}
