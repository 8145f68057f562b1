using System.CommandLine;
using MoeScale.Cli.Input;
using MoeScale.Cli.Output;
using MoeScale.Exchange.Import;
using MoeScale.Models;
using MoeScale.Planning.Hardware;

namespace MoeScale.Cli.Verbs;

/// <summary><c>moescale import</c>: logs of other programs as a table of runs.</summary>
internal static class ImportVerb
{
    private const double MaxSmooth = 1e6;

    private static readonly Argument<string[]> Paths = new("PATH")
    {
        Arity = ArgumentArity.OneOrMore,
        Description = "Logs, folders of them, and patterns in quotes such as 'logs/*.out'.",
    };
    private static readonly Option<string> Out = new("--out") { HelpName = "FILE", Description = "Write the table of runs as CSV." };
    private static readonly Option<string> As = new("--as")
    {
        HelpName = "KIND",
        Description =
            $"What the files are, if it is not told by what stands in them: {string.Join(", ", LogFormats.All.Select(f => f.Name))}.",
    };
    private static readonly Option<string> Smooth = new("--smooth")
    {
        HelpName = "K",
        Description = "The loss of a run is the mean of its last K reports. Default 1.",
    };
    private static readonly Option<bool> Points = new("--points") { Description = "A row for each report, not for each run." };
    private static readonly Option<string> Sequence = new("--sequence")
    {
        HelpName = "N",
        Description = "Tokens of a sequence, where logs count sequences.",
    };
    private static readonly Option<string> BatchTokens = new("--batch-tokens")
    {
        HelpName = "N",
        Description = "Tokens of a step, where logs count steps alone.",
    };
    private static readonly Option<string> ModelName = new("--model")
    {
        HelpName = "MODEL",
        Description =
            "The model of all runs: a config.json, a model file, a name of the catalog. Default: what a log, or a file beside it, says.",
    };
    private static readonly Option<string> Gpus = new("--gpus")
    {
        HelpName = "NxDEVICE",
        Description = "Devices of each run, such as 64xH100, for tokens a second and the use of the hardware.",
    };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Print JSON; docs/json.md explains the fields." };

    public static Command Create()
    {
        Command command = new("import", "Read logs of other trainers as a table of runs.") { Paths };
        foreach (Option option in (Option[])[Out, As, Smooth, Points, Sequence, BatchTokens, ModelName, Gpus, AsJson])
        {
            command.Options.Add(option);
        }
        Help.AddExamples(
            command,
            [
                "moescale import slurm-*.out --sequence 4096 --out runs.csv",
                "moescale import logs/ --smooth 20 --out runs.csv",
                "moescale import wandb_export.csv --sequence 2048 --out runs.csv",
                "moescale fit runs.csv --law chinchilla-2024 --map N=active_params,D=tokens",
            ]
        );
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        Cluster? devices = parsed.GetValue(Gpus) is string text ? Cluster.Parse(text, Gpus.Name) : null;
        ImportRequest request = new(parsed.GetValue(Paths)!)
        {
            Format = parsed.GetValue(As) is string kind ? LogFormats.Named(kind) : null,
            Smooth = (int)(Options.Whole(parsed, Smooth, MaxSmooth) ?? 1),
            WithPoints = parsed.GetValue(Points),
            SequenceTokens = Options.Positive(parsed, Sequence),
            BatchTokens = Options.Positive(parsed, BatchTokens),
            Devices = devices?.Count,
            PeakFlops = devices?.Accelerator.Bf16Flops,
            Model = parsed.GetValue(ModelName) is string model ? ModelCatalog.Open(model) : null,
        };
        NewFile.Require(parsed, Out);
        ImportedRuns imported = LogImport.Run(request);
        NewFile.Write(parsed, Out, () => ImportTable.Csv(imported.Runs, request.WithPoints));
        string? file = parsed.GetValue(Out);
        if (parsed.GetValue(AsJson))
        {
            Json.Write(ImportJson.Of(imported, file));
        }
        else
        {
            ImportPage.Write(imported, file);
        }
        return 0;
    }
}
