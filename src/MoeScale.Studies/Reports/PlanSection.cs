using System.Globalization;
using System.Text;
using MoeScale.Basics;
using MoeScale.Reporting;
using MoeScale.Studies.Answers;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Reports;

/// <summary>The plans, from plan.json.</summary>
internal static class PlanSection
{
    // Kinds of warnings of the fit itself.
    private static readonly string[] ToldUnderTheLaw = ["fit_warned", "fit_interrupted"];

    public static void Write(StringBuilder text, StudyFolder folder)
    {
        if (StudyPlansFile.Read(folder) is not PlansJson file)
        {
            return;
        }
        string[] warnings =
        [
            .. file
                .Plans.SelectMany(p => p.Warnings)
                .Concat(file.Warnings)
                .Where(w => !ToldUnderTheLaw.Contains(w.Kind))
                .Select(w => w.Text)
                .Distinct(),
        ];
        if (file.Plans.Count + warnings.Length == 0)
        {
            return;
        }
        text.Append("## What to train\n\n");
        if (file.Plans.Count > 0)
        {
            text.Append(
                "By the fitted law; intervals leave out 5 % of the draws of its coefficients on each side, with sizes continuous.\n\n"
            );
            ReportSections.Table(
                text,
                ["FLOPs", "E", "G", "active parameters", "interval", "tokens", "interval", "loss", "interval", "outside the runs"],
                file.Plans.Select(Row)
            );
        }
        ReportSections.List(text, warnings);
    }

    private static string[] Row(PlanJson plan)
    {
        string flops = plan.Budget.Flops.ToString("0.##e0", CultureInfo.InvariantCulture);
        return plan.Best is not ConfigurationJson best
            ? [flops, "", "", "nothing fits", "", "", "", "", "", ""]
            :
            [
                flops,
                best.Experts.ToString("0.##", CultureInfo.InvariantCulture),
                best.Granularity.ToString("0.##", CultureInfo.InvariantCulture),
                Quantity.FormatCount(best.ActiveParams),
                Interval(plan.Intervals?.ActiveParams, Quantity.FormatCount),
                Quantity.FormatCount(best.Tokens),
                Interval(plan.Intervals?.Tokens, Quantity.FormatCount),
                best.Loss.ToString("0.0000", CultureInfo.InvariantCulture),
                Interval(plan.Intervals?.Loss, v => v.ToString("0.000", CultureInfo.InvariantCulture)),
                string.Join("; ", best.OutsideRange),
            ];
    }

    private static string Interval(double[]? ends, Func<double, string> show) =>
        ends is [double low, double high] ? $"{show(low)} to {show(high)}" : "";
}
