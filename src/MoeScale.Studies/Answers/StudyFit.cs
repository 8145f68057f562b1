using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Runs;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Answers;

/// <summary>From the table of runs to a law: the families that the grid can identify are compared on the largest runs, and one of them is fitted to all, its clusters the trunks.</summary>
public static class StudyFit
{
    // Where a study does not say what to hold out: a fifth by FLOPs.
    private const double HeldOutShare = 0.2;

    // Fits of one form agree to the last digits, those of two do not.
    private const double SameForm = 1e-6;
    private const string Trunk = "trunk";

    /// <summary>Reads runs.csv, and writes law.yaml, family.yaml and fit.json; a law of earlier runs that these do not give again is removed.</summary>
    /// <param name="study">The study.</param>
    /// <param name="folder">Its folder, with a table of runs.</param>
    /// <param name="undone">Cells without results.</param>
    /// <param name="options">How to search.</param>
    /// <exception cref="UserException">The study asks for what cannot be: an unknown law, a filter that holds out all rows.</exception>
    public static StudyAnswer Run(Study study, StudyFolder folder, IReadOnlyList<UndoneCell> undone, FitOptions options)
    {
        RunTable whole = RunTable.Read(folder.RunsPath);
        RunAxes axes = RunAxes.Of(study, whole);
        (RunTable table, IReadOnlyList<NotFitted> notFitted) = FittedRuns.Of(study, whole, axes);
        StudyLaw.Remove(folder);
        options = options with { Objective = ReadObjective(study.Fit) };
        StudyAnswer answer = new()
        {
            Study = study.Id,
            Question = study.Question,
            Cells = study.Cells.Count,
            CellsDone = study.Cells.Count - undone.Count,
            Undone = undone,
            NotTrained = [.. Selection.Read(folder)?.LeftOut.Select(l => l.Run) ?? []],
            Runs = table.RowCount,
            NotFitted = notFitted,
            Settings = axes.Names,
            Size = study.Size,
            Contrasts = Contrasts.Of(whole, axes, study.Size),
            Scatter = Contrasts.Scatter(whole, axes),
            Status = "",
            Rates = study.RateLaw is null ? null : RateFit.Run(study.RateLaw, whole, axes, folder, options),
        };
        if (table.RowCount == 0)
        {
            return Kept(folder, answer with { Status = "no run is left by fit.where" });
        }
        HoldOut? holdOut = study.Fit.HoldOut is string held ? HoldOut.Parse(held, "'fit.hold_out'") : Largest(table);
        (IReadOnlyList<ComparedAnswer> compared, string? best) = Compare(study, table, holdOut, options);
        answer = answer with { Compared = compared };
        string? chosen = study.Fit.Law ?? best;
        return Kept(folder, chosen is null ? answer with { Status = "no law of losses can be fitted to these runs, and the report tells why of each; 'where' under 'fit' may leave runs that one can, such as \"granularity = 1\"" } : Fitted(study, folder, LawCatalog.Open(chosen), table, holdOut, options, answer));
    }

    private static (IReadOnlyList<ComparedAnswer> Compared, string? Best) Compare(Study study, RunTable table, HoldOut? holdOut, FitOptions options)
    {
        List<ComparedAnswer> compared = [];
        List<LawCandidate> candidates = [];
        foreach (string name in study.Fit.Compare ?? [.. LawCatalog.Ids.Where(id => LawCatalog.Open(id).Predicts == Predictions.Loss)])
        {
            Law law = LawCatalog.Open(name);
            KeyValuePair<string, double>[] fixedHere = [.. Held(study.Fit, law)];
            if (Identifiability.WhyNot(law, table, [.. fixedHere.Select(h => h.Key)]) is string reason)
            {
                compared.Add(new ComparedAnswer(law.Id, null, null, null, reason));
            }
            else
            {
                candidates.Add(LawCandidate.Of(law.Id, () => Form(law, fixedHere, table)));
            }
        }
        LawComparison? comparison = candidates.Count == 0 ? null : LawComparison.Run(candidates, options, holdOut);
        ComparedLaw? best = comparison?.Laws.FirstOrDefault(l => l.Fit is { Status: FitStatus.Converged }) ?? comparison?.Laws.FirstOrDefault(l => l.Fit is { HasValue: true });
        return ([.. Families(comparison?.Laws ?? []), .. compared], best?.Id);
    }

