using MoeScale.Laws.Fitting.Problem;

namespace MoeScale.Laws.Fitting.Descending;

/// <summary>
/// A line search that ends where the objective has fallen enough and its slope is less steep (the weak conditions of Wolfe), after Lewis
/// and Overton 2013 ("Nonsmooth optimization via quasi-Newton methods"), as Huber's loss with a small δ, nearly an absolute value, calls
/// for. A trial point without a value counts as too far.
/// </summary>
internal static class WolfeSearch
{
    private const int MaxTrials = 60;
    private const double SufficientDecrease = 1e-4;
    private const double SlopeLeft = 0.9;

    /// <param name="objective">What is to fall.</param>
    /// <param name="at">Where the line begins.</param>
    /// <param name="step">The direction, and how far to try first; what a bound holds is set to 0.</param>
    /// <param name="next">The point found.</param>
    /// <returns>Whether there is one.</returns>
    public static bool Run(ObjectiveEvaluation objective, Iterate at, Span<double> step, Iterate next)
    {
        Coordinate[] coordinates = objective.Coordinates;
        coordinates.LeaveOut(at.X, step);
        double slope = at.Slope(step);
        if (!(slope < 0))
        {
            return false;
        }
        double longest = coordinates.Longest(at.X, step);
        double low = 0,
            high = double.PositiveInfinity;
        double t = Math.Min(1, longest);
        for (int n = 0; n < MaxTrials; n++)
        {
            coordinates.Along(at.X, step, t, next.X);
            next.Evaluate(objective);
            double slopeThere = next.Slope(step);
            if (!double.IsFinite(next.Value) || !double.IsFinite(slopeThere))
            {
                high = t;
                t = low + (0.1 * (high - low));
            }
            else if (next.Value > at.Value + (SufficientDecrease * t * slope))
            {
                high = t;
                // The lowest point of a parabola, kept off the ends.
                double parabola = low == 0 ? -slope * t * t / (2 * (next.Value - at.Value - (slope * t))) : double.NaN;
                t = parabola > low + (0.1 * (high - low)) && parabola < low + (0.9 * (high - low)) ? parabola : 0.5 * (low + high);
            }
            else if (slopeThere < SlopeLeft * slope && t < longest)
            {
                low = t;
                t = Math.Min(longest, double.IsFinite(high) ? 0.5 * (low + high) : 2 * t);
            }
            else
            {
                return true;
            }
        }
        return false;
    }
}
