using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Cli.Output;
using MoeScale.Models;

namespace MoeScale.Cli.Verbs;

/// <summary><c>moescale cost</c>: what one model costs in parameters, FLOPs and bytes.</summary>
internal static class CostVerb
{
    private static readonly Argument<string> Name = new("model")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "Name of a model of the catalog, a model file, or a Hugging Face config.json (or its folder). None: list the catalog.",
    };

    private static readonly Option<string> Weights = new("--weights") { HelpName = "TYPE", Description = $"Type of the weights: {string.Join(", ", NumberTypes.All)}. Default bf16." };
    private static readonly Option<string> ExpertWeights = new("--expert-weights") { HelpName = "TYPE", Description = "Type of the routed experts, if another." };
    private static readonly Option<string> Kv = new("--kv") { HelpName = "TYPE", Description = "Type of the KV cache. Default bf16." };
    private static readonly Option<string> KvTokens = new("--kv-tokens") { HelpName = "N", Description = "Tokens in the KV cache, over all sequences." };
    private static readonly Option<string> Context = new("--context") { HelpName = "N", Description = "Count attention's FLOPs in sequences of N tokens too." };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Print JSON; docs/json.md explains the fields." };

    public static Command Create()
    {
        Command command = new("cost", "Count what a model costs: parameters, FLOPs, weights, KV cache.") { Name, Weights, ExpertWeights, Kv, KvTokens, Context, AsJson };
        Help.AddExamples(command,
        [
            "moescale cost mixtral-8x7b",
            "moescale cost deepseek-v3 --kv-tokens 163840 --weights fp8",
            "moescale cost my-model/config.json --json",
        ]);
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        if (parsed.GetValue(Name) is not string name)
        {
            return List(parsed.GetValue(AsJson));
        }
        NumberType weights = Options.Type(parsed, Weights);
        CostQuestion asked = new(
            weights,
            parsed.GetValue(ExpertWeights) is null ? weights : Options.Type(parsed, ExpertWeights),
            Options.Type(parsed, Kv),
            Options.Count(parsed, KvTokens) ?? 0,
            Options.Positive(parsed, Context));
        Census census = Census.Of(ModelCatalog.Open(name));
        if (parsed.GetValue(AsJson))
        {
            Json.Write(CostJson.Of(census, asked));
        }
        else
        {
            CostPage.Write(census, asked);
        }
        return 0;
    }

    private static int List(bool asJson)
    {
        ModelSummaryJson[] models = [.. ModelCatalog.Ids.Select(id => ModelSummaryJson.Of(Census.Of(ModelCatalog.Open(id))))];
        if (asJson)
        {
            Json.Write<IReadOnlyList<ModelSummaryJson>>(models);
            return 0;
        }
        Page.Table(
            ["<model", "total", "active", "experts", "top-k", "KV/token"],
            [.. models.Select(m => (IReadOnlyList<string>)
                [m.Model, Quantity.FormatCount(m.TotalParams), Quantity.FormatCount(m.ActiveParams), Quantity.FormatCount(m.ExpertCount), Quantity.FormatCount(m.TopK), Quantity.FormatCount(m.KvValuesPerToken)])]);
        return 0;
    }
}
