namespace MoeScale.Laws.Fitting;

/// <summary>
/// Intervals from the profile of the objective: a coefficient is moved away from its best value, all others are fitted anew, and
/// the interval ends where the objective has risen by t² times <see cref="Curvature.RiseUnit"/>; for least squares by t²·s², as usual.
/// </summary>
internal static class Profile
{
    /// <param name="best">The fit.</param>
    /// <param name="curvature">Its curvature.</param>
    /// <param name="quantile">How many standard errors the level asks for.</param>
    /// <param name="options">Threads, progress.</param>
    /// <returns>For each coordinate both ends, infinite where the objective does not rise so far, NaN where the coordinate rests at a bound or ran away.</returns>
    public static (double Low, double High)[] Run(Search best, Curvature curvature, double quantile, FitOptions options)
    {
        int count = best.X!.Length;
        double weight = best.Problem.Objective.Reduce == Reduction.Mean ? best.Problem.Rows.WeightSum : 1;
        double target = quantile * quantile * curvature.RiseUnit * best.Problem.Scale / weight;
        double[] ends = new double[2 * count];
        Array.Fill(ends, double.NaN);
        Workers.Run(ends.Length, options.Threads, () => new Walker(best, target), (walker, job) =>
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
                // A logarithm that ran away has one end, on the way back; the walk there begins with steps of 1 and then doubles them.
                ends[job] = walker.End(i, new double[count], job % 2 == 0 ? -4 : 4);
            }
        }, options.Progress, options.Cancel);
        return [.. Enumerable.Range(0, count).Select(i => (ends[2 * i], ends[(2 * i) + 1]))];
    }

    /// <summary>Walks along the valley in which all other coordinates are at their best. For one thread.</summary>
    private sealed class Walker(Search best, double target)
    {
        // 4 standard errors of the level, then twice as far at each step: a valley still below the target there has no end.
        private const int MostSteps = 24;
        private const int MostTrials = 40;
        private const double Precision = 1e-4;

        private readonly Fitter.Workspace _w = new(best.Problem);
        private readonly double[] _inside = new double[best.X!.Length];
        private readonly double[] _along = new double[best.X.Length];

        /// <param name="index">The coordinate.</param>
        /// <param name="along">How the others begin to move with it.</param>
        /// <param name="foretold">Where the curvature foretells the end, from the best value.</param>
        public double End(int index, double[] along, double foretold)
        {
            Coordinate c = best.Coordinates[index];
            double bound = foretold < 0 ? c.Low : c.High;
            if (!(target > 0))
            {
                return foretold * double.PositiveInfinity;
            }
            best.Coordinates.CopyTo(_w.Objective.Coordinates, 0);
            best.X.CopyTo(_inside.AsSpan());
            along.CopyTo(_along, 0);
            _w.Descent.Frozen = index;
            double inside = best.X![index], insideRise = 0;
            double outside = double.NaN, outsideRise = double.PositiveInfinity;
            double step = foretold / 4;
            for (int n = 0; n < MostSteps && double.IsNaN(outside); n++)
            {
                double next = foretold < 0 ? Math.Max(inside + step, bound) : Math.Min(inside + step, bound);
                double rise = Rise(index, next);
                if (rise >= target)
                {
                    (outside, outsideRise) = (next, rise);
                }
                else if (next == bound)
                {
                    return bound;
                }
                else
                {
                    Advance(index, next);
                    (inside, insideRise) = (next, rise);
                    step *= n < 4 ? 1 : 2;
                }
            }
            if (double.IsNaN(outside))
            {
                return foretold * double.PositiveInfinity;
            }
            for (int n = 0; n < MostTrials && Math.Abs(outside - inside) > Precision * Math.Abs(foretold); n++)
            {
                // The root of the rise is nearly straight; kept off the ends, so that both close in.
                (double a, double b) = (Math.Sqrt(Math.Max(0, insideRise)), Math.Sqrt(outsideRise));
                double fraction = double.IsFinite(b) ? Math.Clamp((Math.Sqrt(target) - a) / (b - a), 0.05, 0.95) : 0.5;
                double middle = inside + (fraction * (outside - inside));
                double rise = Rise(index, middle);
                if (rise < target)
                {
                    Advance(index, middle);
                    (inside, insideRise) = (middle, rise);
                }
                else
                {
                    (outside, outsideRise) = (middle, rise);
                }
            }
            return 0.5 * (inside + outside);
        }

        /// <summary>How much higher the objective is with the coordinate there and all others at their best; infinite where it has no value.</summary>
        private double Rise(int index, double value)
        {
            double change = value - _inside[index];
            for (int i = 0; i < _inside.Length; i++)
            {
                _w.X[i] = Math.Clamp(_inside[i] + (change * _along[i]), best.Coordinates[i].Low, best.Coordinates[i].High);
            }
            _w.X[index] = value;
            if (_w.Run() != DescentEnd.NoValue)
            {
                return _w.Descent.Value - best.ScaledValue;
            }
            _inside.CopyTo(_w.X, 0);
            _w.X[index] = value;
            return _w.Run() == DescentEnd.NoValue ? double.PositiveInfinity : _w.Descent.Value - best.ScaledValue;
        }

        /// <summary>Takes the last trial as the point from which to go on, in the direction in which the valley led there.</summary>
        private void Advance(int index, double value)
        {
            double change = value - _inside[index];
            for (int i = 0; i < _inside.Length; i++)
            {
                _along[i] = (_w.X[i] - _inside[i]) / change;
            }
            _w.X.CopyTo(_inside, 0);
        }
    }
}
