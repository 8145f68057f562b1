using MoeScale.Basics;
using MoeScale.Exchange.Import;
using MoeScale.Laws.Runs;

namespace MoeScale.Cli.Input;

/// <summary>
/// A table that is the export of a chart, whose rows are steps and whose runs are columns: nothing that a law is fitted to.
/// </summary>
internal static class ChartTable
{
    /// <summary>What it is and what makes a table of runs of it; null for any other table.</summary>
    public static UserException? Complaint(RunTable table) =>
        table.Files.FirstOrDefault(f => LogFormats.RunsOfChart(f.Columns) > 0) is TableFile file
            ? new UserException(
                $"{file.Path} is the export of a chart of W&B: a row a step, and three columns for each of "
                    + $"{Plural.Of(LogFormats.RunsOfChart(file.Columns), "curve")}. A fit needs a row a run: write "
                    + $"'moescale import {file.Path} --batch-tokens 1M --out runs.csv', with the tokens of a step, and fit runs.csv; "
                    + $"import's --points keeps a row a report."
            )
            : null;
}
