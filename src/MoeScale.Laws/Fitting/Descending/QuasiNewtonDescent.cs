using MoeScale.Laws.Fitting.Problem;

namespace MoeScale.Laws.Fitting.Descending;

/// <summary>Goes downhill from anywhere: quasi-Newton steps, each as long as <see cref="WolfeSearch"/> finds it.</summary>
internal sealed class QuasiNewtonDescent(ObjectiveEvaluation objective)
{
    private const int MaxSteps = 400;

    // Steps until the matrix is begun anew.
    private const int Memory = 12;

    // A descent that at its pace would not reach what is already known in so many times the steps of a memory creeps.
    private const int Patience = 40;
    private const int MinSteps = 3 * Memory;

    // Of the objective: rounding hides further progress, and what is still expected is little.
    private const double Rounding = 1e-15;
    private const double Little = 1e-6;

    private readonly QuasiNewtonRule _rule = new(objective);
    private readonly Iterate _next = new(objective.Size);
    private readonly double[] _step = new double[objective.Size];
    private readonly int[] _free = new int[objective.Size];

    /// <param name="at">The start, which has a value; becomes the end.</param>
    /// <param name="frozen">A coordinate that must not move; −1 for none.</param>
    /// <param name="known">As for <see cref="Descent.Run"/>.</param>
    public DescentEnd Run(Iterate at, int frozen, double known)
    {
        _rule.Begin(at);
        double earlier = at.Value;
        for (int n = 0; n < MaxSteps; n++)
        {
            if (n % Memory == Memory - 1)
            {
                if (n > MinSteps && at.Value - (Patience * (earlier - at.Value)) > known)
                {
                    return DescentEnd.GivenUp;
                }
                earlier = at.Value;
                _rule.Begin(at);
            }
            ReadOnlySpan<int> free = _free.AsSpan(0, objective.Coordinates.FindFree(at, frozen, _free));
            if (free.IsEmpty)
            {
                return DescentEnd.Converged;
            }
            bool hasStep = _rule.Step(at, free, _step) && at.Slope(_step) < 0;
            double expected = hasStep ? -0.5 * at.Slope(_step) : double.PositiveInfinity;
            if (Decrease.IsNil(expected, Decrease.Loose, at.Value))
            {
                return DescentEnd.Converged;
            }
            if (!hasStep || !WolfeSearch.Run(objective, at, _step, _next))
            {
                if (_rule.IsFresh || !_rule.Begin(at))
                {
                    return DescentEnd.Stalled;
                }
                continue;
            }
            _rule.Learn(at, _next);
            double gain = at.Value - _next.Value;
            bool isDone = gain < Rounding * at.Value && expected < Little * at.Value;
            at.Take(_next);
            if (isDone)
            {
                // Newton's method looks at gradients.
                return DescentEnd.Converged;
            }
        }
        return DescentEnd.StepLimit;
    }
}
