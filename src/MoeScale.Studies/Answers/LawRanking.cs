using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.HeldOut;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Runs;
using MoeScale.Reporting;
using MoeScale.Studies.Axes;
using MoeScale.Studies.Files;

namespace MoeScale.Studies.Answers;

/// <summary>Which law: those that the grid can identify, by how well they predict runs that they have not seen.</summary>
internal static class LawRanking
{
    // Fits of one form agree to the last digits, those of two do not.
    private const double SameForm = 1e-6;

    /// <summary>Compares the laws of 'fit.compare', else all of the catalog.</summary>
    /// <returns>The answer with them, and the first that converges; null where none does.</returns>
    /// <exception cref="UserException">Nothing is held out, or everything.</exception>
    public static (StudyAnswer Answer, string? Best) Of(
        Study study,
        RunTable table,
        HoldOut? holdOut,
        FitOptions options,
        StudyAnswer answer
    )
    {
        List<ComparedAnswer> compared = [];
        List<LawCandidate> candidates = [];
        foreach (string name in study.Fit.Compare ?? [.. LawCatalog.Ids.Where(id => LawCatalog.Open(id).Predicts == Predictions.Loss)])
        {
            Law law = LawCatalog.Open(name);
            if (Identifiability.WhyNot(law, table, [.. Held(study.Fit, law).Select(h => h.Key)]) is NotIdentifiable reason)
            {
                compared.Add(new ComparedAnswer(law.Id, null, null, null, StudyWords.Of(reason)));
            }
            else
            {
                candidates.Add(LawCandidate.Of(law.Id, () => Form(study.Fit, law, table)));
            }
        }
        LawComparison? comparison = candidates.Count == 0 ? null : LawComparison.Run(candidates, options, holdOut);
        return (
            answer with
            {
                Compared = [.. Families(comparison?.Laws ?? []), .. compared],
                ComparedNotes = [.. FitWords.Say(comparison?.Notes ?? [], StudyTerms.All)],
            },
            comparison?.Laws.FirstOrDefault(l => l.Fit is { Status: FitStatus.Converged })?.Id
        );
    }

    /// <summary>What a fit gets: the law with what the study holds of it, and the runs in its letters.</summary>
    /// <exception cref="UserException">The runs lack a column, or have no number there.</exception>
    public static (LawForm Form, FitColumns Columns, FitRows Rows) Form(StudyFitRequest fit, Law law, RunTable table)
    {
        FitColumns columns = ColumnMap.Parse(table).For(law);
        return (Held(fit, law).Aggregate(LawForm.Of(law), (form, h) => form.Hold(h.Key, h.Value)), columns, FitRows.Take(table, columns));
    }

    /// <summary>Coefficients of a law that the study holds; of laws that are compared not all have each of them.</summary>
    private static IEnumerable<KeyValuePair<string, double>> Held(StudyFitRequest fit, Law law) =>
        fit
            .Fix.Where(f => law.Coefficients.Any(c => c.Name == Names.Canonical(f.Key)))
            .Select(f =>
                KeyValuePair.Create(
                    Names.Canonical(f.Key),
                    Quantity.TryParseCount(f.Value, out double number) ? number : Coefficient(LawCatalog.Open(f.Value), f.Key)
                )
            );

    /// <summary>Laws of one form are one family, whatever their papers found: after the first of them the others are only named.</summary>
    private static IEnumerable<ComparedAnswer> Families(IReadOnlyList<ComparedLaw> laws)
    {
        List<ComparedLaw> first = [];
        foreach (ComparedLaw law in laws)
        {
            ComparedLaw? same = first.Find(f =>
                f.Fit is not null
                && law.Fit is not null
                && f.Coefficients == law.Coefficients
                && Math.Abs((f.Fitted!.Rmse / law.Fitted!.Rmse) - 1) < SameForm
            );
            if (same is null)
            {
                first.Add(law);
            }
            yield return same is null ? Told(law) : Told(law) with { Reason = $"the form of {same.Id}" };
        }
    }

    private static ComparedAnswer Told(ComparedLaw law) => new(law.Id, law.Coefficients, law.Fitted?.Rmse, law.HeldOut?.Rmse, Remark(law));

    private static string Remark(ComparedLaw law)
    {
        if (law.Reason is NotCompared reason)
        {
            return ComparisonWords.Of(reason).Say(StudyTerms.All);
        }
        return law.Fit is { Status: not FitStatus.Converged } fit
            ? FitStatusWords.WhyNoLaw(fit.Status)
            : string.Join("; ", FitWords.Say(law.Notes, StudyTerms.All));
    }

    private static double Coefficient(Law law, string name) =>
        law.Coefficients.FirstOrDefault(c => c.Name == Names.Canonical(name))?.Value
        ?? throw new UserException(
            $"'fit.fix': '{law.Id}' has no coefficient '{name}'{Guess.Hint(name, law.Coefficients.Select(c => c.Name))}."
        );
}
