using System.Globalization;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Formulas;
using MoeScale.Laws;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.HeldOut;
using MoeScale.Laws.Fitting.IsoFlop;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Warnings;
using MoeScale.Planning;
using MoeScale.Reporting;

namespace MoeScale.Cli.Output;

/// <summary>A fit for a terminal, the most important first.</summary>
internal static class FitPage
{
    // No bound of a law file is that far: a scale that the runs do not hold grows until it has no effect.
    private const double Runaway = 1e15;

    /// <param name="answer">What was found.</param>
    /// <param name="law">The fitted law; null where the fit gives none.</param>
    /// <param name="path">The file that it was written to; null for none.</param>
    public static void Write(FitAnswer answer, Law? law, string? path)
    {
        Fit fit = answer.Fit;
        FitQuestion question = answer.Question;
        Page.Field("Law", $"{(question.Law is Law of ? $"{of.Id}: " : "")}{question.Columns.Observed.Source} = {question.FormulaText}");
        Page.Field("Rows", Rows(answer));
        Page.Field(
            "Letters",
            string.Join(
                ", ",
                question.Columns.Letters.Append(question.Columns.Observed).Select(l => $"{Names.InFormula(l.Name)} = {l.Source}")
            )
        );
        Page.Field("Result", Result(answer));
        if (fit.HasValue)
        {
            Page.BlankLine();
            Coefficients(fit);
            Page.BlankLine();
            Errors(answer);
        }
        string value = fit.HasValue ? fit.Value.ToString("0.000000000e0", CultureInfo.InvariantCulture) : "no value";
        Page.Field("Objective", $"{LawFitPage.Words(fit.Request.Options.Objective)}: {value}");
        Page.Field(
            "Starts",
            FormattableString.Invariant(
                $"{fit.Starts.Tried:#,0} tried, {fit.Starts.Agreeing:#,0} agree with the best, {fit.Starts.Moved:#,0} moved"
            )
        );
        if (fit.HasValue)
        {
            string condition = fit.Condition is double c ? FormattableString.Invariant($"condition {c:0.0e0}") : "singular";
            Page.Field(
                "Optimum",
                FormattableString.Invariant($"gradient {fit.GradientNorm:0.0e0} (0 at a minimum, 1 at most), {condition}")
            );
            Page.Field("Intervals", Intervals(answer));
            Page.BlankLine();
            Page.Lines(FitPoints.Of(answer).Plot());
        }
        Groups(answer);
        if (answer.Parabolas is IsoFlopApproach parabolas)
        {
            Page.BlankLine();
            ParabolaPage.Write(parabolas);
        }
        Warnings(answer);
        if (path is not null && law is not null)
        {
            Page.BlankLine();
            Page.Field("Written", path);
            Next(law, path);
        }
    }

    /// <summary>Why the answer is no; null where it is yes.</summary>
    public static string? WhyNot(FitAnswer answer)
    {
        if (FitStatusWords.Refusal(answer.Fit) is Phrase refusal)
        {
            return refusal.Say(CommandTerms.All);
        }
        if (answer.NoParabolas is not null)
        {
            return "the fit converged, but there are no parabolas beside it; the reason stands above.";
        }
        return answer.IsStopped ? "stopped: the search had ended, but not what follows it." : null;
    }

    private static string Rows(FitAnswer answer)
    {
        FitRows rows = answer.Fit.Rows;
        string left = answer.LeftOut.Count == 0 ? "" : $"; left out are {string.Join(", ", answer.LeftOut)}";
        return FormattableString.Invariant($"{rows.Count:#,0} of {rows.Table.RowCount:#,0} in {rows.Table.Path}{left}");
    }

    private static string Result(FitAnswer answer)
    {
        string error = answer.Errors is ErrorSummary e ? FormattableString.Invariant($"; on average {e.Mape:0.###} % off") : "";
        bool isUnfinished = answer is { IsStopped: true, Fit.Status: FitStatus.Converged };
        return FitStatusWords.Result(answer.Fit, error) + (isUnfinished ? "; unfinished" : "");
    }

    private static void Coefficients(Fit fit)
    {
        string level = FormattableString.Invariant($"{100 * fit.Request.Level:0.##} % from");
        Page.Table(
            ["<", "value", "standard error", level, "to", "<"],
            [
                .. fit.Coefficients.Select(
                    (c, i) =>
                        (IReadOnlyList<string>)
                            [c.Name, Six(c.Value), Error(c), Six(c.Low), Six(c.High), Note(fit.Request.Form.Coefficients[i], c)]
                ),
            ]
        );
    }

    private static string Error(FitCoefficient c) => c.LogStandardError is double part ? $"{Three(100 * part)} %" : Three(c.StandardError);

    private static string Note(OpenCoefficient open, FitCoefficient c) =>
        open.Held is not null ? "held"
        : open.TiedTo is string leader ? $"= {leader}"
        : c.AtBound && Math.Abs(c.Value) > Runaway ? "without bound"
        : c.AtBound ? "at its bound"
        : "";

    private static void Errors(FitAnswer answer)
    {
        Page.Field("Error", Told(answer.Errors!));
        if (answer.HeldOut is not { Text.Length: > 0 } held)
        {
            return;
        }
        Page.Field(
            "Held out",
            held.HeldOut is ErrorSummary e
                ? FormattableString.Invariant($"{held.Text}, {Plural.Of(Figures.Exact(e.Rows), "row")}: {Told(e)}{Covered(answer, e)}")
                : $"{held.Text}: nothing could be predicted"
        );
        foreach (HeldOutFold fold in held.Folds)
        {
            Page.Field(
                "",
                FormattableString.Invariant(
                    $"{fold.Label}: {Plural.Of(fold.HeldOut.Rows, "row")}, RMSE {fold.HeldOut.Rmse:G3} (fitted rows: {fold.Fitted.Rmse:G3})"
                )
            );
        }
    }

