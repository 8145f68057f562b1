using MoeScale.Laws.Fitting.Problem;

namespace MoeScale.Laws.Fitting.Descending;

/// <summary>Newton's steps from a point near a minimum, shortened by <see cref="HalvingSearch"/>, until nothing is left to gain.</summary>
internal sealed class NewtonPolish(ObjectiveEvaluation objective)
{
    private const int MaxSteps = 40;

    private readonly NewtonRule _rule = new(objective);
    private readonly Iterate _next = new(objective.Size);
    private readonly double[] _step = new double[objective.Size];
    private readonly int[] _free = new int[objective.Size];
    private int _count;

    /// <summary>Indices of the coordinates that are neither frozen nor at rest at a bound, at the end.</summary>
    public ReadOnlySpan<int> Free => _free.AsSpan(0, _count);

    /// <summary>What one more step is expected to gain, at the end.</summary>
    public double ExpectedDecrease { get; private set; }

    /// <summary>Whether the Hessian at the end is positive definite beyond doubt, so that the minimum is a point.</summary>
    public bool IsPoint { get; private set; }

    /// <summary>
    /// Whether that minimum is one in any coordinates: no coordinate rests at a bound, or has so little curvature that it may have run
    /// away.
    /// </summary>
    public bool IsRegular => IsPoint && _count == objective.Size && _rule.Model.IsCurvedInAll;

    /// <param name="at">The start; becomes the end.</param>
    /// <param name="frozen">A coordinate that must not move; −1 for none.</param>
    /// <param name="enough">The expected decrease, relative to the objective, at which no further step is worth its cost.</param>
    public DescentEnd Run(Iterate at, int frozen, double enough = Decrease.Final)
    {
        for (int n = 0; n < MaxSteps; n++)
        {
            _count = objective.Coordinates.FindFree(at, frozen, _free);
            if (_count == 0)
            {
                (ExpectedDecrease, IsPoint) = (0, true);
                return DescentEnd.Converged;
            }
            if (!_rule.Step(at, Free, _step))
            {
                // Huber's loss is flat where every row is an outlier and as many lie above as below.
                (ExpectedDecrease, IsPoint) = (IsFlat(at) ? 0 : double.PositiveInfinity, false);
                return ExpectedDecrease == 0 ? DescentEnd.Converged : DescentEnd.Stalled;
            }
            IsPoint = _rule.Model.IsConvex;
            ExpectedDecrease = -0.5 * at.Slope(_step);
            if (
                Decrease.IsNil(ExpectedDecrease, enough, at.Value)
                || !HalvingSearch.Run(objective, at, _step, _rule.Model, ExpectedDecrease, _next)
            )
            {
                break;
            }
            at.Take(_next);
            // In the metric of the last Hessian, which spares another one where that was the last step.
            double left = _rule.Model.Decrease(at.Gradient);
            if (Decrease.IsNil(left, enough, at.Value))
            {
                ExpectedDecrease = left;
                break;
            }
        }
        return !Decrease.IsNil(ExpectedDecrease, Decrease.Loose, at.Value) ? DescentEnd.Stalled
            : _rule.Model.BendsDown() ? DescentEnd.Saddle
            : DescentEnd.Converged;
    }

    private bool IsFlat(Iterate at)
    {
        double steepest = 0;
        foreach (int i in Free)
        {
            steepest = Math.Max(steepest, Math.Abs(at.Gradient[i]));
        }
        return steepest <= Decrease.Final * at.Value;
    }
}
