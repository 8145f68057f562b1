using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Cli.Output;
using MoeScale.Laws.Fitting;
using MoeScale.Planning;
using MoeScale.Studies.Answers;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;
using MoeScale.Studies.Reports;
using MoeScale.Studies.Running;

namespace MoeScale.Cli.Verbs;

/// <summary><c>moescale study run</c> and <c>report</c>.</summary>
internal static class StudyRunVerb
{
    public static int Run(ParseResult parsed)
    {
        (Study study, StudyFolder folder) = StudyVerb.Read(parsed);
        folder.Make();
        int threads = (int)(Options.Whole(parsed, StudyArguments.Threads, StudyArguments.MostThreads) ?? Environment.ProcessorCount);
        int side = (int)(Options.Whole(parsed, StudyArguments.SideBySide, StudyArguments.MostThreads) ?? threads);
        // What would be refused later is refused now, before anything is trained.
        foreach (Cell cell in study.Cells)
        {
            folder.Of(cell).Begin(study.Text);
        }
        Cell[] missing = [.. study.Cells.Where(c => !folder.Of(c).IsDone).OrderByDescending(c => c.TrainedTokens * c.FlopsPerToken)];
        if (missing.Length > 0)
        {
            using StudyWatch watch = new(study, folder);
            new LocalExecutor(study, folder, Program(), threads, side).Run(missing, watch.Token).GetAwaiter().GetResult();
            if (watch.Token.IsCancellationRequested)
            {
                Console.Error.WriteLine("moescale: stopped; the same command goes on from there.");
                return 1;
            }
        }
        return Answer(study, folder);
    }

    public static int Report(ParseResult parsed)
    {
        (Study study, StudyFolder folder) = StudyVerb.Read(parsed);
        return Answer(study, folder);
    }

    /// <summary>Fits, plans and reports what is there; the answer is no where a cell is missing.</summary>
    private static int Answer(Study study, StudyFolder folder)
    {
        CellStatus[] cells = [.. study.Cells.Select(c => CellStatus.Of(folder.Of(c), study.Retries))];
        string runs = RunsCsv.Of(study, folder);
        if (runs.Length > 0)
        {
            TextFile.WriteWhole(folder.RunsPath, runs);
            StudyAnswer answer = StudyFit.Run(study, folder, cells.Count(c => c.State == CellState.Done), new FitOptions());
            IReadOnlyList<Plan> plans = StudyPlans.Run(study, folder);
            StudyPlansJson.Write(plans, folder);
            StudyReport.Write(folder);
            StudyPage.WriteAnswer(study, folder, answer, plans);
        }
        CellStatus[] undone = [.. cells.Where(c => c.State != CellState.Done)];
        if (undone.Length > 0)
        {
            Console.Out.Flush();
            Console.Error.WriteLine($"moescale: {undone.Length} of {cells.Length} cells are not done: {string.Join("; ", undone.Take(5).Select(u => $"{u.Cell.Name} {(u.Reason.Length > 0 ? $"failed: {u.Reason}" : u.State.ToString().ToLowerInvariant())}"))}{(undone.Length > 5 ? "; ..." : "")}");
            return 1;
        }
        return 0;
    }

    /// <summary>The words that start this program, without the launcher, which would build it.</summary>
    public static IReadOnlyList<string> Program()
    {
        string host = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(host) == "dotnet" ? [host, Path.GetFullPath(Environment.GetCommandLineArgs()[0])] : [host];
    }
}