    private static string Covered(FitAnswer answer, ErrorSummary e) =>
        e.Coverage is double c
            ? FormattableString.Invariant($"; {100 * c:0} % lie inside their {100 * answer.Fit.Request.Level:0.##} % interval")
            : "";

    private static string Told(ErrorSummary e) =>
        FormattableString.Invariant($"RMSE {e.Rmse:G4}, mean {e.Mape:0.###} %, largest {e.MaxAbs:G4}");

    private static string Intervals(FitAnswer answer)
    {
        Fit fit = answer.Fit;
        string from = fit.IntervalsFrom switch
        {
            IntervalSource.Bootstrap => $"percentiles of {Plural.Of(Figures.Exact(fit.Sample!.Count), "bootstrap refit")} of {Drawn(fit)}, "
                + "and so are the standard errors",
            IntervalSource.Profile => "profiles of the objective; the standard errors hold whatever the scatter of the rows (sandwich)",
            _ => "standard errors that hold whatever the scatter of the rows (sandwich)",
        };
        return fit.Coefficients.Any(c => c.LogStandardError is not null) ? $"{from}; an error in % is that of a scale's logarithm" : from;
    }

    private static string Drawn(Fit fit) =>
        fit.Request.Cluster is string by ? $"{Plural.Of(fit.Bootstrap!.Units, "cluster")} by {by}" : "rows";

    private static void Groups(FitAnswer answer)
    {
        if (answer.Groups.Count == 0)
        {
            return;
        }
        Page.BlankLine();
        Page.Paragraph($"Each {answer.Question.By} by itself:");
        Page.Table(
            [$"<{answer.Question.By}", "rows", "RMSE", "<coefficients"],
            [
                .. answer.Groups.Select(g =>
                    (IReadOnlyList<string>)
                        [
                            g.Label,
                            Figures.Exact(g.Rows),
                            g.Fit is { HasValue: true } f
                                ? ErrorSummary.Of(f, f.Rows).Rmse.ToString("G3", CultureInfo.InvariantCulture)
                                : "-",
                            Told(g),
                        ]
                ),
            ]
        );
    }

    private static string Told(FitGroup group)
    {
        if (group.Fit is not Fit fit)
        {
            return group.Reason!;
        }
        string status = FitStatusWords.Short(fit.Status);
        if (!fit.HasValue)
        {
            return status;
        }
        IEnumerable<string> values = fit
            .Coefficients.Where(c => c.IsFree)
            .Select(c => FormattableString.Invariant($"{c.Name}={c.Value:G5}"));
        return string.Join(' ', values) + (status.Length > 0 ? $" ({status})" : "");
    }

    private static void Warnings(FitAnswer answer)
    {
        if (answer.Warnings.Count > 0)
        {
            Page.BlankLine();
        }
        foreach (FitWarning warning in answer.Warnings)
        {
            Page.Paragraph(FitWords.Sentence(warning).Say(CommandTerms.All), "- ", 2);
        }
    }

    /// <summary>What to type next, or what the law lacks for that.</summary>
    private static void Next(Law law, string path)
    {
        if (law.Predicts != Predictions.Loss)
        {
            Page.Field("Next", $"moescale laws eval {Path(path)} {string.Join(' ', law.Variables.Select(v => $"{v.Name}=..."))}");
            return;
        }
        string[] lacks =
        [
            .. law
                .Variables.Where(v => v.Columns.Any(c => PlanColumns.Index(c) < 0))
                .Select(v =>
                    $"a column of a plan for {v.Name} instead of '{v.Source}' (such as "
                    + $"active_params, total_params, tokens or experts; edit 'variables')"
                ),
            .. law.TrainingCost is null ? ["the FLOPs of training (--cost \"6*active_params*tokens\")"] : Array.Empty<string>(),
            .. law.Family is null ? ["a shape family (--family joint-2025)"] : Array.Empty<string>(),
        ];
        if (lacks.Length > 0)
        {
            Page.Field("For a plan", $"the law lacks {string.Join(", ", lacks)}.");
        }
        else
        {
            Page.Field("Next", $"moescale plan --law {Path(path)} --flops 1e21");
        }
    }

    // Without a slash or an ending it would be the name of a catalog's law.
    private static string Path(string path) => Basics.EmbeddedFolder.IsPath(path) ? path : $"./{path}";

    private static string Six(double? value) =>
        value is not double v ? "-"
        : Math.Abs(v) is >= 1e7 or (> 0 and < 1e-4) ? v.ToString("0.00000e0", CultureInfo.InvariantCulture)
        : v.ToString("G6", CultureInfo.InvariantCulture);

    private static string Three(double? value) =>
        value is not double v ? "-"
        : Math.Abs(v) is >= 1e7 or (> 0 and < 1e-4) ? v.ToString("0.00e0", CultureInfo.InvariantCulture)
        : Math.Abs(v) >= 1000 ? Rounded(v, 3)
        : v.ToString("G3", CultureInfo.InvariantCulture);

    // 6512 to 6510, where G3 would write 6.51E+03.
    private static string Rounded(double value, int digits)
    {
        double unit = Math.Pow(10, Math.Floor(Math.Log10(Math.Abs(value))) - digits + 1);
        return (unit * Math.Round(value / unit)).ToString("F0", CultureInfo.InvariantCulture);
    }
}
