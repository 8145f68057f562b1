using System.Globalization;
using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Planning;
using MoeScale.Studies.Answers;
using MoeScale.Studies.Costs;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Cli.Output;

/// <summary>A study in words and tables.</summary>
internal static class StudyPage
{
    // What a terminal shows, nearly; the laptop study, with 28 cells, is whole.
    private const int MaxRows = 40;
    private const int MaxArrays = 10;

    public static void WriteCost(Study study, StudyFolder folder, StudyCost cost, IReadOnlyList<StudyChange> changes)
    {
        Page.Field(
            "Study",
            $"{study.Id}, {Plural.Of(study.Cells.Count, "cell")}, {Plural.Of(study.Cells.Sum(c => c.Lengths.Count), "run")}"
        );
        if (study.Question.Length > 0)
        {
            Page.Field("Question", study.Question);
        }
        Page.Field("Results", folder.Location);
        Page.Field("FLOPs", $"{Figures.Scientific(cost.Flops)} of training");
        Page.Field("Time", Time(study, cost));
        Page.Field(
            "Disk",
            $"{Quantity.FormatBytes(cost.DiskBytes)}, and "
                + $"{Quantity.FormatBytes(MoreOnTheWay(cost))} more for checkpoints on the way"
                + (study.Trainer.IsBuiltIn ? "" : ", if the trainer keeps what train keeps")
        );
        WriteSlurm(study);
        WriteNotes(study.Notes.Select(StudyWords.Of));
        WriteChanges(changes);
        Page.BlankLine();
        Page.Table(
            ["active", "total", "runs", "tokens", "batch", "steps", "rate", "FLOPs", "time", "<cell"],
            [
                .. cost
                    .Cells.Take(MaxRows)
                    .Select(c =>
                        (IReadOnlyList<string>)
                            [
                                Quantity.FormatCount(c.Cell.Census.ActiveParams),
                                Quantity.FormatCount(c.Cell.Census.TotalParams),
                                Figures.Exact(c.Cell.Lengths.Count),
                                Quantity.FormatCount(c.Cell.TrainedTokens),
                                Quantity.FormatCount((double)c.Cell.Batch * c.Cell.Context),
                                Quantity.FormatCount(c.Steps),
                                Figures.Scientific(c.Cell.LearningRate),
                                Figures.Scientific(c.Flops),
                                c.Seconds is double s ? Duration(s) : "-",
                                c.Cell.Name,
                            ]
                    ),
            ]
        );
        WriteRest(cost.Cells.Count);
        Page.Paragraph($"Tokens are those that are trained on: branches share their trunk.{TimesBy(study, cost)}");
    }

    private static double MoreOnTheWay(StudyCost cost) =>
        cost.Cells.OrderByDescending(c => c.PeakDiskBytes).Take(cost.SideBySide).Sum(c => c.PeakDiskBytes - c.DiskBytes);

    private static string TimesBy(Study study, StudyCost cost)
    {
        if (!cost.Cells.Any(c => c.Seconds is not null))
        {
            return "";
        }
        return $" Times are {(study.Trainer.IsBuiltIn ? WithThreads(cost.Places?.ThreadsEach ?? 1) : "by flops_per_second")}.";
    }

    private static void WriteNotes(IEnumerable<string> notes)
    {
        foreach (string note in notes)
        {
            Page.Field("Note", note);
        }
    }

    private static void WriteChanges(IEnumerable<StudyChange> changes)
    {
        foreach (StudyChange change in changes)
        {
            Page.Field("Changed", StudyWords.Of(change));
        }
    }

    private static void WriteSlurm(Study study)
    {
        (IReadOnlyList<string> Options, Cell[] Cells)[] arrays = [.. study.Slurm.Alike(study.Cells)];
        string label = "Slurm";
        foreach ((IReadOnlyList<string> options, Cell[] cells) in arrays.Where(a => a.Options.Count > 0).Take(MaxArrays))
        {
            Page.Field(
                label,
                $"{Plural.Of(cells.Length, "cell")} with {string.Join(' ', options)}{(cells.Length == 1 ? $": {cells[0].Name}" : "")}"
            );
            label = "";
        }
        if (arrays.Length > MaxArrays)
        {
            Page.Field(label, $"and {Plural.Of(arrays.Length - MaxArrays, "more array")}; --json tells the options of each cell");
        }
        if (study.Slurm.Report.Count > 0)
        {
            Page.Field(label, $"the job that reports with {string.Join(' ', study.Slurm.Report)}");
        }
    }

