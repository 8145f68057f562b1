using System.Globalization;
using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.HeldOut;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Runs;

namespace MoeScale.Reporting;

/// <summary>
/// What a paper should report about a fit, a sentence each, filled in with the facts of this one. After the checklist of Li et al. 2025,
/// "(Mis)Fitting: A Survey of Scaling Laws", arXiv 2502.18969.
/// </summary>
public static class FitChecklist
{
    /// <summary>The law of a draft with the coefficients of a fit, and with this checklist.</summary>
    /// <param name="draft">What the file says beside the fit.</param>
    /// <param name="fit">A fit that has coefficients.</param>
    /// <param name="heldOut">The fit beside rows that it has not seen; null where none were held out.</param>
    public static Law Fill(FittedLawDraft draft, Fit fit, HeldOutFit? heldOut = null)
    {
        Law law = draft.Fill(fit);
        return law with { Fitted = law.Fitted! with { Checklist = Of(fit, draft, heldOut) } };
    }

    /// <summary>Sentences without full stop.</summary>
    public static IReadOnlyList<string> Of(Fit fit, FittedLawDraft draft, HeldOutFit? heldOut = null)
    {
        ErrorSummary errors = ErrorSummary.Of(fit, fit.Rows);
        LawForm form = fit.Request.Form;
        return
        [
            Runs(fit.Rows, draft),
            Spans(fit.Rows, draft.Columns),
            .. draft.Variables.Where(v => v.Columns.Any(c => c.Contains("params", StringComparison.Ordinal))).Take(1).Select(Size),
            $"The form has {Plural.Of(form.Coefficients.Count, "coefficient")}, of which {form.Free.Count} were fitted{Held(form)}",
            Objective(fit),
            Starts(fit),
            Search(fit),
            Text($"On the fitted rows the RMSE is {errors.Rmse:G4}, the mean absolute percentage error {errors.Mape:0.###} %, ")
                + Text($"the largest error {errors.MaxAbs:G4}"),
            HeldOut(fit, heldOut),
            Intervals(fit),
            "The table does not say, so the paper must: the data set and tokenizer of the loss, "
                + "how learning rate and batch size were chosen, and whether rows are whole runs or points along one",
        ];
    }

    private static string Runs(FitRows rows, FittedLawDraft draft)
    {
        int all = rows.Table.RowCount;
        string left = draft.LeftOut.Count > 0 ? $"left out are {string.Join(", ", draft.LeftOut)}" : "none was left out";
        string weights = rows.Weights is null ? "" : "; the rows are weighted";
        return $"{rows.Count} of the {Plural.Of(all, "row")} of {rows.Table.Name} were fitted; {left}{weights}";
    }

    private static string Spans(FitRows rows, FitColumns columns)
    {
        IEnumerable<string> spans = rows.Letters.Select((l, i) => Span(l, columns.Letters[i], rows.Values[i]));
        return $"The runs span {string.Join(", ", spans)}; " + $"observed is {Span(FitColumns.Predicted, columns.Observed, rows.Observed)}";
    }

    private static string Starts(Fit fit)
    {
        string how = fit.Request.Options.Grid is null
            ? $" (hints of the law, then a low-discrepancy sequence of seed {fit.Request.Options.Seed})"
            : " (the product of a grid)";
        string tried = $"{Plural.Of(Count(fit.Starts.Tried), "starting point")} {(fit.Starts.Tried == 1 ? "was" : "were")} tried";
        return $"{tried}{how}; {Count(fit.Starts.Agreeing)} led to this optimum";
    }

    private static string Search(Fit fit)
    {
        string condition = fit.Condition is double c ? Text($" and the condition {c:0.0e0}") : "";
        return $"The search was quasi-Newton descent with a Newton polish; it ended {FitStatusWords.End(fit.Status)}, "
            + Text($"where the gradient is {fit.GradientNorm:0.0e0} (the largest cosine between residuals and derivatives, ")
            + $"at most 1){condition}";
    }

    private static string Span(string letter, Variable column, double[] values) =>
        $"{letter} ({column.Column}) {Number(values.Min())} to {Number(values.Max())}";

    private static string Size(Variable v) =>
        $"{v.Name} counts {(v.Meaning.Length > 0 ? v.Meaning : $"what the column {v.Column} does; say whether that includes embeddings")}";

    private static string Held(LawForm form)
    {
        string[] parts =
        [
            .. form.Coefficients.Where(c => c.Held is not null).Select(c => Text($"{c.Name} held at {c.Held:G6}")),
            .. form.Coefficients.Where(c => c.TiedTo is not null).Select(c => $"{c.Name} tied to {c.TiedTo}"),
        ];
        return parts.Length == 0 ? "" : $": {string.Join(", ", parts)}";
    }

    private static string Objective(Fit fit)
    {
        Objective o = fit.Request.Options.Objective;
        string delta = o.Kind is ObjectiveKind.LogHuber or ObjectiveKind.Huber ? Text($" with delta {o.Delta:G4}") : "";
        string ridge = o.Ridge > 0 ? Text($" plus a ridge of {o.Ridge:G4}") : "";
        string reduced = o.Reduce == Reduction.Mean ? "mean" : "sum";
        return Text($"The objective is {o.Name}{delta}, the {reduced} over rows{ridge}; its value is {fit.Value:G10}");
    }

    private static string HeldOut(Fit fit, HeldOutFit? heldOut)
    {
        if (heldOut is not { HeldOut: ErrorSummary e } held)
        {
            return "No rows were held out, so the error of predictions beyond these runs is not known";
        }
        string inside = e.Coverage is double c
            ? Text($"; {100 * c:0} % of them lie inside the {100 * fit.Request.Level:0.##} % interval")
            : "";
        return Text($"On {e.Rows} rows held out ({held.Text}) the RMSE is {e.Rmse:G4}, the mean absolute percentage error ")
            + Text($"{e.Mape:0.###} %, the largest error {e.MaxAbs:G4}{inside}");
    }

    private static string Intervals(Fit fit) =>
        Text($"Intervals cover {100 * fit.Request.Level:0.##} % and come from ")
        + (
            fit.IntervalsFrom switch
            {
                IntervalSource.Bootstrap => $"{Plural.Of(fit.Sample!.Count, "bootstrap refit")}, each at its own optimum, of "
                    + (fit.Request.Cluster is string cluster ? $"clusters by {cluster}" : "rows"),
                IntervalSource.Profile => "profiles of the objective",
                _ => "standard errors that hold whatever the scatter of the rows (sandwich)",
            }
        );

    private static string Number(double value) =>
        Math.Abs(value) >= 1000 ? Quantity.FormatCount(value) : value.ToString("G4", CultureInfo.InvariantCulture);

    private static string Count(int value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