    private static StudyAnswer Fitted(Study study, StudyFolder folder, Law law, RunTable table, HoldOut? holdOut, FitOptions options, StudyAnswer answer)
    {
        (LawForm form, FitColumns columns, FitRows fitRows) = Form(law, Held(study.Fit, law), table);
        bool isClustered = fitRows.Groups(Trunk, "'trunk'").Count > 1;
        FitRequest request = new(form, fitRows) { Options = options, Cluster = isClustered ? Trunk : null, Bootstrap = study.Fit.Bootstrap };
        try
        {
            Fit fit = LawFitter.Run(request);
            HeldOutFit? heldOut = holdOut is null ? null : HeldOutFit.Run(request with { Bootstrap = 0, Profile = false }, holdOut);
            answer = answer with
            {
                Law = law.Id,
                Level = request.Level,
                Status = fit.Status == FitStatus.Converged ? StudyAnswer.Converged : Words(fit.Status),
                Coefficients = [.. fit.Coefficients.Select(c => new CoefficientAnswer(c.Name, c.Value, c.Low, c.High))],
                Error = fit.HasValue ? ErrorSummary.Of(fit, fit.Rows).Rmse : null,
                HeldOut = heldOut?.HeldOut is ErrorSummary e ? new HeldOutAnswer(holdOut!.Text, e.Rows, e.Rmse, e.Mape, e.Coverage) : null,
                Floor = Floor(fit, table),
                Warnings = [.. Unspoken(fit.Rows, answer), .. fit.Warnings.Concat(heldOut?.Notes ?? []).Distinct()],
            };
            if (fit.Status == FitStatus.Converged)
            {
                StudyLaw.Write(study, folder, law, fit, columns, table);
            }
            return answer;
        }
        catch (UserException e)
        {
            // Too few runs yet: the report tells it.
            return answer with { Law = law.Id, Status = e.Message.TrimEnd('.') };
        }
    }

    /// <summary>Settings in which runs differ that are the same to the law.</summary>
    private static IEnumerable<string> Unspoken(FitRows rows, StudyAnswer answer)
    {
        RunAxes axes = new(rows.Table, answer.Settings);
        IGrouping<string, int>[] same = [.. Enumerable.Range(0, rows.Count).GroupBy(r => string.Join('|', rows.Values.Select(v => v[r])), r => rows.TableRows[r])];
        string[] unspoken = [.. axes.Names.Where(n => n != RunAxes.Seed && Array.Exists(same, g => g.Select(r => axes.Value(r, n)).Distinct().Skip(1).Any()))];
        return unspoken.Length == 0 ? [] : [$"runs differ in {string.Join(", ", unspoken)} that are the same to {answer.Law}: their differences are scatter to it, and its predictions lie between them"];
    }

    private static FloorAnswer? Floor(Fit fit, RunTable table)
    {
        if (!fit.HasValue || table.Find("loss_floor") is not { HasNumbers: true } known)
        {
            return null;
        }
        double[] truths = [.. known.Numbers.ToArray().Distinct()];
        // Whether a coefficient is one is seen where it is moved: the prediction moves as far.
        FitCoefficient? floor = fit.Coefficients.FirstOrDefault(c => IsFloor(fit, c));
        return truths is [double truth] && double.IsFinite(truth) && floor is not null ? new FloorAnswer(floor.Name, floor.Value, floor.Low, floor.High, truth) : null;
    }