    private static string Time(Study study, StudyCost cost) =>
        cost.Seconds is double seconds
            ? $"about {Duration(seconds)} on this machine, {Plural.Of(cost.SideBySide, "cell")} at "
                + $"once{(study.Trainer.IsBuiltIn && cost.Places!.ThreadsEach > 1 ? $" {WithThreads(cost.Places.ThreadsEach)} each" : "")}"
        : cost.Places is null
            ? "not known: Slurm decides how many cells run at once, and nodes have their own speed; the same command on a node, without "
                + "--executor, tells what that node alone would need"
        : study.Trainer.IsBuiltIn ? "not measured, because of --no-measure"
        : "not known: nobody said how fast the trainer is; give 'flops_per_second' under 'trainer' in the study";

    private static string WithThreads(int threads) => threads == 1 ? "with one thread" : $"with {Plural.Of(threads, "thread")}";

    private static void WriteRest(int rows)
    {
        if (rows > MaxRows)
        {
            Page.Paragraph($"... and {rows - MaxRows} more; --json lists all.");
        }
    }

    public static void WriteLeftOut(Selection selection)
    {
        Page.BlankLine();
        Page.Paragraph(
            selection.LeftOut.Count == 0
                ? "Nothing is left out: all runs are within the limit."
                : "Left out, because they tell least of the law's coefficients for what they cost:"
        );
        if (selection.LeftOut.Count == 0)
        {
            return;
        }
        Page.Table(
            ["<run", "of the cost", "of what is told"],
            [
                .. selection
                    .LeftOut.Take(MaxRows)
                    .Select(l =>
                        (IReadOnlyList<string>)
                            [
                                l.Run,
                                FormattableString.Invariant($"{100 * l.CostShare:0.0} %"),
                                double.IsNaN(l.ToldShare) ? "-" : FormattableString.Invariant($"{100 * l.ToldShare:0.00} %"),
                            ]
                    ),
            ]
        );
        WriteRest(selection.LeftOut.Count);
    }

    public static void WriteStatus(Study study, StudyFolder folder, CellStatus[] cells, IReadOnlyList<StudyChange> changes)
    {
        Page.Field("Study", $"{study.Id} in {folder.Location}");
        Page.Field(
            "Cells",
            string.Join(
                ", ",
                cells.GroupBy(c => c.State).OrderByDescending(g => g.Key).Select(g => $"{g.Count()} {g.Key.ToString().ToLowerInvariant()}")
            )
        );
        if (File.Exists(folder.RunsPath) && !study.Cells.Any(c => folder.Of(c).IsBegun))
        {
            Page.Field("", $"no cell was begun here, but {folder.RunsPath} has the runs of another folder; 'study report' answers from it");
        }
        WriteChanges(changes);
        Page.BlankLine();
        Page.Table(
            ["<state", "trained", "loss", "tokens/s", "<cell"],
            [
                .. cells.Select(c =>
                    (IReadOnlyList<string>)
                        [
                            c.State.ToString().ToLowerInvariant(),
                            FormattableString.Invariant($"{100 * c.Tokens / c.Cell.TrainedTokens:0} %"),
                            c.Loss is double loss ? Figures.Loss(loss) : "",
                            c.TokensPerSecond is double speed ? Figures.Exact(speed) : "",
                            c.Attempts > 0 ? $"{c.Cell.Name} (failed {(c.Attempts == 1 ? "once" : $"{c.Attempts} times")}: {c.Reason})"
                            : c.Reason.Length > 0 ? $"{c.Cell.Name} ({c.Reason})"
                            : c.Cell.Name,
                        ]
                ),
            ]
        );
    }

