using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.HeldOut;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Runs;
using MoeScale.Reporting;
using MoeScale.Studies.Axes;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Answers;

/// <summary>
/// From the table of runs to a law: the families that the grid can identify are compared on the largest runs, and one of them is fitted to
/// all, its clusters the trunks.
/// </summary>
public static class StudyFit
{
    private const string Trunk = "trunk";

    /// <summary>
    /// Reads runs.csv, and writes law.yaml, family.yaml and fit.json; a law of earlier runs that these do not give again is removed.
    /// </summary>
    /// <param name="study">The study.</param>
    /// <param name="folder">Its folder, with a table of runs.</param>
    /// <param name="undone">Cells without results.</param>
    /// <param name="changes">Of its file since the runs were begun.</param>
    /// <param name="options">How to search.</param>
    /// <returns>What there is; where the runs do not allow what the study asks for yet, its status says why.</returns>
    public static StudyAnswer Run(
        Study study,
        StudyFolder folder,
        IReadOnlyList<UndoneCell> undone,
        IReadOnlyList<StudyChange> changes,
        FitOptions options
    )
    {
        (RunTable table, IReadOnlyList<string> unknown) = OfStudy(study, RunTable.Read(folder.RunsPath));
        foreach (RunColumn column in ((string[])["loss", "tokens", "train_flops"]).Select(c => table.Column(c, "report")))
        {
            // What a study writes are numbers; somebody else wrote here.
            int bad = Array.FindIndex(column.Numbers.ToArray(), v => !double.IsFinite(v));
            if (bad >= 0)
            {
                throw new UserException(
                    $"{folder.RunsPath}:{table.Line(bad)}: '{column.Name}' is '{column.Text(bad)}', and needs a number. Put it back, or "
                        + $"remove the file where the runs are still there."
                );
            }
        }
        RunAxes axes = RunAxes.Of(study, table);
        options = options with { Objective = ReadObjective(study.Fit) };
        StudyAnswer answer = new()
        {
            Study = study.Id,
            Question = study.Question,
            Cells = study.Cells.Count,
            CellsDone = study.Cells.Count - undone.Count,
            Undone = undone,
            Notes = [.. study.Notes.Select(StudyWords.Of), .. changes.Select(StudyWords.Of)],
            NotTrained = [.. Selection.Read(folder)?.LeftOut.Select(l => l.Run) ?? []],
            Runs = table.RowCount,
            UnknownRuns = unknown,
            Settings = axes.Names,
            Formulas = RunAxes.Formulas(study, table),
            Size = study.Size,
            StatusKind = LawStatus.NoRuns,
            Status = "",
            Rates = study.RateLaw is null ? null : RateFit.Run(study.RateLaw, study.Id, table, axes, folder, options),
        };
        answer = WhatSettingsChange(study, table, axes, answer);
        try
        {
            answer = Answer(study, folder, table, axes, options, answer);
        }
        catch (UserException e)
        {
            // Too few runs yet, or none that a filter names: the report tells it.
            answer = Refused(answer, e);
        }
        StudyLaw.RemoveWithout(answer, folder);
        TextFile.WriteWhole(folder.AnswerPath, answer.ToJson());
        return answer;
    }

    /// <summary>The runs of a study alone: a copy of its answers may be of a study that had others.</summary>
    private static (RunTable Table, IReadOnlyList<string> UnknownRuns) OfStudy(Study study, RunTable table)
    {
        HashSet<string> known = [.. study.Cells.SelectMany(c => c.Lengths.Select(c.RunName))];
        RunColumn run = table.Column("run", "report");
        int[] rows = [.. Enumerable.Range(0, table.RowCount).Where(r => known.Contains(run.Text(r)))];
        return rows.Length == table.RowCount
            ? (table, [])
            : (table.Take(rows), [.. Enumerable.Range(0, table.RowCount).Except(rows).Select(run.Text)]);
    }

    // The size aside: how the loss goes with it is the law's to say. What is compared was trained at its best rate, and so were the repeats
    // by which differences are judged; rates
    // themselves are compared as they are.
    private static StudyAnswer WhatSettingsChange(Study study, RunTable table, RunAxes axes, StudyAnswer answer)
    {
        int[] best = FittedRuns.Best(Sweep.All(table, axes, [.. Enumerable.Range(0, table.RowCount)]));
        RunTable atBest = best.Length == table.RowCount ? table : table.Take(best);
        RunAxes ofBest = RunAxes.Of(study, atBest, but: AxisNames.LearningRate);
        string[] settings =
        [
            .. axes.Names.Where(n => n is not (AxisNames.Tokens or AxisNames.Seed or AxisNames.LearningRate) && n != study.Size),
        ];
        return answer with
        {
            Contrasts = [.. Contrasts.Of(atBest, ofBest, settings), .. Contrasts.Of(table, axes, [AxisNames.LearningRate])],
            Scatter = Contrasts.Scatter(atBest, ofBest),
        };
    }

