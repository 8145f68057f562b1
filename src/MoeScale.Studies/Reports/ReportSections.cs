using System.Globalization;
using System.Text;
using MoeScale.Basics;
using MoeScale.Charts;
using MoeScale.Laws.Runs;
using MoeScale.Studies.Answers;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Reports;

/// <summary>The parts of a report.</summary>
internal static class ReportSections
{
    // Longer tables are folded.
    private const int MaxOpenRows = 12;

    /// <summary>What was trained, and what was not.</summary>
    public static void Trained(StringBuilder text, StudyAnswer a, RunTable table)
    {
        text.Append(
            CultureInfo.InvariantCulture,
            $"{a.CellsDone} of {Plural.Of(a.Cells, "cell")} {(a.Cells == 1 ? "is" : "are")} trained, "
                + $"{Plural.Of(table.RowCount, "run")}.\n\n"
        );
        List(text, [.. a.Undone.Select(StudyWords.Of)]);
        List(text, a.Notes);
        if (a.NotTrained.Count > 0)
        {
            string least =
                a.NotTrained.Count == 1
                    ? "which tells least about the law for what it costs"
                    : "which tell least about the law for what they cost";
            text.Append(
                $"A limit of cost left out {Plural.Of(a.NotTrained.Count, "run")}, {least}: {string.Join(", ", a.NotTrained)}.\n\n"
            );
        }
    }

