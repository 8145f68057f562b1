using MoeScale.Laws.Runs;
using MoeScale.Studies.Files;

namespace MoeScale.Studies.Answers;

/// <summary>
/// The runs of a study that a law of losses gets: those of 'fit.where', and of a sweep of learning rates the one of least loss. A law of losses speaks of models trained well,
/// and would see in a bad rate a bad model.
/// </summary>
/// <param name="Table">Of these runs alone.</param>
/// <param name="LeftOut">The others.</param>
internal sealed record FittedRuns(RunTable Table, IReadOnlyList<NotFitted> LeftOut)
{
    /// <exception cref="Basics.UserException">'fit.where' is no filter of these runs.</exception>
    public static FittedRuns Of(Study study, RunTable table, RunAxes axes)
    {
        RunColumn run = table.Column("run", "fit");
        RunColumn loss = table.Column("loss", "fit");
        int[] all = [.. Enumerable.Range(0, table.RowCount)];
        int[] chosen = study.Fit.Where is string where ? RunFilter.Parse(where, "'fit.where'").Select(table) : all;
        List<NotFitted> leftOut = [.. all.Except(chosen).Select(r => new NotFitted(run.Text(r), "fit.where"))];
        int[] best = axes.Names.Contains(RunAxes.LearningRate)
            ? [.. chosen.GroupBy(r => axes.Key(r, RunAxes.LearningRate)).Select(g => g.MinBy(r => loss.Numbers.Span[r])).Order()]
            : chosen;
        leftOut.AddRange(chosen.Except(best).Select(r => new NotFitted(run.Text(r), "not the best learning rate")));
        return new FittedRuns(best.Length == all.Length ? table : table.Take(best), leftOut);
    }
}
