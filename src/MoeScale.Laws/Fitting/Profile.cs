namespace MoeScale.Laws.Fitting;

/// <summary>
/// Intervals from the profile of the objective: a coefficient is moved away from its best value, all others are fitted anew, and
/// the interval ends where the objective has risen by Δ. For least squares Δ = t²·s², as usual; for other losses Δ makes the
/// interval as wide as the standard error asks where the profile is a parabola, so that only its shape counts.
/// </summary>
internal static class Profile
{
    private const int MostExpansions = 40;
    private const int MostBisections = 60;

    /// <param name="best">The fit.</param>
    /// <param name="covariance">Of its coordinates.</param>
    /// <param name="quantile">How many standard errors the level asks for.</param>
    /// <param name="options">Threads, progress.</param>
    /// <returns>For each coordinate both ends, infinite where the objective does not rise so far, NaN where the coordinate rests at a bound.</returns>
    public static (double Low, double High)[] Run(Search best, double[,] covariance, double quantile, FitOptions options)
    {
        (double Low, double High)[] intervals = new (double, double)[best.X!.Length];
        Array.Fill(intervals, (double.NaN, double.NaN));
        double[] ends = new double[2 * best.X.Length];
        Array.Fill(ends, double.NaN);
        Workers.Run(ends.Length, options.Threads, () => new Fitter.Workspace(best.Problem), (w, job) =>
        {
            int i = job / 2;
            if (best.FreeOfBounds.Contains(i) && covariance[i, i] > 0)
            {
                ends[job] = End(w, best, i, job % 2 == 0 ? -1 : 1, Math.Sqrt(covariance[i, i]), quantile);
            }
        }, options.Progress, options.Cancel);
        for (int i = 0; i < intervals.Length; i++)
        {
            intervals[i] = (ends[2 * i], ends[(2 * i) + 1]);
        }
        return intervals;
    }

    private static double End(Fitter.Workspace w, Search best, int index, int side, double error, double quantile)
    {
        best.Coordinates.CopyTo(w.Objective.Coordinates, 0);
        Coordinate c = best.Coordinates[index];
        double bound = side < 0 ? c.Low : c.High;
        double half = 0.5 * error;
        // The rise of the profile half a standard error away, on both sides: its curvature there, away from the corners of single rows.
        double curvature = Rise(w, best, index, Math.Max(c.Low, best.X![index] - half), fresh: true) + Rise(w, best, index, Math.Min(c.High, best.X[index] + half), fresh: true);
        double target = curvature / 2 * 4 * quantile * quantile;
        if (!(target > 0))
        {
            return side * double.PositiveInfinity;
        }
        double inside = best.X[index];
        double outside = inside;
        double step = quantile * error;
        bool fresh = true;
        for (int n = 0; n < MostExpansions; n++)
        {
            outside = inside + (side * step);
            outside = side < 0 ? Math.Max(outside, bound) : Math.Min(outside, bound);
            if (Rise(w, best, index, outside, fresh) >= target)
            {
                break;
            }
            if (outside == bound)
            {
                return bound;
            }
            inside = outside;
            fresh = false;
            if (n == MostExpansions - 1)
            {
                return side * double.PositiveInfinity;
            }
        }
        for (int n = 0; n < MostBisections && Math.Abs(outside - inside) > 1e-6 * error; n++)
        {
            double middle = 0.5 * (inside + outside);
            if (Rise(w, best, index, middle, fresh: false) < target)
            {
                inside = middle;
            }
            else
            {
                outside = middle;
            }
        }
        return 0.5 * (inside + outside);
    }

    /// <summary>How much higher the objective is with one coordinate there and all others at their best; infinite where it has no value.</summary>
    private static double Rise(Fitter.Workspace w, Search best, int index, double value, bool fresh)
    {
        if (fresh)
        {
            best.X.CopyTo(w.X.AsSpan());
        }
        w.X[index] = value;
        w.Descent.Frozen = index;
        DescentEnd end = w.Run();
        if (end == DescentEnd.NoValue)
        {
            best.X.CopyTo(w.X.AsSpan());
            return double.PositiveInfinity;
        }
        return w.Descent.Value - best.ScaledValue;
    }
}
