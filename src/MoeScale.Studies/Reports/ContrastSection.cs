using System.Globalization;
using System.Text;
using MoeScale.Basics;
using MoeScale.Studies.Answers;

namespace MoeScale.Studies.Reports;

/// <summary>What each setting changes: the losses of models that differ in nothing else, from fit.json.</summary>
internal static class ContrastSection
{
    // Two standard deviations of a difference of two runs.
    private const double TwoSigma = 2 * 1.4142135623730951;

    public static void Write(StringBuilder text, StudyAnswer answer)
    {
        if (answer.Contrasts.Count == 0)
        {
            return;
        }
        text.Append(
            "## What the settings change\n\nLosses of runs that differ in one setting alone, in nats per token: of the first value the "
                + "loss (mean over seeds), of the others the difference from it at the seeds that both have.\n\n"
        );
        text.Append(
            answer.Scatter is ScatterAnswer s
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"Runs that differ in the seed alone scatter by {s.Deviation:0.0000} nats (standard deviation, from "
                        + $"{Plural.Of(s.Degrees, "repeat")} of a trunk): a difference of two such runs below "
                        + $"{TwoSigma * s.Deviation:0.000} says little, of means over n seeds below 1/√n of that.\n\n"
                )
                : "No run is repeated with another seed, so that nobody knows how far a difference is chance.\n\n"
        );
        foreach (ContrastAnswer contrast in answer.Contrasts)
        {
            Write(text, contrast);
        }
    }

    private static void Write(StringBuilder text, ContrastAnswer contrast)
    {
        text.Append(CultureInfo.InvariantCulture, $"### {contrast.Setting}\n\n");
        foreach (ContrastSummary s in contrast.AtMostTokens)
        {
            string spread = s.Count > 1 ? $" on average over {s.Count} comparisons, {Difference(s.Low)} to {Difference(s.High)}" : "";
            text.Append($"- {Name(s.Value)} against {Name(contrast.Values[0])}, in the longest runs: {Difference(s.Mean)}{spread}\n");
        }
        text.Append('\n');
        string[] others = [.. contrast.Rows.SelectMany(r => r.Others.Keys).Distinct()];
        ReportSections.Folded(
            text,
            $"{contrast.Rows.Count} comparisons",
            [.. others.Select(o => o.Replace('_', ' ')), "tokens", .. contrast.Values.Select(Name)],
            contrast.Rows.Select(r =>
                (string[])[.. others.Select(o => Name(r.Others.GetValueOrDefault(o, ""))), Quantity.FormatCount(r.Tokens), .. Losses(r)]
            )
        );
    }

    private static IEnumerable<string> Losses(ContrastRow row) =>
        row.Losses.Zip(
            row.Differences,
            (loss, difference) =>
                difference is double d ? Difference(d)
                : loss is double l ? l.ToString("0.0000", CultureInfo.InvariantCulture)
                : ""
        );

    private static string Name(string value) => value.Length == 0 ? "-" : value;

    private static string Difference(double value) => value.ToString("+0.0000;−0.0000;0.0000", CultureInfo.InvariantCulture);
}
