using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Cli.Output;
using MoeScale.Models;
using MoeScale.Planning;
using MoeScale.Reporting;

namespace MoeScale.Cli.Verbs;

/// <summary><c>moescale cost</c>: what one model costs in parameters, FLOPs and bytes.</summary>
internal static class CostVerb
{
    private static readonly Argument<string> Name = new("model")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description =
            "Name of a model of the catalog, a model file, or a Hugging Face config.json (or its folder). None: list the catalog.",
    };

    private static readonly Option<string> Weights = new("--weights")
    {
        HelpName = "TYPE",
        Description = $"Type of the weights: {string.Join(", ", NumberTypes.All)}. Default bf16, or what a quantization_config says.",
    };
    private static readonly Option<string> ExpertWeights = new("--expert-weights")
    {
        HelpName = "TYPE",
        Description = "Type of the routed experts, if another.",
    };
    private static readonly Option<string> Kv = new("--kv") { HelpName = "TYPE", Description = "Type of the KV cache. Default bf16." };
    private static readonly Option<bool> Training = new("--training")
    {
        Description = "Count the memory of training too: on the most loaded rank of the layout that the options below give.",
    };
    private static readonly Option<string> Headroom = new("--headroom")
    {
        HelpName = "SHARE|BYTES",
        Description = "What stays free of a device in training, e.g. 10% or 4GB. Default 10%.",
    };

    private static readonly Option<bool> AsJson = new("--json") { Description = "Print JSON; docs/json.md explains the fields." };

    public static Command Create()
    {
        Command command = new("cost", "Count what a model costs: parameters, FLOPs, weights, KV cache, training memory.") { Name };
        Option[] options =
        [
            Weights,
            ExpertWeights,
            Kv,
            .. CacheOptions.All,
            Training,
            Headroom,
            .. TrainingOptions.All,
            PictureFiles.Html,
            AsJson,
        ];
        foreach (Option option in options)
        {
            command.Options.Add(option);
        }
        Help.AddExamples(
            command,
            [
                "moescale cost mixtral-8x7b",
                "moescale cost deepseek-v3 --sequences 64 --context 32k --weights fp8",
                "moescale cost my-model/config.json --json",
                "moescale cost llama-2-7b --training --dp 8 --zero 1 --recompute selective",
            ]
        );
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        PictureFiles.Require(parsed);
        if (parsed.GetValue(Name) is not string name)
        {
            return List(parsed);
        }
        Model model = ModelCatalog.Open(name);
        NumberType weights = Options.Type(parsed, Weights);
        CostQuestion asked = new(
            weights,
            parsed.GetValue(ExpertWeights) is null ? weights : Options.Type(parsed, ExpertWeights),
            Options.Type(parsed, Kv),
            CacheOptions.Read(parsed),
            parsed.GetValue(Weights) is null && parsed.GetValue(ExpertWeights) is null ? model.Quantization : null
        );
        TrainingSetup? setup = ReadSetup(parsed);
        Headroom headroom = ReadHeadroom(parsed);
        Census census = Census.Of(model);
        TrainingMemory? training = setup is null ? null : TrainingMemory.Of(census, setup);
        Told.Write(
            parsed,
            parsed.GetValue(AsJson),
            () => CostJson.Of(census, asked, training is null ? null : TrainingJson.Of(census.Model, training, headroom)),
            () =>
            {
                CostPage.Write(census, asked);
                if (training is not null)
                {
                    Page.BlankLine();
                    TrainingPage.Write(census.Model, training, headroom);
                }
            }
        );
        return 0;
    }

    private static TrainingSetup? ReadSetup(ParseResult parsed) =>
        parsed.GetValue(Training) ? TrainingOptions.Read(parsed)
        : TrainingOptions.AnyGiven(parsed) is string option
            ? throw new UserException($"{option} lays out training; give --training too, or leave it out.")
        : null;

    private static Headroom ReadHeadroom(ParseResult parsed) =>
        parsed.GetValue(Headroom) is not string text ? Planning.Headroom.OfTraining
        : parsed.GetValue(Training) ? Planning.Headroom.Parse(text, Headroom.Name)
        : throw new UserException($"{Headroom.Name} is of the memory of training; give --training too, or leave it out.");

    private static int List(ParseResult parsed)
    {
        ModelSummaryJson[] models = [.. ModelCatalog.Ids.Select(id => ModelSummaryJson.Of(Census.Of(ModelCatalog.Open(id))))];
        Told.Write<IReadOnlyList<ModelSummaryJson>>(parsed, parsed.GetValue(AsJson), () => models, () => WriteList(models));
        return 0;
    }

    private static void WriteList(IReadOnlyList<ModelSummaryJson> models) =>
        Page.Table(
            ["<model", "total", "active", "experts", "top-k", "KV/token"],
            [
                .. models.Select(m =>
                    (IReadOnlyList<string>)
                        [
                            m.Model,
                            Quantity.FormatCount(m.TotalParams),
                            Quantity.FormatCount(m.ActiveParams),
                            Quantity.FormatCount(m.ExpertCount),
                            Quantity.FormatCount(m.TopK),
                            Quantity.FormatCount(m.KvValuesPerToken),
                        ]
                ),
            ]
        );
}
