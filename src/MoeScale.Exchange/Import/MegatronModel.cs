using System.Globalization;
using System.Text;
using MoeScale.Basics;
using MoeScale.Exchange.Megatron;
using MoeScale.Models;

namespace MoeScale.Exchange.Import;

/// <summary>The model of a run of Megatron-LM, by the arguments that its log prints at its start ("hidden_size ..... 1024").</summary>
internal sealed class MegatronModel
{
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
        Copy(MegatronTable.Sizes);
        Add(
            "vocab_size",
            Number("padded_vocab_size")
                ?? Number("vocab_size")
                ?? throw Refused($"it does not say how large the vocabulary is: there is no line '> padded vocab (size: ...)'")
        );
        if (Is("group_query_attention"))
        {
            Copy(MegatronTable.GroupSizes);
        }
        Copy(Is("multi_latent_attention") ? MegatronTable.LatentSizes : MegatronTable.HeadSizes);
        if (MegatronWindow.Read(Text(MegatronWindow.Argument)) is double window)
        {
            Add("sliding_window", $"{window}");
            int layers = int.Parse(Number("num_layers") ?? "0", CultureInfo.InvariantCulture);
            Add("full_attention_blocks", $"{MegatronWindow.ReadFullLayers(Text(MegatronWindow.FullLayers), layers)}");
        }
    }

    private void AddParts()
    {
        if (Array.Find(Unknown, Is) is string unknown)
        {
            throw Refused($"its model has {unknown}, which no model file can say");
        }
        MegatronSwitch swiglu = MegatronTable.SwiGlu;
        Add(
            swiglu.Key,
            Is(swiglu.Argument) ? swiglu.On
                : Is("quick_geglu") ? "geglu"
                : "gelu"
        );
        foreach (MegatronChoice choice in MegatronTable.Choices)
        {
            Add(choice.Key, choice.Read(Text(choice.Argument)));
        }
        foreach (MegatronSwitch part in MegatronTable.Switches)
        {
            Add(part);
        }
        // Of latent attention it says that the latents have norms.
        if (!Is("multi_latent_attention"))
        {
            Add(MegatronTable.QueryKeyNorm);
        }
        Add(
            "biases",
            MegatronBiases.Read(
                Text(MegatronBiases.All) != "False",
                Is(MegatronBiases.OfQueries),
                hasExperts: Number("num_experts") is not null
            )
        );
    }

    private void AddExperts()
    {
        Copy(MegatronTable.ExpertSizes);
        if (Number("moe_ffn_hidden_size") is null)
        {
            Add("d_expert", Number("ffn_hidden_size"));
        }
        if (Number(MegatronTable.SharedSizes[0].Argument) is not null)
        {
            Copy(MegatronTable.SharedSizes);
            Add(MegatronTable.SharedGate);
        }
        string frequency = Text(MegatronTable.ExpertLayers) ?? "1";
        ExpertBlocks blocks =
            ExpertBlocks.Read(frequency)
            ?? throw Refused($"{MegatronTable.ExpertLayers} {frequency} has layers with experts in an order that no model file can say");
        Add("leading_dense_blocks", $"{blocks.Leading}");
        Add("moe_every", $"{blocks.Every}");
        Add("trailing_dense_blocks", $"{blocks.Trailing}");
    }

    private void AddRouting()
    {
        MegatronRouting routing = new(Text(MegatronRouting.Scores) ?? "softmax", Is(MegatronRouting.BeforeChoice));
        Add(RoutingKeys.Weights, RoutingKeys.NameOf(routing.Read(topK: Number("moe_router_topk") == "1" ? 1 : 2)));
        Add(RoutingKeys.BalanceBias, Is(MegatronRouting.HasBias) ? Number(MegatronRouting.BiasRate) : null);
        bool isBalanced = Text(MegatronRouting.BalanceKind)?.Contains("aux_loss", StringComparison.Ordinal) == true;
        Add(RoutingKeys.BalanceLoss, isBalanced ? Number(MegatronRouting.BalanceLoss) ?? "0" : "0");
        Add(RoutingKeys.ZLoss, Number(MegatronRouting.ZLoss) ?? "0");
    }

    private void Copy(IReadOnlyList<MegatronSize> sizes)
    {
        foreach (MegatronSize size in sizes)
        {
            Add(size.Key, Number(size.Argument));
        }
    }

    private void Add(MegatronSwitch part) => Add(part.Key, Is(part.Argument) ? part.On : part.Off);

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
}
