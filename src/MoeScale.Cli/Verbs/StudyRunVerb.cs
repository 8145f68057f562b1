using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Cli.Output;
using MoeScale.Studies;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;
using MoeScale.Studies.Running;
using MoeScale.Studies.Running.Slurm;

namespace MoeScale.Cli.Verbs;

/// <summary><c>moescale study run</c> and <c>work</c>.</summary>
internal static class StudyRunVerb
{
    public static int Run(ParseResult parsed)
    {
        foreach (Option<string[]> option in (Option<string[]>[])[StudyArguments.Sbatch, StudyArguments.SbatchReport])
        {
            if (!StudyArguments.IsSlurm(parsed) && parsed.GetValue(option) is { Length: > 0 })
            {
                throw new UserException($"{option.Name} belongs to --executor slurm. Give that too, or leave it out.");
            }
        }
        SbatchOptions sbatch = SbatchOptions.Of(
            parsed.GetValue(StudyArguments.Sbatch) ?? [],
            parsed.GetValue(StudyArguments.SbatchReport) ?? []
        );
        (Study whole, StudyFolder folder) = StudyVerb.Read(parsed, all: true);
        folder.Make();
        Study study = StudyBudget.Begin(parsed, whole, folder);
        IReadOnlyList<Cell> missing = StudyRun.Begin(study, folder);
        bool asJson = parsed.GetValue(StudyArguments.AsJson);
        if (missing.Count == 0)
        {
            return StudyReportVerb.Answer(study, folder, asJson);
        }
        IExecutor executor = Executor(parsed, study, folder, sbatch);
        WorkReport report;
        bool isStopped;
        using (StudyWatch? watch = executor is LocalExecutor ? new StudyWatch(study, folder) : null)
        {
            report = executor.Run(missing, watch?.Token ?? default).GetAwaiter().GetResult();
            isStopped = watch?.Token.IsCancellationRequested == true;
        }
        if (report is WorkReport.Queued queued)
        {
            Tell(queued, study, folder, asJson);
            return 0;
        }
        TellTroubles((WorkReport.Ended)report);
        return isStopped
            ? NoAnswer.Because("stopped; the same command goes on from there.")
            : StudyReportVerb.Answer(study, folder, asJson);
    }

    private static IExecutor Executor(ParseResult parsed, Study study, StudyFolder folder, SbatchOptions sbatch)
    {
        if (StudyArguments.IsSlurm(parsed))
        {
            int? ofTask = (int?)Options.Whole(parsed, StudyArguments.Threads, StudyArguments.MaxThreads);
            string[] place = [Path.GetFullPath(study.File), "--out", folder.Location];
            return new SlurmExecutor(
                study,
                folder,
                [.. Program(), "study", "work", .. place, "--threads", "{threads}", "--cell", "{cell}"],
                [.. Program(), "study", "report", .. place],
                ofTask,
                sbatch
            );
        }
        (int threads, int side) = StudyArguments.Machine(parsed);
        return new LocalExecutor(study, folder, new ProcessTrainer(study, Trainer(study)), threads, side);
    }

    private static void Tell(WorkReport.Queued queued, Study study, StudyFolder folder, bool asJson)
    {
        string[] lines = [.. SlurmWords.Of(queued)];
        if (asJson)
        {
            Json.Write(new StudyQueuedJson(study.Id, folder.Location, lines));
            return;
        }
        foreach (string line in lines)
        {
            Page.Field("Slurm", line);
        }
    }

    // What the folders tell too is told at the end.
    private static void TellTroubles(WorkReport.Ended report)
    {
        foreach (CellTrouble trouble in report.Troubles.Where(t => !t.IsWritten))
        {
            Console.Error.WriteLine($"moescale: {trouble.Cell.Name}: {trouble.Trouble.Say(CommandTerms.All)}");
        }
    }

    /// <summary>One cell, as a task of a cluster trains it.</summary>
    public static int Work(ParseResult parsed)
    {
        (Study study, StudyFolder folder) = StudyVerb.Read(parsed);
        Cell cell = study.Find(
            parsed.GetValue(StudyArguments.CellName)
                ?? throw new UserException("nothing says which cell to train. Give --cell NAME; 'study plan' lists them.")
        );
        int threads = (int)(Options.Whole(parsed, StudyArguments.Threads, StudyArguments.MaxThreads) ?? Environment.ProcessorCount);
        using StudyWatch watch = new(study with { Cells = [cell] }, folder);
        CellWork work = new(study, folder.Of(cell), new ProcessTrainer(study, Trainer(study))) { IsTask = SlurmEnvironment.IsJob };
        WorkEnd end = work.Run(threads, watch.Token).GetAwaiter().GetResult();
        if (parsed.GetValue(StudyArguments.AsJson))
        {
            Json.Write(StudyStatusJson.Of(study, folder, [CellStatus.Of(folder.Of(cell), study.Retries)], changes: []));
        }
        return end switch
        {
            WorkEnd.Done => 0,
            WorkEnd.Stopped => NoAnswer.Because("stopped; the same command goes on from there."),
            WorkEnd.Taken => NoAnswer.Because($"another program works on {cell.Name}."),
            _ => NoAnswer.Because(
                $"{cell.Name} failed: {work.Trouble?.Say(CommandTerms.All) ?? CellStatus.Of(folder.Of(cell), study.Retries).Reason}"
            ),
        };
    }

    // What a cell is stands in its configuration; only places and threads are said here.
    private static IReadOnlyList<string> Trainer(Study study) =>
        [
            .. Program(),
            "train",
            "--config",
            "{config}",
            "--out",
            "{out}",
            .. study.Text.IsSynthetic ? (string[])[] : ["--data", "{data}"],
            "--threads",
            "{threads}",
            "--json",
        ];

    /// <summary>The words that start this program, without the launcher, which would build it.</summary>
    public static IReadOnlyList<string> Program()
    {
        string host = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(host) == "dotnet" ? [host, Path.GetFullPath(Environment.GetCommandLineArgs()[0])] : [host];
    }
}
