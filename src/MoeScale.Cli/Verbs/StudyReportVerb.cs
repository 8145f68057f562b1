using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Cli.Output;
using MoeScale.Laws.Fitting;
using MoeScale.Planning;
using MoeScale.Studies.Answers;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;
using MoeScale.Studies.Reports;

namespace MoeScale.Cli.Verbs;

/// <summary><c>moescale study report</c>, which is also the end of <c>run</c>.</summary>
internal static class StudyReportVerb
{
    public static int Report(ParseResult parsed)
    {
        (Study study, StudyFolder folder) = StudyVerb.Read(parsed);
        return Answer(study, folder);
    }

    /// <summary>Fits, plans and reports what is there; the answer is no where a cell is missing.</summary>
    public static int Answer(Study study, StudyFolder folder)
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
            return No($"{undone.Length} of {cells.Length} cells are not done: {string.Join("; ", undone.Take(5).Select(u => $"{u.Cell.Name} {(u.Reason.Length > 0 ? $"failed: {u.Reason}" : u.State.ToString().ToLowerInvariant())}"))}{(undone.Length > 5 ? "; ..." : "")}");
        }
        return 0;
    }

    /// <summary>The answer is no, for a reason that goes to standard error.</summary>
    public static int No(string reason)
    {
        // What was printed comes first, also where both go to one place.
        Console.Out.Flush();
        Console.Error.WriteLine($"moescale: {reason}");
        return 1;
    }
}