    public static void Answer(StringBuilder text, StudyAnswer a)
    {
        text.Append("## The law\n\n");
        foreach (IGrouping<NotFittedKind, NotFitted> kind in a.NotFitted.GroupBy(n => n.Kind))
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"{kind.Count()} of {Plural.Of(a.NotFitted.Count + a.Runs, "run")} are not fitted ({StudyWords.Of(kind.Key)}).\n\n"
            );
        }
        if (a.Law is null || a.Coefficients.Count == 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"No law: {StudyWords.Sentence(a)}\n\n");
        }
        else
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"The form of {a.Law}, fitted to {Plural.Of(a.Runs, "run")}: {StudyWords.Sentence(a)} RMSE {Number(a.Error)} nats.\n\n"
            );
            Table(
                text,
                ["coefficient", "value", FormattableString.Invariant($"{100 * a.Level:0.#} % from"), "to"],
                a.Coefficients.Select(c => (string[])[c.Name, Number(c.Value), Number(c.Low), Number(c.High)])
            );
        }
        if (a.Floor is FloorAnswer f)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"The floor {f.Name} is {Number(f.Value)} nats, {Number(f.Low)} to {Number(f.High)}; the entropy of the text is "
                    + $"{Number(f.Truth)}, which "
                    + $"{(!f.HasInterval ? "no interval can be compared with" : f.IsHeld ? "lies inside" : "**lies outside**")}.\n\n"
            );
        }
        if (a.HeldOut is HeldOutAnswer h)
        {
            string inside = h.Coverage is double c ? FormattableString.Invariant($"; {100 * c:0} % of them inside their interval") : "";
            text.Append($"{Plural.Of(h.Rows, "run")} ({h.Text}), predicted from the others: RMSE {Number(h.Rmse)} nats, ")
                .Append(CultureInfo.InvariantCulture, $"{h.Mape:0.00} % on average{inside}.\n\n");
        }
        if (a.Compared.Count > 0)
        {
            string rows = a.HoldOut is null
                ? "the runs that they are fitted to"
                : $"runs held out ({a.HoldOut}), predicted from the others";
            text.Append($"## Which law\n\nBy the error on {rows}. What the grid cannot identify is not fitted.\n\n");
            List(text, a.ComparedNotes);
            Table(
                text,
                ["law", "coefficients", "RMSE", "held out", "remark"],
                a.Compared.Select(l =>
                    (string[])[l.Law, l.Free?.ToString(CultureInfo.InvariantCulture) ?? "", Number(l.Rmse), Number(l.HeldOutRmse), l.Reason]
                )
            );
        }
        if (a.Rates is RateAnswer r)
        {
            text.Append(CultureInfo.InvariantCulture, $"## Learning rates\n\nThe form of {r.Law}: {StudyWords.Sentence(r)}\n\n");
            Table(
                text,
                ["coefficient", "value", "from", "to"],
                r.Coefficients.Select(c => (string[])[c.Name, Number(c.Value), Number(c.Low), Number(c.High)])
            );
            Table(
                text,
                ["active parameters", "tokens", "best rate", "loss there, by the parabola", "rates tried"],
                r.Optima.Select(o =>
                    (string[])[Count(o.ActiveParams), Count(o.Tokens), Number(o.LearningRate), Number(o.Loss), $"{o.Tried}"]
                )
            );
            List(text, r.LeftOut);
        }
        if (a.Warnings.Count > 0)
        {
            text.Append("## What the runs do not support\n\n");
            List(text, [.. a.Warnings.Select(w => w.Text)]);
        }
    }

    public static void Charts(StringBuilder text, IReadOnlyList<(string Name, string Caption, LineChart Chart)> charts, StudyFolder folder)
    {
        if (charts.Count > 0)
        {
            text.Append("## Pictures\n\n");
        }
        // What an earlier report drew, and this one has no reason to.
        foreach (string stale in ReportCharts.Names.Append(IsoFlopChart.Name).Except(charts.Select(c => c.Name)))
        {
            File.Delete(Path.Combine(folder.Location, $"{stale}.svg"));
        }
        // Pictures of pixels are made of these charts, where they are asked for.
        foreach (string picture in ReportCharts.Names.Append(IsoFlopChart.Name))
        {
            File.Delete(Path.Combine(folder.Location, $"{picture}.png"));
        }
        foreach ((string name, string caption, LineChart chart) in charts)
        {
            TextFile.WriteWhole(Path.Combine(folder.Location, $"{name}.svg"), chart.ToSvg());
            text.Append(CultureInfo.InvariantCulture, $"{caption}\n\n![{caption}]({name}.svg)\n\n");
        }
    }

    public static void Runs(StringBuilder text, RunTable table)
    {
        text.Append("## Runs\n\n");
        string[] columns =
        [
            .. (
                (string[])
                    [
                        "active_params",
                        "total_params",
                        "experts",
                        "granularity",
                        "top_k",
                        "tokens",
                        "train_flops",
                        "learning_rate",
                        "loss",
                        "seconds",
                    ]
            ).Where(c => table.Find(c) is { HasNumbers: true }),
        ];
        RunColumn run = table.Column("run", "report");
        Folded(
            text,
            Plural.Of(table.RowCount, "run"),
            ["run", .. columns.Select(c => c.Replace('_', ' '))],
            Enumerable
                .Range(0, table.RowCount)
                .Select(r => (string[])[run.Text(r), .. columns.Select(c => Cell(c, table.Find(c)!.Numbers.Span[r]))])
        );
    }

    private static string Cell(string column, double value) =>
        double.IsNaN(value) ? ""
        : column is "loss" ? value.ToString("0.0000", CultureInfo.InvariantCulture)
        : column is "learning_rate" or "train_flops" ? value.ToString("0.00e0", CultureInfo.InvariantCulture)
        : column is "seconds" ? value.ToString("0.0", CultureInfo.InvariantCulture)
        : column is "active_params" or "total_params" or "tokens" ? Count(value)
        : value.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>A table, behind its title where it is long.</summary>
    public static void Folded(StringBuilder text, string title, string[] header, IEnumerable<string[]> rows)
    {
        string[][] all = [.. rows];
        bool isLong = all.Length > MaxOpenRows;
        text.Append(isLong ? $"<details>\n<summary>{title}</summary>\n\n" : "");
        Table(text, header, all);
        text.Append(isLong ? "</details>\n\n" : "");
    }

    public static void Table(StringBuilder text, string[] header, IEnumerable<string[]> rows)
    {
        string[][] all = [.. rows];
        if (all.Length == 0)
        {
            return;
        }
        text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", header)} |\n|{string.Concat(header.Select(_ => " --- |"))}\n");
        foreach (string[] row in all)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", row.Select(c => OneLine(c)))} |\n");
        }
        text.Append('\n');
    }

    // A bar or a new line would end the cell.
    private static string OneLine(string text) =>
        string.Join(
            ' ',
            text.Replace("|", "\\|", StringComparison.Ordinal)
                .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        );

    public static void List(StringBuilder text, IReadOnlyList<string> lines)
    {
        foreach (string line in lines)
        {
            text.Append(CultureInfo.InvariantCulture, $"- {line.ReplaceLineEndings(" ")}\n");
        }
        text.Append(lines.Count > 0 ? "\n" : "");
    }

    private static string Count(double value) => Quantity.FormatCount(value);

    private static string Number(double? value) =>
        value is not double v ? ""
        : double.IsFinite(v) ? v.ToString("G4", CultureInfo.InvariantCulture)
        : "-";
}
