using MoeScale.Laws.Fitting.Problem;

namespace MoeScale.Laws.Fitting.Descending;

/// <summary>Newton's steps, with second derivatives by differences; damped where these are not positive definite.</summary>
internal sealed class NewtonRule(ObjectiveEvaluation objective)
{
    private readonly HessianByDifferences _hessian = new(objective);

    /// <summary>The objective near the point of the last step.</summary>
    public QuadraticModel Model { get; } = new(objective.Size);

    /// <summary>The step from a point.</summary>
    /// <param name="at">The point.</param>
    /// <param name="free">The coordinates that may move; at least one.</param>
    /// <param name="step">Is filled.</param>
    /// <returns>False where the objective has no value beside the point, or no curvature.</returns>
    public bool Step(Iterate at, ReadOnlySpan<int> free, Span<double> step)
    {
        if (!_hessian.Compute(at.X, free, Model.Matrix) || !Model.Factor(free))
        {
            return false;
        }
        Model.Step(at.Gradient, step);
        return true;
    }
}
