namespace MoeScale.Laws.Fitting;

/// <summary>How to search.</summary>
public sealed record FitOptions
{
    public Objective Objective { get; init; } = new();

    /// <summary>Starting points, where no grid is given.</summary>
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
    public const double ExactFit = 1e-18;

    /// <param name="problem">What to fit.</param>
    /// <param name="options">How to search.</param>
    /// <param name="criterion">Chooses among the ends of descents, lowest first; null for the objective.</param>
    public static Search Run(FitProblem problem, FitOptions options, Func<ObjectiveEvaluation, double[], double>? criterion = null)
    {
        StartingPoints starts = new(problem, options.Starts, options.Seed, options.Grid);
        double[] values = new double[starts.Count];
        Array.Fill(values, double.NaN);
        StartFate[] fates = new StartFate[starts.Count];
        Best best = new();
        bool whole = Workers.Run(starts.Count, options.Threads, () => new Workspace(problem), (w, index) =>
        {
            starts.Fill(index, w.X);
            if (!starts.IsHint(index))
            {
                w.Linear.Solve(w.X, starts.GivenByGrid);
            }
            w.RememberStart();
            DescentEnd end = w.Run();
            fates[index] = end != DescentEnd.NoValue && w.HasMoved() ? StartFate.Moved : StartFate.Stayed;
            if (end == DescentEnd.Converged)
            {
                values[index] = w.Descent.Value;
            }
            // The lowest end counts though its descent stopped early: whether it is a minimum is found out at last.
            if (end != DescentEnd.NoValue)
            {
                best.Offer(criterion is null ? w.Descent.Value : criterion(w.Objective, w.X), index, w);
            }
        }, options.Progress, options.Cancel);
        int tried = fates.Count(f => f != StartFate.NotTried);
        if (best.X is null)
        {
            return Search.Nothing(problem, tried, whole);
        }
        Workspace last = new(problem);
        best.X.CopyTo(last.X, 0);
        DescentEnd final = last.Settle();
        double reached = last.Descent.Value;
        bool Agrees(int index) => values[index] <= reached + (SameMinimum * reached) + ExactFit;
        return new Search(last, final == DescentEnd.Converged)
        {
            Tried = tried,
            Converged = values.Count(double.IsFinite),
            Agreeing = Enumerable.Range(0, values.Length).Count(Agrees),
            Moved = fates.Count(f => f == StartFate.Moved),
            Stuck = Enumerable.Range(0, values.Length).Count(i => fates[i] == StartFate.Stayed && !Agrees(i)),
            Finished = whole,
        };
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

    private enum StartFate : byte
    {
        NotTried,
        Stayed,
        Moved,
    }

    /// <summary>What one thread needs for descents.</summary>
    internal sealed class Workspace
    {
        private readonly double[] _start;

        public Workspace(FitProblem problem)
        {
            Objective = new ObjectiveEvaluation(problem);
            Descent = new Descent(Objective);
            Linear = new LinearStart(Objective);
            X = new double[problem.Coordinates.Length];
            _start = new double[X.Length];
        }

        public ObjectiveEvaluation Objective { get; }

        public Descent Descent { get; }

        public LinearStart Linear { get; }

        public double[] X { get; }

        /// <summary>
        /// Descends from <see cref="X"/>: first with the signs that least squares found, where scales move as logarithms, then without, so that
        /// a coefficient of undeclared sign may cross zero. The end is told in the coordinates of the problem.
        /// </summary>
        public DescentEnd Run()
        {
            DescentEnd end = Down();
            return Objective.ForgetSigns(X) && end != DescentEnd.NoValue ? Down() : end;
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
                if (end == DescentEnd.NoValue)
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

    /// <summary>The best end so far; a lower index wins a tie, so that the order of arrival does not matter.</summary>
    private sealed class Best
    {
        private readonly Lock _lock = new();
        private double _rank = double.PositiveInfinity;
        private int _index = int.MaxValue;

        public double[]? X { get; private set; }

        public void Offer(double rank, int index, Workspace w)
        {
            lock (_lock)
            {
                if (double.IsFinite(rank) && (rank < _rank || (rank == _rank && index < _index)))
                {
                    (_rank, _index) = (rank, index);
                    X = [.. w.X];
                }
            }
        }
    }
}
