using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MoeScale.Basics;
using MoeScale.Models;

namespace MoeScale.Exchange.Import;

/// <summary>The model of a run of Megatron-LM, by the arguments that its log prints at its start ("hidden_size ..... 1024").</summary>
internal sealed partial class MegatronModel
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
        ("mtp_num_layers", "mtp_modules"),
    ];

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

    // What no model file can say.
    private static readonly string[] Unknown = ["squared_relu", "openai_gelu", "heterogeneous_layers_config_path"];

    private readonly IReadOnlyDictionary<string, string> _arguments;
    private readonly string _file;
    private readonly StringBuilder _yaml = new("id: megatron\n");

    private MegatronModel(IReadOnlyDictionary<string, string> arguments, string file) => (_arguments, _file) = (arguments, file);

    /// <summary>Whether a log printed such arguments.</summary>
    public static bool IsTold(IReadOnlyDictionary<string, string> arguments) =>
        arguments.ContainsKey("num_layers") && arguments.ContainsKey("hidden_size");

    /// <param name="arguments">Names with underscores, and their values as Python prints them.</param>
    /// <param name="file">The log, for complaints.</param>
    /// <exception cref="UserException">They describe a model that no model file can say, or leave out its vocabulary.</exception>
    public static Model Read(IReadOnlyDictionary<string, string> arguments, string file)
    {
        MegatronModel model = new(arguments, file);
        model.AddSizes();
        model.AddParts();
        if (model.Number("num_experts") is not null)
        {
            model.AddExperts();
            model.AddRouting();
        }
        try
        {
            return ModelFile.Parse(YamlMap.Parse(model._yaml.ToString(), file));
        }
        catch (UserException e)
        {
            throw new UserException(
                $"{file}: the arguments in it describe no model that is known: {e} Give it with {ImportSettings.Model}."
            );
        }
    }

    private void AddSizes()
    {
        Copy(Sizes);
        Add(
            "vocab_size",
            Number("padded_vocab_size")
                ?? Number("vocab_size")
                ?? throw Refused($"it does not say how large the vocabulary is: there is no line '> padded vocab (size: ...)'")
        );
        Add("n_kv_heads", Is("group_query_attention") ? Number("num_query_groups") : null);
        if (Is("multi_latent_attention"))
        {
            Copy(LatentSizes);
        }
        else
        {
            Add("head_dim", Number("kv_channels"));
        }
    }

    private void AddParts()
    {
        if (Array.Find(Unknown, Is) is string unknown)
        {
            throw Refused($"its model has {unknown}, which no model file can say");
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
        if (Text("add_bias_linear") != "False")
        {
            Add("biases", "[qkv, attention_output, feed_forward]");
        }
        else if (Is("add_qkv_bias"))
        {
            Add("biases", "[qkv]");
        }
    }

    private void AddExperts()
    {
        Copy(ExpertSizes);
        Add("d_expert", Number("moe_ffn_hidden_size") ?? Number("ffn_hidden_size"));
        if (Number("moe_shared_expert_intermediate_size") is string shared)
        {
            Add("shared_experts", "1");
            Add("d_shared", shared);
            Add("shared_gate", Is("moe_shared_expert_gate") ? "true" : null);
        }
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
            throw Refused($"moe_layer_freq {frequency} has dense layers behind layers with experts, which no model file can say");
        }
        Add("leading_dense_blocks", $"{dense}");
    }

    private void AddRouting()
    {
        bool sigmoid = Text("moe_router_score_function") == "sigmoid";
        Add(
            "router_weights",
            sigmoid ? "selected_sigmoid"
                : Is("moe_router_pre_softmax") ? "softmax"
                : "selected_softmax"
        );
        Add("balance_bias", Is("moe_router_enable_expert_bias") ? Number("moe_router_bias_update_rate") : null);
        bool isBalanced = Text("moe_router_load_balancing_type")?.Contains("aux_loss", StringComparison.Ordinal) == true;
        Add("balance_loss", isBalanced ? Number("moe_aux_loss_coeff") ?? "0" : "0");
        Add("router_z_loss", Number("moe_z_loss_coeff") ?? "0");
    }

    private void Copy((string Argument, string Key)[] sizes)
    {
        foreach ((string argument, string key) in sizes)
        {
            Add(key, Number(argument));
        }
    }

    private void Add(string key, string? value)
    {
        if (value is not null)
        {
            _yaml.Append(CultureInfo.InvariantCulture, $"{key}: {value}\n");
        }
    }

    private string? Text(string name) => _arguments.TryGetValue(name, out string? value) && value != "None" ? value : null;

    private bool Is(string name) => Text(name) == "True";

    // As Python prints it; nothing that is more than a number goes into the file.
    private string? Number(string name) =>
        double.TryParse(Text(name), CultureInfo.InvariantCulture, out double value) && value >= 0 && double.IsFinite(value)
            ? value.ToString("R", CultureInfo.InvariantCulture)
            : null;

    private UserException Refused(Phrase what) => new($"{_file}: {what}. Give the model with {ImportSettings.Model}.");

    [GeneratedRegex("[01]")]
    private static partial Regex One();
}
