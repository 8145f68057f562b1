using System.Globalization;
using MoeScale.Basics;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Fitting;

/// <summary>
/// What a paper should report about a fit, a sentence each, filled in with the facts of this one. After the checklist of Li et al. 2025,
/// "(Mis)Fitting: A Survey of Scaling Laws", arXiv 2502.18969.
/// </summary>
internal static class FitChecklist
{
    public static IReadOnlyList<string> Of(Fit fit, FittedLawDraft draft, ErrorSummary errors)
    {
        LawForm form = fit.Request.Form;
        return
        [
            Runs(fit.Rows, draft),
            $"The runs span {string.Join(", ", fit.Rows.Letters.Select((l, i) => Span(l, draft.Columns.Letters[i], fit.Rows.Values[i])))}; observed is {Span(FitColumns.Predicted, draft.Columns.Observed, fit.Rows.Observed)}",
            .. draft.Variables.Where(v => v.Columns.Any(c => c.Contains("params", StringComparison.Ordinal))).Take(1).Select(Size),
            $"The form has {Plural.Of(form.Coefficients.Count, "coefficient")}, of which {form.Free.Count} were fitted{Held(form)}",
            Objective(fit),
            $"{Plural.Of(Count(fit.Starts.Tried), "starting point")} {(fit.Starts.Tried == 1 ? "was" : "were")} tried{(fit.Request.Options.Grid is null ? $" (hints of the law, then a low-discrepancy sequence of seed {fit.Request.Options.Seed})" : " (the product of a grid)")}; {Count(fit.Starts.Agreeing)} led to this optimum",
            Text(
                $"The search was quasi-Newton descent with a Newton polish; it ended {End(fit.Status)}, where the gradient is {fit.GradientNorm:0.0e0} (the largest cosine between residuals and derivatives, at most 1){(fit.Condition is double condition ? Text($" and the condition {condition:0.0e0}") : "")}"
            ),
            Text(
                $"On the fitted rows the RMSE is {errors.Rmse:G4}, the mean absolute percentage error {errors.Mape:0.###} %, the largest error {errors.MaxAbs:G4}"
            ),
            draft.HeldOut ?? "No rows were held out, so the error of predictions beyond these runs is not known",
            Intervals(fit),
            "The table does not say, so the paper must: the data set and tokenizer of the loss, how learning rate and batch size were chosen, and whether rows are whole runs or points along one",
        ];
    }

    private static string Runs(FitRows rows, FittedLawDraft draft)
    {
        int all = rows.Table.RowCount;
        string left = draft.LeftOut.Count > 0 ? $"left out are {string.Join(", ", draft.LeftOut)}" : "none was left out";
        string weights = rows.Weights is null ? "" : "; the rows are weighted";
        return $"{rows.Count} of the {Plural.Of(all, "row")} of {Path.GetFileName(rows.Table.Path)} were fitted; {left}{weights}";
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
        return Text(
            $"The objective is {o.Name}{delta}, the {(o.Reduce == Reduction.Mean ? "mean" : "sum")} over rows{ridge}; its value is {fit.Value:G10}"
        );
    }

    private static string End(FitStatus status) =>
        status switch
        {
            FitStatus.Converged or FitStatus.RefitsFailed => "at a minimum, checked by second derivatives",
            FitStatus.Unidentifiable => "at a minimum along which coefficients can change together",
            FitStatus.Interrupted => "when the user stopped it",
            _ => "where the objective still falls",
        };

    private static string Intervals(Fit fit) =>
        Text($"Intervals cover {100 * fit.Request.Level:0.##} % and come from ")
        + (
            fit.IntervalsFrom switch
            {
                "bootstrap" =>
                    $"{Plural.Of(fit.Sample!.Count, "bootstrap refit")}, each at its own optimum, of {(fit.Request.Cluster is string cluster ? $"clusters by {cluster}" : "rows")}",
                "profile" => "profiles of the objective",
                _ => "standard errors that hold whatever the scatter of the rows (sandwich)",
            }
        );

    private static string Number(double value) =>
        Math.Abs(value) >= 1000 ? Quantity.FormatCount(value) : value.ToString("G4", CultureInfo.InvariantCulture);

    private static string Count(int value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
