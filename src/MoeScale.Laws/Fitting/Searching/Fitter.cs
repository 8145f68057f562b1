using MoeScale.Laws.Fitting.Descending;
using MoeScale.Laws.Fitting.Problem;

namespace MoeScale.Laws.Fitting.Searching;

/// <summary>Finds the lowest minimum of an objective from many starting points.</summary>
internal static class Fitter
{
    /// <param name="problem">What to fit.</param>
    /// <param name="options">How to search.</param>
    /// <param name="criterion">Chooses among the ends of descents, lowest first; null for the objective.</param>
    /// <param name="many">Starts are screened on a part of the rows where there are more than that.</param>
    public static Search Run(
        FitProblem problem,
        FitOptions options,
        Func<ObjectiveEvaluation, double[], double>? criterion = null,
        int many = RowPart.Many
    )
    {
        // A paper's grid and choice are carried out as they are.
        bool isScreened = problem.Rows.Count > many && criterion is null && options.Grid is null;
        MultiStart search = isScreened
            ? new MultiStart(problem.Part(RowPart.Of(problem)), options.Part(0, 2), null)
            : new MultiStart(problem, options, criterion);
        search.Run();
        if (search.Ends.Count == 0)
        {
            return Search.Nothing(problem, search.Tried, search.IsWhole);
        }
        (BestEnds.End led, double[] best) = isScreened
            ? OnAllRows(problem, search, options.Part(1, 2))
            : (search.Ends[0], search.Ends[0].X);
        DescentWorkspace last = new(problem);
        best.CopyTo(last.X, 0);
        DescentEnd final = last.Settle();
        double reached = isScreened ? led.Value : last.Descent.Value;
        return new Search(last, final == DescentEnd.Converged)
        {
            Tried = search.Tried,
            Converged = search.Converged,
            Agreeing = search.Agreeing(reached),
            Moved = search.Moved,
            Stuck = search.Stuck(reached),
            Finished = search.IsWhole,
        };
    }

    /// <summary>Goes on from the best ends on a part of the rows, as far as they may be the best on all.</summary>
    /// <returns>The end that led to the lowest one on all rows, and that one's coordinates.</returns>
    private static (BestEnds.End Led, double[] X) OnAllRows(FitProblem problem, MultiStart screen, FitOptions options)
    {
        // Objectives of two minima on a thousand rows and on all may differ by some per cent; and these descents are long.
        const double near = 1.5;
        const int most = 8;
        BestEnds.End[] ends = [.. screen.Distinct(most).Where(e => e.Value <= (near * screen.Ends[0].Value) + Minimum.ExactFit)];
        BestEnds best = new();
        // The first alone, so that it is known to the others whatever the threads.
        foreach (int[] batch in new[] { [0], Enumerable.Range(1, ends.Length - 1).ToArray() })
        {
            double known = best.All.Count > 0 ? best.All[0].Value : double.PositiveInfinity;
            Workers.Run(
                batch.Length,
                options.Threads,
                () => new DescentWorkspace(problem),
                (w, job) =>
                {
                    ends[batch[job]].X.CopyTo(w.X, 0);
                    if (w.Run(known) is not (DescentEnd.NoValue or DescentEnd.GivenUp))
                    {
                        best.Offer(w.Descent.Value, batch[job], w.X);
                    }
                },
                done => options.Progress?.Invoke((batch[0] + (done * batch.Length)) / ends.Length),
                options.Cancel
            );
        }
        return best.All.Count > 0 ? (ends[best.All[0].Index], best.All[0].X) : (ends[0], ends[0].X);
    }

    /// <summary>Goes on from a point that lies lower than what a search found.</summary>
    public static Search Resume(Search search, double[] lower)
    {
        DescentWorkspace w = new(search.Problem);
        lower.CopyTo(w.X, 0);
        w.Run();
        return new Search(w, w.Settle() == DescentEnd.Converged)
        {
            Tried = search.Tried,
            Converged = search.Converged,
            Agreeing = 0,
            Moved = search.Moved,
            Stuck = search.Stuck,
            Finished = search.Finished,
        };
    }
}
