using MoeScale.Laws;
using MoeScale.Laws.Runs;
using MoeScale.Reporting;
using MoeScale.Studies.Files;

namespace MoeScale.Studies.Answers;

/// <summary>
/// The runs of a study that a law of losses gets: those of 'fit.where', and of a sweep of learning rates those of the rate of least loss. A
/// law of losses speaks of models
/// trained well, and would see in a bad rate a bad model.
/// </summary>
/// <param name="Table">Of these runs alone.</param>
/// <param name="LeftOut">The others.</param>
/// <param name="Doubts">What the choice leaves open.</param>
internal sealed record FittedRuns(RunTable Table, IReadOnlyList<NotFitted> LeftOut, IReadOnlyList<WarningJson> Doubts)
{
    /// <exception cref="Basics.UserException">'fit.where' is no filter of these runs.</exception>
    public static FittedRuns Of(Study study, RunTable table, RunAxes axes)
    {
        RunColumn run = table.Column("run", "fit");
        int[] all = [.. Enumerable.Range(0, table.RowCount)];
        int[] chosen = study.Fit.Where is string where ? RunFilter.Parse(where, $"{FitSettings.Where}").Select(table) : all;
        IReadOnlyList<Sweep> sweeps = Sweep.All(table, axes, chosen);
        int[] best = Best(sweeps);
        int atEnd = sweeps.Count(s => s.IsAtEnd);
        return new FittedRuns(
            best.Length == all.Length ? table : table.Take(best),
            [
                .. all.Except(chosen).Select(r => new NotFitted(run.Text(r), NotFittedKind.Filtered)),
                .. chosen.Except(best).Select(r => new NotFitted(run.Text(r), NotFittedKind.WorseRate)),
            ],
            atEnd == 0
                ? []
                :
                [
                    WarningJson.Of(
                        "best_rate_at_end",
                        $"{atEnd} of {sweeps.Count(s => s.Rates.Count > 1)} sweeps have their least loss at the lowest or the highest rate "
                            + $"that was tried, so that a better one may lie beyond",
                        "sweeps",
                        atEnd
                    ),
                ]
        );
    }

    /// <summary>Runs at the best rate of each sweep, in their order.</summary>
    public static int[] Best(IReadOnlyList<Sweep> sweeps) => [.. sweeps.SelectMany(s => s.Rates[s.Best].Rows).Order()];
}
