using System.CommandLine;
using System.Globalization;
using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Cli.Output;
using MoeScale.Planning.Papers;

namespace MoeScale.Cli.Verbs;

/// <summary><c>moescale reproduce</c>: the papers' printed numbers beside the computed ones.</summary>
internal static class ReproduceVerb
{
    private static readonly Argument<string> Paper = new("paper") { Description = "joint, fine-grained, step-law or all." };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Print JSON; docs/json.md explains the fields." };

    public static Command Create()
    {
        Command command = new("reproduce", "Print the papers' numbers beside the computed ones, with the difference.") { Paper, AsJson };
        Help.AddExamples(command, ["moescale reproduce joint", "moescale reproduce all --json"]);
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        string asked = parsed.GetValue(Paper)!;
        IReadOnlyDictionary<string, Func<PaperComparison>> all = PaperComparison.All;
        if (asked != "all" && !all.ContainsKey(asked))
        {
            throw new UserException(
                $"'{asked}' is no paper{Guess.Hint(asked, all.Keys)}. Known are {string.Join(", ", all.Keys)} and all."
            );
        }
        IEnumerable<PaperComparison> papers = all.Where(p => asked == "all" || p.Key == asked).Select(p => p.Value());
        if (parsed.GetValue(AsJson))
        {
            Json.Write<IReadOnlyList<PaperJson>>([.. papers.Select(PaperJson.Of)]);
            return 0;
        }
        bool first = true;
        foreach (PaperComparison paper in papers)
        {
            if (!first)
            {
                Page.BlankLine();
            }
            first = false;
            Write(paper);
        }
        return 0;
    }

    private static void Write(PaperComparison paper)
    {
        Page.Paragraph(paper.Title);
        foreach (ComparisonTable table in paper.Tables)
        {
            Page.BlankLine();
            Page.Paragraph(table.Title);
            Page.Paragraph(table.Note, "  ", 2);
            Page.Table(
                ["<", "<", "paper", "computed", "difference", "<"],
                [
                    .. table.Rows.Select(row =>
                        (IReadOnlyList<string>)
                            [
                                row.Label,
                                row.Quantity,
                                Printed(row),
                                Number(row.Computed, row.Style),
                                Difference(row),
                                row.Agrees ? "" : "differs",
                            ]
                    ),
                ]
            );
            foreach (IGrouping<string, Comparison> note in table.Rows.Where(r => !r.Agrees && r.Note.Length > 0).GroupBy(r => r.Note))
            {
                Page.Paragraph($"{string.Join("; ", note.Select(r => $"{r.Label}, {r.Quantity}"))}: {note.Key}.", "  * ", 4);
            }
        }
        Page.BlankLine();
        int agreeing = paper.Tables.Sum(t => t.Rows.Count(r => r.Agrees));
        int compared = paper.Tables.Sum(t => t.Rows.Count);
        Page.Paragraph(
            $"{agreeing} of {compared} numbers agree with the paper within the stated "
                + $"tolerance{(agreeing < compared ? "; the reason stands under each table where they do not" : "")}."
        );
    }

    private static string Printed(Comparison row) =>
        row.Printed is double printed ? Number(printed, row.Style)
        : double.IsInfinity(row.High) ? $"{Number(row.Low, row.Style)} or more"
        : row.Low == row.High ? Number(row.Low, row.Style)
        : $"{Number(row.Low, row.Style)} to {Number(row.High, row.Style)}";

    private static string Number(double value, Style style) =>
        style switch
        {
            Style.Count => Quantity.FormatCount(value),
            Style.Integer => value.ToString("0", CultureInfo.InvariantCulture),
            Style.Ratio => value.ToString("0.00", CultureInfo.InvariantCulture),
            Style.Scientific => value.ToString("0.000e0", CultureInfo.InvariantCulture),
            Style.Percent => (100 * value).ToString("0.0", CultureInfo.InvariantCulture) + " %",
            _ => value.ToString("0.0000", CultureInfo.InvariantCulture),
        };

    // Where the tolerance is an amount of a number that is written out, so is the difference; else it is a share.
    private static string Difference(Comparison row) =>
        (row.Difference, row.Style) switch
        {
            (null, _) => "",
            (double d, Style.Integer) => Signed(d, "0"),
            (double d, Style.Fixed) when Math.Abs(row.Printed!.Value) < 10 => Signed(d, "0.0000"),
            (double d, Style.Ratio) => Signed(d, "0.00"),
            _ => Signed(100 * row.RelativeDifference!.Value, "0.00") + " %",
        };

    private static string Signed(double value, string format)
    {
        string digits = Math.Abs(value).ToString(format, CultureInfo.InvariantCulture);
        bool isZero = digits.All(c => c is '0' or '.');
        return (
                isZero ? ""
                : value < 0 ? "-"
                : "+"
            ) + digits;
    }
}