    private static bool IsFloor(Fit fit, FitCoefficient coefficient)
    {
        double step = 0.01;
        double[] before = fit.Predict(fit.Rows);
        double[] after = (fit with { Coefficients = [.. fit.Coefficients.Select(c => c == coefficient ? c with { Value = c.Value + step } : c)] }).Predict(fit.Rows);
        return before.Zip(after, (b, a) => Math.Abs(a - b - step)).All(d => d < 1e-9);
    }

    private static (LawForm Form, FitColumns Columns, FitRows Rows) Form(Law law, IEnumerable<KeyValuePair<string, double>> held, RunTable table)
    {
        FitColumns columns = ColumnMap.Parse(table).For(law);
        return (held.Aggregate(LawForm.Of(law), (form, h) => form.Hold(h.Key, h.Value)), columns, FitRows.Take(table, columns));
    }

    /// <summary>Coefficients of a law that the study holds; of laws that are compared not all have each of them.</summary>
    private static IEnumerable<KeyValuePair<string, double>> Held(FitWish fit, Law law) => fit.Fix
        .Where(f => law.Coefficients.Any(c => c.Name == Names.Canonical(f.Key)))
        .Select(f => KeyValuePair.Create(Names.Canonical(f.Key), Quantity.TryParseCount(f.Value, out double number) ? number : Coefficient(LawCatalog.Open(f.Value), f.Key)));

    private static HoldOut? Largest(RunTable table)
    {
        double[] flops = [.. table.Column("train_flops", "hold-out").Numbers.ToArray().OrderDescending()];
        int count = (int)Math.Round(HeldOutShare * flops.Length);
        return count == 0 || flops[count - 1] <= flops[^1] ? null : HoldOut.Parse(FormattableString.Invariant($"train_flops >= {flops[count - 1]:R}"));
    }

    /// <summary>Laws of one form are one family, whatever their papers found: after the first of them the others are only named.</summary>
    private static IEnumerable<ComparedAnswer> Families(IReadOnlyList<ComparedLaw> laws)
    {
        List<ComparedLaw> first = [];
        foreach (ComparedLaw law in laws)
        {
            ComparedLaw? same = first.Find(f => f.Fit is not null && law.Fit is not null && f.Coefficients == law.Coefficients && Math.Abs((f.Fitted!.Rmse / law.Fitted!.Rmse) - 1) < SameForm);
            if (same is null)
            {
                first.Add(law);
            }
            yield return same is null ? Told(law) : Told(law) with { Reason = $"the form of {same.Id}" };
        }
    }

    private static ComparedAnswer Told(ComparedLaw law) => new(
        law.Id, law.Coefficients, law.Fitted?.Rmse, law.HeldOut?.Rmse,
        law.Reason ?? (law.Fit is { Status: not FitStatus.Converged } fit ? Words(fit.Status) : string.Join("; ", law.Notes)));

    private static string Words(FitStatus status) => status switch
    {
        FitStatus.Unidentifiable => "these runs do not tell its coefficients apart",
        FitStatus.NotAtMinimum => "no minimum: a coefficient runs away",
        FitStatus.NoValue => "the formula has no value at some run",
        FitStatus.Interrupted => "interrupted",
        _ => "",
    };

    private static double Coefficient(Law law, string name) => law.Coefficients.FirstOrDefault(c => c.Name == Names.Canonical(name))?.Value
        ?? throw new UserException($"'fit.fix': '{law.Id}' has no coefficient '{name}'{Guess.Hint(name, law.Coefficients.Select(c => c.Name))}.");

    private static Objective ReadObjective(FitWish fit)
    {
        ObjectiveKind kind = fit.Objective is null ? ObjectiveKind.LogHuber : (ObjectiveKind)Objective.Names.ToList().IndexOf(fit.Objective);
        return new Objective(kind, fit.Delta ?? new Objective().Delta);
    }

    private static StudyAnswer Kept(StudyFolder folder, StudyAnswer answer)
    {
        TextFile.WriteWhole(folder.AnswerPath, answer.ToJson());
        return answer;
    }
}
