namespace MoeScale.Laws.Fitting;

/// <summary>
/// Intervals from the profile of the objective: a coefficient is moved away from its best value, all others are fitted anew, and
/// the interval ends where the objective has risen by t² times <see cref="Curvature.RiseUnit"/>; for least squares by t²·s², as usual.
/// </summary>
internal static class Profile
{
    private const int MostExpansions = 40;
    private const int MostBisections = 60;

    /// <param name="best">The fit.</param>
    /// <param name="curvature">Its curvature.</param>
    /// <param name="quantile">How many standard errors the level asks for.</param>
    /// <param name="options">Threads, progress.</param>
    /// <returns>For each coordinate both ends, infinite where the objective does not rise so far, NaN where the coordinate rests at a bound.</returns>
    public static (double Low, double High)[] Run(Search best, Curvature curvature, double quantile, FitOptions options)
    {
        (double Low, double High)[] intervals = new (double, double)[best.X!.Length];
        Array.Fill(intervals, (double.NaN, double.NaN));
        double target = quantile * quantile * curvature.RiseUnit * best.Problem.Scale / (best.Problem.Objective.Reduce == Reduction.Mean ? best.Problem.Rows.WeightSum : 1);
        double[] ends = new double[2 * best.X.Length];
        Array.Fill(ends, double.NaN);
        Workers.Run(ends.Length, options.Threads, () => new Fitter.Workspace(best.Problem), (w, job) =>
        {
            int i = job / 2;
            if (best.FreeOfBounds.Contains(i) && curvature.Covariance[i, i] > 0)
            {
                ends[job] = End(w, best, i, job % 2 == 0 ? -1 : 1, quantile * Math.Sqrt(curvature.Covariance[i, i]), target);
            }
        }, options.Progress, options.Cancel);
        for (int i = 0; i < intervals.Length; i++)
        {
            intervals[i] = (ends[2 * i], ends[(2 * i) + 1]);
        }
        return intervals;
    }

    private static double End(Fitter.Workspace w, Search best, int index, int side, double step, double target)
    {
        best.Coordinates.CopyTo(w.Objective.Coordinates, 0);
        Coordinate c = best.Coordinates[index];
        // The first step is the end that the curvature foretells, the later ones are as long again.
        double bound = side < 0 ? c.Low : c.High;
        if (!(target > 0))
        {
            return side * double.PositiveInfinity;
        }
        double inside = best.X![index];
        double outside = inside;
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
        for (int n = 0; n < MostBisections && Math.Abs(outside - inside) > 1e-4 * step; n++)
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
