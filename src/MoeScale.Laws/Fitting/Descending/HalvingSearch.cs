using MoeScale.Laws.Fitting.Problem;

namespace MoeScale.Laws.Fitting.Descending;

/// <summary>
/// Takes Newton's step, or a half, a quarter ... of it, if that lowers the objective, or where rounding hides that, the gradient in the
/// metric of the Hessian.
/// </summary>
internal static class HalvingSearch
{
    private const double Shortest = 1e-4;

    // Of the objective: what it falls by beyond rounding, and what rounding may make it rise by.
    private const double Fall = 1e-14;
    private const double Rounding = 1e-13;
    private const double SmallerGradient = 0.9;

    /// <param name="objective">What is to fall.</param>
    /// <param name="at">Where the step begins.</param>
    /// <param name="step">The step; what a bound holds is set to 0.</param>
    /// <param name="model">The objective near there.</param>
    /// <param name="expected">What the whole step is expected to gain.</param>
    /// <param name="next">The point found.</param>
    /// <returns>Whether there is one.</returns>
    public static bool Run(
        ObjectiveEvaluation objective,
        Iterate at,
        Span<double> step,
        QuadraticModel model,
        double expected,
        Iterate next
    )
    {
        Coordinate[] coordinates = objective.Coordinates;
        coordinates.LeaveOut(at.X, step);
        double longest = Math.Min(1, coordinates.Longest(at.X, step));
        for (double t = longest; t > Shortest * longest; t *= 0.5)
        {
            coordinates.Along(at.X, step, t, next.X);
            next.Evaluate(objective);
            if (!double.IsFinite(next.Value))
            {
                continue;
            }
            bool isLower = next.Value < at.Value - (Fall * at.Value);
            bool isAsLow = next.Value <= at.Value * (1 + Rounding);
            if (isLower || (isAsLow && model.Decrease(next.Gradient) < SmallerGradient * expected))
            {
                return true;
            }
        }
        return false;
    }
}
