using System.Globalization;
using System.Text;
using MoeScale.Basics;
using MoeScale.Laws.Runs;

namespace MoeScale.Studies.Reports;

/// <summary>The health of routers, from routers.csv.</summary>
internal static class RouterSection
{
    public static void Write(StringBuilder text, RunTable routers)
    {
        text.Append(
            "## Routers\n\nIn the last 100 steps of each run: the largest load over the mean, the share of choices that found their "
                + "expert full, the share of tokens that no expert processed, and e^entropy of a token's probabilities over the number "
                + "of experts (1: it cannot tell them apart). Mean over blocks, but the worst load.\n\n"
        );
        RunColumn run = routers.Column("run", "report"),
            findings = routers.Column("findings", "report");
        List<string> failures = [];
        List<string[]> rows = [];
        foreach (IGrouping<string, int> group in Enumerable.Range(0, routers.RowCount).GroupBy(run.Text))
        {
            rows.Add([
                group.Key,
                Number("max_over_mean", g => g.Max(), "0.00"),
                Number("dropped", g => 100 * g.Average(), "0.0' %'"),
                Number("unserved", g => 100 * g.Average(), "0.0' %'"),
                Number("even", g => g.Average(), "0.00"),
            ]);
            failures.AddRange(group.Select(findings.Text).Where(f => f.Length > 0).Select(f => $"{group.Key}: {f}"));

            string Number(string column, Func<IEnumerable<double>, double> over, string format) =>
                over(group.Select(r => routers.Column(column, "report").Numbers.Span[r])).ToString(format, CultureInfo.InvariantCulture);
        }
        ReportSections.Folded(text, Plural.Of(rows.Count, "run"), ["run", "largest load", "dropped", "unserved", "evenness"], rows);
        ReportSections.List(text, failures);
        text.Append(failures.Count > 0 ? "" : "No router fails.\n\n");
    }
}
