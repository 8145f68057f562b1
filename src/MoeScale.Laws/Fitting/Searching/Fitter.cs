namespace MoeScale.Laws.Fitting;

/// <summary>How to search.</summary>
public sealed record FitOptions
{
    public Objective Objective { get; init; } = new();

    /// <summary>Starting points to begin with, where no grid is given; more are tried where few lead to the best minimum.</summary>
    public int Starts { get; init; } = 512;

    public ulong Seed { get; init; } = 1;

    /// <summary>Values of coefficients whose product is the grid of starting points; null for spread points.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>>? Grid { get; init; }

    /// <summary>At most so many threads; 0 for one for each processor. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Told the share of the work that is done, from any thread.</summary>
    public Action<double>? Progress { get; init; }

    public CancellationToken Cancel { get; init; }
}

/// <summary>Finds the lowest minimum of an objective from many starting points.</summary>
internal static class Fitter
{
    // Minima whose objectives differ by less are one: descents end within 1e-9 of theirs.
    public const double SameMinimum = 1e-6;

    /// <summary>Of the scaled objective: less is an exact fit.</summary>
    public const double ExactFit = 1e-18;

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
        Workspace last = new(problem);
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
        BestEnds.End[] ends = [.. screen.Distinct(most).Where(e => e.Value <= (near * screen.Ends[0].Value) + ExactFit)];
        BestEnds best = new();
        // The first alone, so that it is known to the others whatever the threads.
        foreach (int[] batch in new[] { [0], Enumerable.Range(1, ends.Length - 1).ToArray() })
        {
            double known = best.All.Count > 0 ? best.All[0].Value : double.PositiveInfinity;
            Workers.Run(
                batch.Length,
                options.Threads,
                () => new Workspace(problem),
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
        Workspace w = new(search.Problem);
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

    /// <summary>What one thread needs for descents.</summary>
    internal sealed class Workspace
    {
        private readonly double[] _start;
        private readonly double[] _gradient;

        public Workspace(FitProblem problem)
        {
            Objective = new ObjectiveEvaluation(problem);
            Descent = new Descent(Objective);
            Linear = new LinearStart(Objective);
            X = new double[problem.Coordinates.Length];
            _start = new double[X.Length];
            _gradient = new double[X.Length];
        }

        public ObjectiveEvaluation Objective { get; }

        public Descent Descent { get; }

        public LinearStart Linear { get; }

        public double[] X { get; }

        /// <summary>
        /// Descends from <see cref="X"/>: first with the signs that least squares found, where scales move as logarithms, then without, so
        /// that
        /// a coefficient of undeclared sign may cross zero. The end is told in the coordinates of the problem.
        /// </summary>
        /// <param name="known">As <see cref="Descent.Known"/>.</param>
        public DescentEnd Run(double known = double.PositiveInfinity)
        {
            Descent.Known = known;
            DescentEnd end = Down();
            bool isDone = end is DescentEnd.NoValue or DescentEnd.GivenUp || (end == DescentEnd.Converged && Descent.IsRegular);
            return Objective.ForgetSigns(X) && !isDone ? Down() : end;
        }

        private DescentEnd Down()
        {
            if (!Objective.Problem.Objective.IsAbs)
            {
                return Descent.Run(X);
            }
            DescentEnd end = DescentEnd.NoValue;
            foreach (double corner in Objective.Problem.Corners)
            {
                Objective.Delta = corner;
                end = Descent.Run(X);
                if (end is DescentEnd.NoValue or DescentEnd.GivenUp)
                {
                    break;
                }
            }
            return end;
        }

        /// <summary>The scaled objective at <see cref="X"/>, absolute values with their corner.</summary>
        public double ExactValue()
        {
            double delta = Objective.Delta;
            // Any corner that no residual lies in; its own 1/δ cancels.
            Objective.Delta = Objective.Problem.Objective.IsAbs ? 1e-200 : delta;
            double value = Objective.At(X, new double[X.Length]);
            Objective.Delta = delta;
            return value;
        }

        /// <summary>Goes on from the end of a descent to the last digits, off a saddle if it is one.</summary>
        public DescentEnd Settle()
        {
            Objective.Delta = Objective.Problem.FinestDelta;
            DescentEnd end = Descent.Polish(X, enough: 0);
            return end == DescentEnd.Saddle ? Descent.Run(X) : end;
        }

        /// <summary>Whether the formula has a value at <see cref="X"/>.</summary>
        public bool HasValue() => double.IsFinite(Objective.At(X, _gradient));

        /// <summary>Keeps the coefficients at <see cref="X"/> for <see cref="HasMoved"/>.</summary>
        public void RememberStart()
        {
            for (int i = 0; i < X.Length; i++)
            {
                _start[i] = Objective.Coordinates[i].Coefficient(X[i]);
            }
        }

        public bool HasMoved()
        {
            for (int i = 0; i < X.Length; i++)
            {
                if (Math.Abs(Objective.Coordinates[i].Coefficient(X[i]) - _start[i]) > 1e-6 * Math.Abs(_start[i]))
                {
                    return true;
                }
            }
            return false;
        }
    }
}
