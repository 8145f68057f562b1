using MoeScale.Laws.Fitting.Searching;

namespace MoeScale.Laws.Fitting.Certainty;

/// <summary>
/// Intervals from the profile of the objective: a coefficient is moved away from its best value, all others are fitted anew, and
/// the interval ends where the objective has risen by t² times <see cref="Curvature.RiseUnit"/>, for least squares by t²·s², as usual, and
/// by
/// <see cref="Curvature.Inflation"/> more where the rows that matter scatter more.
/// </summary>
internal sealed class Profile
{
    /// <summary>
    /// For each coordinate both ends, infinite where the objective does not rise so far, not a number where it rests at a bound, ran away,
    /// or the end is uncertain.
    /// </summary>
    public required IReadOnlyList<(double Low, double High)> Ends { get; init; }

    /// <summary>Ends beside which descents reached no minimum, so that they are not known.</summary>
    public required int Uncertain { get; init; }

    /// <summary>A point with a lower objective than the best fit's; null where none was met, as it should be.</summary>
    public double[]? Lower { get; init; }

    /// <param name="best">The fit.</param>
    /// <param name="curvature">Its curvature.</param>
    /// <param name="anchor">Of the fit, as <see cref="Anchor"/> gives it.</param>
    /// <param name="quantile">How many standard errors the level asks for.</param>
    /// <param name="options">Threads, progress.</param>
    /// <returns>Null where it was stopped.</returns>
    public static Profile? Run(Search best, Curvature curvature, double[] anchor, double quantile, FitOptions options)
    {
        int count = best.X!.Length;
        double target = quantile * quantile * curvature.ScaledRise;
        double[] ends = new double[2 * count];
        Array.Fill(ends, double.NaN);
        double[] rises = new double[ends.Length];
        double[][] points = new double[ends.Length][];
        bool[] isUncertain = new bool[ends.Length];
        bool whole = Workers.Run(
            ends.Length,
            options.Threads,
            () => new ValleyWalker(best, anchor, curvature.RanAway),
            (walker, job) =>
            {
                int i = job / 2;
                walker.Target = target * curvature.Inflation[i];
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
                else
                {
                    return;
                }
                (rises[job], isUncertain[job]) = (walker.LowestRise, walker.IsUncertain);
                points[job] = walker.LowestRise < 0 ? walker.Lowest.ToArray() : [];
            },
            options.Progress,
            options.Cancel
        );
        int lowest = Array.IndexOf(rises, rises.Min());
        return !whole
            ? null
            : new Profile
            {
                Ends = [.. Enumerable.Range(0, count).Select(i => (ends[2 * i], ends[(2 * i) + 1]))],
                Uncertain = isUncertain.Count(u => u),
                Lower = Minimum.IsFall(rises[lowest], best.ScaledValue) ? points[lowest] : null,
            };
    }
}
