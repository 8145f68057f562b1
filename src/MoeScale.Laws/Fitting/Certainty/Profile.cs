namespace MoeScale.Laws.Fitting;

/// <summary>
/// Intervals from the profile of the objective: a coefficient is moved away from its best value, all others are fitted anew, and
/// the interval ends where the objective has risen by t² times <see cref="Curvature.RiseUnit"/>; for least squares by t²·s², as usual.
/// </summary>
internal static class Profile
{
    /// <param name="best">The fit.</param>
    /// <param name="curvature">Its curvature.</param>
    /// <param name="anchor">Of the fit, as <see cref="Anchor"/> gives it.</param>
    /// <param name="quantile">How many standard errors the level asks for.</param>
    /// <param name="options">Threads, progress.</param>
    /// <returns>Null where it was stopped; else for each coordinate both ends, infinite where the objective does not rise so far, NaN where the coordinate rests at a bound or ran away.</returns>
    public static (double Low, double High)[]? Run(Search best, Curvature curvature, double[] anchor, double quantile, FitOptions options)
    {
        int count = best.X!.Length;
        double target = quantile * quantile * curvature.ScaledRise;
        double[] ends = new double[2 * count];
        Array.Fill(ends, double.NaN);
        bool whole = Workers.Run(ends.Length, options.Threads, () => new ValleyWalker(best, anchor, curvature.RanAway, target), (walker, job) =>
        {
            int i = job / 2;
            double variance = curvature.Covariance[i, i];
            if (best.FreeOfBounds.Contains(i) && variance > 0)
            {
                double[] along = [.. Enumerable.Range(0, count).Select(k => curvature.Covariance[k, i] / variance)];
                ends[job] = walker.End(i, along, (job % 2 == 0 ? -1 : 1) * quantile * Math.Sqrt(variance));
            }
            else if (curvature.RanAway.Contains(i) && (job % 2 == 0) == (best.X![i] > 0))
            {
                // A logarithm that ran away has one end, on the way back.
                ends[job] = walker.End(i, new double[count], Anchor.WayBack(best, i));
            }
        }, options.Progress, options.Cancel);
        return whole ? [.. Enumerable.Range(0, count).Select(i => (ends[2 * i], ends[(2 * i) + 1]))] : null;
    }
}
