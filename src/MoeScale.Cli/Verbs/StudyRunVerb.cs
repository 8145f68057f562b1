using MoeScale.Studies.Running.Slurm;
using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Cli.Output;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;
using MoeScale.Studies.Running;

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
        // What would be refused later is refused now, before anything is trained.
        foreach (Cell cell in study.Cells)
        {
            folder.Of(cell).Begin(study.Text);
        }
        Cell[] missing = [.. study.Cells.Where(c => !folder.Of(c).IsDone).OrderByDescending(c => c.TrainedTokens * c.FlopsPerToken)];
        bool asJson = parsed.GetValue(StudyArguments.AsJson);
        if (StudyArguments.IsSlurm(parsed) && missing.Length > 0)
        {
            Queue(parsed, study, folder, missing, sbatch, asJson);
            return 0;
        }
        if (missing.Length > 0)
        {
            (int threads, int side) = StudyArguments.Machine(parsed);
            if (!Train(new LocalExecutor(study, folder, Program(), threads, side), missing, study, folder))
            {
                return StudyReportVerb.No("stopped; the same command goes on from there.");
            }
        }
        return StudyReportVerb.Answer(study, folder, asJson);
    }

    private static void Queue(ParseResult parsed, Study study, StudyFolder folder, Cell[] missing, SbatchOptions sbatch, bool asJson)
    {
        int? threads = (int?)Options.Whole(parsed, StudyArguments.Threads, StudyArguments.MaxThreads);
        List<string> queued = [];
        new SlurmExecutor(study, folder, Program(), threads, sbatch, queued.Add).Run(missing, default).GetAwaiter().GetResult();
        if (asJson)
        {
            Json.Write(new StudyQueuedJson(study.Id, folder.Location, queued));
            return;
        }
        foreach (string text in queued)
        {
            Page.Field("Slurm", text);
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
        CellWork work = new(study, folder.Of(cell), Program());
        WorkEnd end = work.Run(threads, watch.Token).GetAwaiter().GetResult();
        if (parsed.GetValue(StudyArguments.AsJson))
        {
            Json.Write(StudyStatusJson.Of(study, folder, [CellStatus.Of(folder.Of(cell), study.Retries)]));
        }
        return end switch
        {
            WorkEnd.Done => 0,
            WorkEnd.Stopped => StudyReportVerb.No("stopped; the same command goes on from there."),
            WorkEnd.Taken => StudyReportVerb.No($"another program works on {cell.Name}."),
            _ => StudyReportVerb.No($"{cell.Name} failed: {work.Trouble ?? CellStatus.Of(folder.Of(cell), study.Retries).Reason}"),
        };
    }

    /// <summary>False where it was asked to stop.</summary>
    private static bool Train(LocalExecutor executor, IReadOnlyList<Cell> cells, Study study, StudyFolder folder)
    {
        bool isStopped;
        using (StudyWatch watch = new(study, folder))
        {
            executor.Run(cells, watch.Token).GetAwaiter().GetResult();
            isStopped = watch.Token.IsCancellationRequested;
        }
        // What the folders tell too is told at the end.
        foreach (
            (Cell cell, string trouble) in executor.Troubles.Where(t => CellStatus.Of(folder.Of(t.Cell), study.Retries).Reason != t.Trouble)
        )
        {
            Console.Error.WriteLine($"moescale: {cell.Name}: {trouble}");
        }
        return !isStopped;
    }

    /// <summary>The words that start this program, without the launcher, which would build it.</summary>
    public static IReadOnlyList<string> Program()
    {
        string host = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(host) == "dotnet" ? [host, Path.GetFullPath(Environment.GetCommandLineArgs()[0])] : [host];
    }
}
