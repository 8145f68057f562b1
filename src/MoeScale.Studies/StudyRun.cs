using MoeScale.Basics;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Studies.Answers;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;
using MoeScale.Studies.Reports;
using MoeScale.Studies.Running;

namespace MoeScale.Studies;

/// <summary>A study from its file to its report: cells are trained, then their losses are fitted, planned with and reported.</summary>
public static class StudyRun
{
    /// <summary>Trains what is missing and answers.</summary>
    /// <param name="study">The study; what a limit left out when it began stays out.</param>
    /// <param name="folder">Of its results; the same folder again goes on where it was stopped.</param>
    /// <param name="executor">Where cells are trained. What it only queues is not waited for.</param>
    /// <param name="cancel">Asks trainers to stop, and waits for them.</param>
    /// <exception cref="UserException">The folder cannot be made, or holds other cells than the study has now.</exception>
    /// <exception cref="OperationCanceledException">It was stopped before all cells were trained.</exception>
    public static async Task<StudyOutcome> Run(Study study, StudyFolder folder, IExecutor executor, CancellationToken cancel = default)
    {
        Study chosen = Selection.Read(folder)?.Apply(study) ?? study;
        IReadOnlyList<Cell> missing = Begin(chosen, folder);
        if (missing.Count > 0)
        {
            await executor.Run(missing, cancel).ConfigureAwait(false);
            cancel.ThrowIfCancellationRequested();
        }
        return Answer(chosen, folder);
    }

    /// <summary>Writes down what each cell is.</summary>
    /// <returns>Those that are not done, the most expensive first.</returns>
    /// <exception cref="UserException">The folder cannot be made, or holds other cells than the study has now.</exception>
    public static IReadOnlyList<Cell> Begin(Study study, StudyFolder folder)
    {
        folder.Make();
        // What would be refused later is refused now, before anything is trained.
        foreach (Cell cell in study.Cells)
        {
            folder.Of(cell).Begin(study.Text);
        }
        return [.. study.Cells.Where(c => !folder.Of(c).IsDone).OrderByDescending(c => c.TrainedTokens * c.FlopsPerToken)];
    }

    /// <summary>
    /// Fits, plans and reports what is there: runs.csv and routers.csv are made of the folders of finished cells, where there are any, and
    /// fit.json, law.yaml, family.yaml, plan.json and report.md of these tables.
    /// </summary>
    /// <param name="study">The study, as it was begun.</param>
    /// <param name="folder">Its folder. Where no cell was begun in it, as in a copy of its answers, runs.csv tells the runs.</param>
    /// <param name="options">How to search; null as usual.</param>
    /// <exception cref="UserException">A file cannot be read or written.</exception>
    public static StudyOutcome Answer(Study study, StudyFolder folder, FitOptions? options = null)
    {
        IReadOnlyList<StudyChange> changes = StudyChange.Of(study, folder);
        (UndoneCell[] undone, IReadOnlyList<UntoldRouters> untold) = WriteRuns(study, folder);
        if (undone.Length == study.Cells.Count)
        {
            StudyGap.UndoneCells all = new(undone, study.Cells.Count);
            return new StudyOutcome
            {
                Gaps = [new StudyGap.NoRuns(study.File, all)],
                Changes = changes,
                UntoldRouters = untold,
            };
        }
        StudyAnswer answer = StudyFit.Run(study, folder, undone, changes, options ?? new FitOptions());
        IReadOnlyList<StudyPlan> plans = StudyPlans.Run(study, folder, answer);
        StudyPlansFile.Write(plans, folder);
        StudyReport.Write(folder);
        return new StudyOutcome
        {
            Answer = answer,
            Plans = plans,
            Changes = changes,
            UntoldRouters = untold,
            Gaps = StudyGap.Of(answer, plans, isLawAsked: study.Fit.IsAsked || study.Plans.Count > 0),
        };
    }

    private static (UndoneCell[] Undone, IReadOnlyList<UntoldRouters> Untold) WriteRuns(Study study, StudyFolder folder)
    {
        if (RunsCsv.IsCopy(study, folder))
        {
            HashSet<string> known = RunsCsv.RunNames(folder);
            IEnumerable<Cell> missing = study.Cells.Where(c => !c.Lengths.All(l => known.Contains(c.RunName(l))));
            return ([.. missing.Select(c => new UndoneCell(c.Name, UndoneState.NotInTable, ""))], []);
        }
        CellStatus[] cells = [.. study.Cells.Select(c => CellStatus.Of(folder.Of(c), study.Retries))];
        string runs = RunsCsv.Of(study, folder);
        IReadOnlyList<UntoldRouters> untold = [];
        if (runs.Length > 0)
        {
            RunsCsv.Write(runs, study, folder);
            untold = RoutersCsv.Write(study, folder);
        }
        return (
            [.. cells.Where(c => c.State != CellState.Done).Select(c => new UndoneCell(c.Cell.Name, StateOf(c.State), c.Reason))],
            untold
        );
    }

    private static UndoneState StateOf(CellState state) =>
        state switch
        {
            CellState.Waiting => UndoneState.Waiting,
            CellState.Running => UndoneState.Running,
            CellState.Stopped => UndoneState.Stopped,
            CellState.Failed => UndoneState.Failed,
            _ => throw new ArgumentOutOfRangeException(nameof(state)),
        };
}
