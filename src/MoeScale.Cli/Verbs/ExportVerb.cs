using System.CommandLine;
using MoeScale.Cli.Input;
using MoeScale.Cli.Output;
using MoeScale.Exchange.Export;
using MoeScale.Exchange.Export.Laws;

namespace MoeScale.Cli.Verbs;

/// <summary><c>moescale export</c>: a model and its training, or laws, as other programs read them.</summary>
internal static class ExportVerb
{
    private static readonly Option<bool> AsJson = new("--json") { Description = "Print JSON; docs/json.md explains the fields." };

    public static Command Create()
    {
        Command command = new("export", "Write a model and its training, or laws, for another program.") { ExportArguments.What };
        foreach (Option option in (Option[])[.. ExportArguments.All, AsJson])
        {
            command.Options.Add(option);
        }
        Help.AddExamples(
            command,
            [
                "moescale export gpt-2 --to megatron --tokens 10B --batch-tokens 512k --lr 6e-4",
                "moescale export my-study.yaml:d512-e8 --to megatron --gpus 8 --out train.sh",
                "moescale export my-plan.json --to megatron --gpus 64 --sbatch --out job.sbatch",
                "moescale export my-runs/a --to torchtitan --out moescale_a.py",
                "moescale export joint-2025 --to python",
            ]
        );
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        NewFile.Require(parsed, ExportArguments.Out);
        if (LawFormats.Read(parsed) is LawFormat format)
        {
            LawExportPage.Write(
                format,
                parsed.GetValue(ExportArguments.What)!,
                parsed.GetValue(ExportArguments.Out),
                parsed.GetValue(AsJson)
            );
            return 0;
        }
        ExportTarget target = ExportArguments.ReadTarget(parsed, ExportArguments.To);
        ExportSubject what = ExportWhat.Read(ExportArguments.ReadWhat(parsed));
        ExportOptions options = ExportArguments.ReadOptions(parsed);
        ExportSubject subject = ExportArguments.Complete(parsed, target, what, options);
        ExportPage.Write(target, subject, options, parsed.GetValue(ExportArguments.Out), parsed.GetValue(AsJson));
        return 0;
    }
}
