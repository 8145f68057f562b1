using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Cli.Output;
using MoeScale.Laws.Fitting.Searching;
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
        return Answer(study, folder, parsed.GetValue(StudyArguments.AsJson));
    }

    /// <summary>
    /// Fits, plans and reports what is there; the answer is no where a cell is missing, or something that the study asks for.
    /// </summary>
    /// <param name="study">The study.</param>
    /// <param name="folder">Its folder. Where no cell was begun in it, as in a copy of its answers, runs.csv tells the runs.</param>
    /// <param name="asJson">Print JSON.</param>
    public static int Answer(Study study, StudyFolder folder, bool asJson)
    {
        UndoneCell[] undone = Runs(study, folder);
        if (undone.Length == study.Cells.Count)
        {
            return No($"no run of {study.File} is finished, so there is nothing to report. {Missing(undone, study)}");
        }
        StudyAnswer answer = StudyFit.Run(study, folder, undone, new FitOptions());
        IReadOnlyList<StudyPlan> plans = StudyPlans.Run(study, folder, answer);
        StudyPlansJson.Write(plans, folder);
        StudyReport.Write(folder);
        if (asJson)
        {
            Json.Write(StudyReportJson.Of(folder, answer, plans));
        }
        else
        {
            StudyPage.WriteAnswer(folder, answer, plans);
        }
        return undone.Length > 0 ? No(Missing(undone, study))
            : !answer.HasLaw && (study.Fit.IsAsked || study.Plans.Count > 0)
                ? No($"all cells are done, and there is no law of them: {answer.Status}.")
            : plans.FirstOrDefault(p => p.Plan?.Best is null) is StudyPlan missing
                ? No(
                    FormattableString.Invariant(
                        $"all cells are done, and there is no plan with {missing.Request.Flops:0.##e0} FLOPs: {(missing.Plan is null ? missing.Reason : "nothing fits")}."
                    )
                )
            : answer.Rates is { HasLaw: false } rates ? No($"all cells are done, and there is no law of learning rates: {rates.Status}.")
            : 0;
    }

    /// <summary>Writes the tables of runs and routers, if there are folders to read them from; returns the cells without results.</summary>
    private static UndoneCell[] Runs(Study study, StudyFolder folder)
    {
        CellStatus[] cells = [.. study.Cells.Select(c => CellStatus.Of(folder.Of(c), study.Retries))];
        if (File.Exists(folder.RunsPath) && Array.TrueForAll(cells, c => c.State == CellState.Waiting && !folder.Of(c.Cell).IsBegun))
        {
            HashSet<string> known = RunsCsv.RunNames(folder);
            return
            [
                .. study
                    .Cells.Where(c => !c.Lengths.All(l => known.Contains(c.RunName(l))))
                    .Select(c => new UndoneCell(c.Name, "not whole in runs.csv", "")),
            ];
        }
        string runs = RunsCsv.Of(study, folder);
        if (runs.Length > 0)
        {
            RunsCsv.Write(runs, study, folder);
            foreach (string trouble in RoutersCsv.Write(study, folder))
            {
                Console.Error.WriteLine($"moescale: {trouble}.");
            }
        }
        return
        [
            .. cells
                .Where(c => c.State != CellState.Done)
                .Select(c => new UndoneCell(c.Cell.Name, c.State.ToString().ToLowerInvariant(), c.Reason)),
        ];
    }

    private static string Missing(UndoneCell[] undone, Study study) =>
        $"{undone.Length} of {Plural.Of(study.Cells.Count, "cell")} {(study.Cells.Count == 1 ? "is" : "are")} not done: {string.Join("; ", undone.Take(5))}{(undone.Length > 5 ? "; ..." : "")}";

    /// <summary>The answer is no, for a reason that goes to standard error.</summary>
    public static int No(string reason)
    {
        // What was printed comes first, also where both go to one place.
        Console.Out.Flush();
        Console.Error.WriteLine($"moescale: {reason}");
        return 1;
    }
}