    public static void WriteAnswer(StudyFolder folder, StudyAnswer answer, IReadOnlyList<StudyPlan> plans)
    {
        Page.Field("Cells", $"{answer.CellsDone} of {answer.Cells} are done");
        Page.Field(
            "Runs",
            $"{answer.Runs + answer.NotFitted.Count} in "
                + $"{folder.RunsPath}{(answer.NotFitted.Count > 0 ? $", {answer.Runs} of them fitted" : "")}"
        );
        WriteNotes(answer.Notes);
        string label = "Settings";
        foreach (ContrastAnswer contrast in answer.Contrasts)
        {
            foreach (ContrastSummary s in contrast.AtMostTokens)
            {
                string range =
                    s.Count > 1
                        ? FormattableString.Invariant(
                            $" ({s.Low:+0.000;-0.000;0.000} to {s.High:+0.000;-0.000;0.000}, {s.Count} comparisons)"
                        )
                        : "";
                Page.Field(
                    label,
                    FormattableString.Invariant(
                        $"{contrast.Setting} {s.Value} against {contrast.Values[0]}: {s.Mean:+0.000;-0.000;0.000} nats{range}"
                    )
                );
                label = "";
            }
        }
        if (label.Length == 0)
        {
            Page.Field(
                "",
                $"in the longest runs of each model; "
                    + (
                        answer.Scatter is ScatterAnswer scatter
                            ? FormattableString.Invariant($"seeds scatter by {scatter.Deviation:0.000}")
                            : "no seed is repeated"
                    )
            );
        }
        Page.Field(
            "Law",
            answer.Law is null
                ? $"none: {answer.Status}"
                : $"the form of {answer.Law}: "
                    + $"{answer.Status}{(answer.Error is double e ? FormattableString.Invariant($"; RMSE {e:G3} nats") : "")}"
        );
        if (answer.HeldOut is HeldOutAnswer held)
        {
            Page.Field(
                "Held out",
                FormattableString.Invariant(
                    $"{Plural.Of(held.Rows, "run")} ({held.Text}), predicted from the others: RMSE {held.Rmse:G3} nats, {held.Mape:0.00} %"
                )
            );
        }
        if (answer.Floor is FloorAnswer floor)
        {
            Page.Field(
                "Floor",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{floor.Name} {floor.Value:G4} (from {floor.Low?.ToString("G4", null) ?? "-"} to "
                        + $"{floor.High?.ToString("G4", null) ?? "-"}); the entropy of the text is {floor.Truth:G4}"
                )
            );
        }
        if (answer.Rates is RateAnswer rates)
        {
            Page.Field(
                "Rates",
                $"{rates.Optima.Count} best rates; the form of {rates.Law}: "
                    + $"{rates.Status}{(rates.HasLaw ? $", in {folder.RateLawPath}" : "")}"
            );
        }
        foreach (StudyPlan plan in plans)
        {
            Page.Field("Plan", FormattableString.Invariant($"with {plan.Request.Flops:0.##e0} FLOPs{End(plan)}"));
        }
        Page.Field("Report", folder.ReportPath);
    }

    private static string End(StudyPlan plan)
    {
        if (plan.Plan?.Best is Configuration best)
        {
            return $": {InWords(best)}";
        }
        return $" has no model: {StudyWords.Why(plan)}";
    }

    private static string InWords(Configuration best) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"E {best.Experts:0.##}, G {best.Granularity:0.##}, {Quantity.FormatCount(best.ActiveParams)} active parameters on "
                + $"{Plural.Of(Quantity.FormatCount(best.Tokens), "token")}, loss "
                + $"{best.Loss:0.0000}{(best.OutsideRange.Count > 0 ? $"; outside the runs: {Excess.InWords(best.OutsideRange)}" : "")}"
        );

    /// <summary>"12 s", "3.5 min", "2.0 h".</summary>
    public static string Duration(double seconds) =>
        seconds < 100 ? FormattableString.Invariant($"{seconds:0} s")
        : seconds < 6000 ? FormattableString.Invariant($"{seconds / 60:0.0} min")
        : FormattableString.Invariant($"{seconds / 3600:0.0} h");
}
