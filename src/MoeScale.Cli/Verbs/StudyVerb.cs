using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Cli.Verbs;

/// <summary><c>moescale study</c>: from a grid of models to a law of one's own, and to a plan.</summary>
internal static class StudyVerb
{
    public static Command Create()
    {
        Command plan = Sub(
            "plan",
            "Show every cell and what it costs, and spend nothing.",
            StudyPlanVerb.Run,
            [
                StudyArguments.SideBySide,
                StudyArguments.Threads,
                StudyArguments.Executor,
                StudyArguments.MaxFlops,
                StudyArguments.MaxHours,
                StudyArguments.NoMeasure,
                StudyArguments.AsJson,
            ]
        );
        Command run = Sub(
            "run",
            "Train what is missing, then fit, plan and report. The same command again goes on where it was stopped.",
            StudyRunVerb.Run,
            [
                StudyArguments.SideBySide,
                StudyArguments.Threads,
                StudyArguments.MaxFlops,
                StudyArguments.MaxHours,
                StudyArguments.Executor,
                StudyArguments.Sbatch,
                StudyArguments.SbatchReport,
                StudyArguments.AsJson,
            ]
        );
        Command status = Sub(
            "status",
            "Where each cell stands, read from the folders at any time.",
            StudyStatusVerb.Status,
            [StudyArguments.AsJson]
        );
        Command runs = Sub(
            "runs",
            "The finished runs, as the table that fit reads.",
            StudyStatusVerb.Runs,
            [StudyArguments.Csv, StudyArguments.AsJson]
        );
        Command report = Sub(
            "report",
            "Fit, plan and write the report again, from the runs that are finished.",
            StudyReportVerb.Report,
            [StudyArguments.Png, PictureFiles.Html, StudyArguments.AsJson]
        );
        Command work = Sub(
            "work",
            "Train one cell, as a task of a cluster does.",
            StudyRunVerb.Work,
            [StudyArguments.CellName, StudyArguments.Threads, StudyArguments.AsJson]
        );
        Help.AddExamples(plan, ["moescale study plan my-study.yaml", "moescale study plan my-study.yaml --max-hours 1"]);
        Help.AddExamples(
            run,
            [
                "moescale study run my-study.yaml",
                "moescale study run my-study.yaml --out results/first --max-hours 2",
                "moescale study run my-study.yaml --executor slurm --threads 8 --sbatch=--partition=cpu --sbatch=--time=4:00:00 "
                    + "--sbatch-report=--time=10",
            ]
        );
        Help.AddExamples(status, ["moescale study status my-study.yaml"]);
        Help.AddExamples(runs, ["moescale study runs my-study.yaml --csv"]);
        Help.AddExamples(report, ["moescale study report my-study.yaml"]);
        Help.AddExamples(work, ["moescale study work my-study.yaml --cell d64-e8"]);
        Command study = new("study", "Train a grid of models, fit a law to their losses, and plan with it.")
        {
            plan,
            run,
            status,
            runs,
            report,
            work,
        };
        Help.AddExamples(
            study,
            [
                "moescale study plan my-study.yaml",
                "moescale study run my-study.yaml",
                "moescale study status my-study.yaml",
                "moescale study runs my-study.yaml --csv",
                "moescale study report my-study.yaml",
            ]
        );
        return study;
    }

    /// <summary>The study and its folder.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="all">To train it, or to tell what that costs: with the runs too that were left out when it began, and only if its text
    /// is there.</param>
    public static (Study Study, StudyFolder Folder) Read(ParseResult parsed, bool all = false)
    {
        Study study = StudyFile.Read(parsed.GetValue(StudyArguments.File)!, isTrained: all);
        string? given = parsed.GetValue(StudyArguments.Out);
        if (given is null && File.Exists(study.DefaultFolder))
        {
            throw new UserException(
                $"the results of {study.File} belong into the folder {study.DefaultFolder}, and that is a file. Give --out "
                    + $"FOLDER{(study.DefaultFolder == study.File ? ", or the study a name that ends in .yaml" : "")}."
            );
        }
        StudyFolder folder = StudyFolder.At(given ?? study.DefaultFolder);
        return (all || Selection.Read(folder) is not Selection selection ? study : selection.Apply(study), folder);
    }

    private static Command Sub(string name, string description, Func<ParseResult, int> run, Option[] options)
    {
        Command command = new(name, description) { StudyArguments.File };
        foreach (Option option in (Option[])[StudyArguments.Out, .. options])
        {
            command.Options.Add(option);
        }
        command.SetAction(run);
        return command;
    }
}
