using MoeScale.Laws.Fitting.Descending;
using MoeScale.Laws.Fitting.Problem;

namespace MoeScale.Laws.Fitting.Searching;

/// <summary>What one thread needs for descents.</summary>
internal sealed class DescentWorkspace
{
    private readonly double[] _start;
    private readonly double[] _gradient;

    public DescentWorkspace(FitProblem problem)
    {
        Objective = new ObjectiveEvaluation(problem);
        Descent = new Descent(Objective);
        Linear = new LinearStart(Objective);
        X = new double[problem.Coordinates.Length];
        _start = new double[X.Length];
        _gradient = new double[X.Length];
    }

    public ObjectiveEvaluation Objective { get; }

    public Descent Descent { get; }

    public LinearStart Linear { get; }

    public double[] X { get; }

    /// <summary>
    /// Descends from <see cref="X"/>: first with the signs that least squares found, where scales move as logarithms, then without, so
    /// that a coefficient of undeclared sign may cross zero. The end is told in the coordinates of the problem.
    /// </summary>
    /// <param name="known">As for <see cref="Descent.Run"/>.</param>
    /// <param name="frozen">As for <see cref="Descent.Run"/>.</param>
    public DescentEnd Run(double known = double.PositiveInfinity, int frozen = -1)
    {
        DescentEnd end = Down(known, frozen);
        bool isDone = end is DescentEnd.NoValue or DescentEnd.GivenUp || (end == DescentEnd.Converged && Descent.IsRegular);
        return Objective.ForgetSigns(X) && !isDone ? Down(known, frozen) : end;
    }

    private DescentEnd Down(double known, int frozen)
    {
        if (!Objective.Problem.Objective.IsAbs)
        {
            return Descent.Run(X, frozen, known);
        }
        DescentEnd end = DescentEnd.NoValue;
        foreach (double corner in Objective.Problem.Corners)
        {
            Objective.Delta = corner;
            end = Descent.Run(X, frozen, known);
            if (end is DescentEnd.NoValue or DescentEnd.GivenUp)
            {
                break;
            }
        }
        return end;
    }

    /// <summary>The scaled objective at <see cref="X"/>, absolute values with their corner.</summary>
    public double ExactValue()
    {
        double delta = Objective.Delta;
        // Any corner that no residual lies in; its own 1/δ cancels.
        Objective.Delta = Objective.Problem.Objective.IsAbs ? 1e-200 : delta;
        double value = Objective.At(X, new double[X.Length]);
        Objective.Delta = delta;
        return value;
    }

    /// <summary>Goes on from the end of a descent to the last digits, off a saddle if it is one.</summary>
    public DescentEnd Settle()
    {
        Objective.Delta = Objective.Problem.FinestDelta;
        DescentEnd end = Descent.Polish(X, enough: 0);
        return end == DescentEnd.Saddle ? Descent.Run(X) : end;
    }

    /// <summary>Whether the formula has a value at <see cref="X"/>.</summary>
    public bool HasValue() => double.IsFinite(Objective.At(X, _gradient));

    /// <summary>Keeps the coefficients at <see cref="X"/> for <see cref="HasMoved"/>.</summary>
    public void RememberStart()
    {
        for (int i = 0; i < X.Length; i++)
        {
            _start[i] = Objective.Coordinates[i].Coefficient(X[i]);
        }
    }

    public bool HasMoved()
    {
        for (int i = 0; i < X.Length; i++)
        {
            if (Math.Abs(Objective.Coordinates[i].Coefficient(X[i]) - _start[i]) > 1e-6 * Math.Abs(_start[i]))
            {
                return true;
            }
        }
        return false;
    }
}
