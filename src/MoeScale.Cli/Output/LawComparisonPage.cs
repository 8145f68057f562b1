using System.Globalization;
using MoeScale.Cli.Input;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.HeldOut;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Warnings;
using MoeScale.Reporting;

namespace MoeScale.Cli.Output;

/// <summary>Laws fitted to the same rows, the best first.</summary>
internal static class LawComparisonPage
{
    /// <param name="comparison">What was found.</param>
    /// <param name="table">The runs.</param>
    /// <param name="holdOut">What was held out; null for nothing.</param>
    public static void Write(LawComparison comparison, RunTable table, string? holdOut)
    {
        Page.Field(
            "Rows",
            FormattableString.Invariant($"{comparison.Rows:#,0} of {table.Path}{(holdOut is null ? "" : $", held out: {holdOut}")}")
        );
        Page.Field("Ranked by", comparison.RankedByHeldOut ? "RMSE on the rows held out" : "RMSE on the fitted rows");
        Page.BlankLine();
        Page.Table(
            ["", "<law", "free", "RMSE", "held out", "mean", "AIC", "BIC"],
            [
                .. comparison
                    .Laws.Where(l => l.Fit is not null)
                    .Select(l =>
                        (IReadOnlyList<string>)
                            [
                                l.Rank?.ToString(CultureInfo.InvariantCulture) ?? "-",
                                l.Id,
                                l.Coefficients?.ToString(CultureInfo.InvariantCulture) ?? "-",
                                Text(l.Fitted?.Rmse, "G3"),
                                Text(l.HeldOut?.Rmse, "G3"),
                                l.HeldOut is ErrorSummary h ? Text(h.Mape, "0.00") + " %" : "-",
                                Text(l.Aic, "0.0"),
                                Text(l.Bic, "0.0"),
                            ]
                    ),
            ]
        );
        bool first = true;
        foreach (string line in Lines(comparison, table))
        {
            if (first)
            {
                Page.BlankLine();
                first = false;
            }
            Page.Paragraph(line, "- ", 2);
        }
    }

    private static IEnumerable<string> Lines(LawComparison comparison, RunTable table)
    {
        foreach (string note in FitWords.Say(table.Notes, CommandTerms.All))
        {
            yield return $"{note}.";
        }
        foreach (ComparedLaw law in comparison.Laws)
        {
            if (law.Reason is NotCompared reason)
            {
                yield return $"{law.Id} is not fitted: {ComparisonWords.Of(reason).SayOnOneLine(CommandTerms.All)}";
            }
            foreach (
                string note in FitWords.Say((law.Fit?.Warnings ?? []).Where(w => w is not TableNote).Concat(law.Notes), CommandTerms.All)
            )
            {
                yield return $"{law.Id}: {note}.";
            }
        }
        foreach (string note in FitWords.Say(comparison.Notes, CommandTerms.All))
        {
            yield return $"{note}.";
        }
    }

    private static string Text(double? value, string format) =>
        value is double v && double.IsFinite(v) ? v.ToString(format, CultureInfo.InvariantCulture) : "-";
}