    private static StudyAnswer Answer(Study study, StudyFolder folder, RunTable whole, RunAxes axes, FitOptions options, StudyAnswer answer)
    {
        FittedRuns fitted = FittedRuns.Of(study, whole, axes);
        RunTable table = fitted.Table;
        answer = answer with { Runs = table.RowCount, NotFitted = fitted.LeftOut, Warnings = fitted.Doubts };
        if (table.RowCount == 0)
        {
            return End(answer, LawStatus.NoRuns);
        }
        HoldOut? holdOut = study.Fit.HoldOut is string held ? HoldOut.Parse(held) : LargestRuns.Of(table);
        answer = answer with { HoldOut = holdOut?.Text };
        try
        {
            (answer, string? best) = LawRanking.Of(study, table, holdOut, options, answer);
            return (study.Fit.Law ?? best) is string chosen
                ? Fitted(study, folder, LawCatalog.Open(chosen), table, holdOut, options, answer)
                : End(answer, answer.Compared.Any(c => c.Free is not null) ? LawStatus.NoneConverged : LawStatus.NoneIdentifiable);
        }
        catch (UserException e)
        {
            return Refused(answer, e);
        }
    }

    private static StudyAnswer End(StudyAnswer answer, LawStatus status) =>
        answer with
        {
            StatusKind = status,
            Status = StudyWords.Of(status),
        };

    private static StudyAnswer Refused(StudyAnswer answer, UserException refusal) =>
        answer with
        {
            StatusKind = LawStatus.Refused,
            Status = refusal.Phrase.Say(StudyTerms.All),
        };

    private static StudyAnswer Fitted(
        Study study,
        StudyFolder folder,
        Law law,
        RunTable table,
        HoldOut? holdOut,
        FitOptions options,
        StudyAnswer answer
    )
    {
        (LawForm form, FitColumns columns, FitRows fitRows) = LawRanking.Form(study.Fit, law, table);
        bool isClustered = fitRows.Groups(Trunk, "'trunk'").Count > 1;
        FitRequest request = new(form, fitRows)
        {
            Options = options,
            Cluster = isClustered ? Trunk : null,
            Bootstrap = study.Fit.Bootstrap,
        };
        Fit fit = LawFitter.Run(request);
        HeldOutFit? heldOut = holdOut is null ? null : HeldOutFit.Run(request with { Bootstrap = 0, Profile = false }, holdOut);
        // A fit to the others that has no minimum predicts anything.
        bool isTested = heldOut?.Fit.Status == FitStatus.Converged;
        answer = End(answer, StudyWords.StatusOf(fit.Status)) with
        {
            Law = law.Id,
            Level = request.Level,
            Coefficients = [.. fit.Coefficients.Select(c => new CoefficientAnswer(c.Name, c.Value, c.Low, c.High))],
            Error = fit.HasValue ? ErrorSummary.Of(fit, fit.Rows).Rmse : null,
            HeldOut =
                isTested && heldOut!.HeldOut is ErrorSummary e
                    ? new HeldOutAnswer(holdOut!.Text, e.Rows, e.Rmse, e.Mape, e.Coverage)
                    : null,
            Floor = FittedFloor.Of(fit, table),
            Warnings =
            [
                .. answer.Warnings,
                .. NotCovered(fit.Rows, law, answer),
                .. heldOut is null || isTested
                    ? (WarningJson[])[]
                    :
                    [
                        new(
                            "held_out_not_converged",
                            $"without the runs held out ({holdOut!.Text}) the fit does not converge "
                                + $"({StudyWords.Of(StudyWords.StatusOf(heldOut.Fit.Status))}), "
                                + $"so that nobody knows how well the law predicts"
                        ),
                    ],
                .. fit.Warnings.Concat(heldOut?.Notes ?? []).Select(w => WarningJson.Of(w, StudyTerms.All)).DistinctBy(w => w.Text),
            ],
        };
        if (fit.Status == FitStatus.Converged)
        {
            StudyLaw.Write(study, folder, law, fit, columns, table, answer.Rates);
        }
        return answer;
    }

    /// <summary>Settings in which runs differ that are the same to the law.</summary>
    private static IEnumerable<WarningJson> NotCovered(FitRows rows, Law law, StudyAnswer answer)
    {
        RunAxes axes = new(rows.Table, answer.Settings, answer.Formulas);
        IGrouping<string, int>[] same =
        [
            .. Enumerable.Range(0, rows.Count).GroupBy(r => string.Join('|', rows.Values.Select(v => v[r])), r => rows.TableRows[r]),
        ];
        string[] notCovered =
        [
            .. axes.Names.Where(n =>
                n != AxisNames.Seed && Array.Exists(same, g => g.Select(r => axes.Value(r, n)).Distinct().Skip(1).Any())
            ),
        ];
        return notCovered.Length == 0
            ? []
            :
            [
                new(
                    "settings_not_covered",
                    $"runs differ in {string.Join(", ", notCovered)} that are the same to {law.Id}: their differences are scatter to it, "
                        + $"and its predictions lie between them"
                ),
            ];
    }

    private static Objective ReadObjective(StudyFitRequest fit)
    {
        ObjectiveKind kind = fit.Objective is null
            ? ObjectiveKind.LogHuber
            : (ObjectiveKind)Objective.Names.ToList().IndexOf(fit.Objective);
        return new Objective(kind, fit.Delta ?? new Objective().Delta);
    }
}
