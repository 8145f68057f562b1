using MoeScale.Laws.Fitting.Problem;

namespace MoeScale.Laws.Fitting.Descending;

/// <summary>
/// Minimises an objective from one starting point: <see cref="QuasiNewtonDescent"/> downhill, then <see cref="NewtonPolish"/> until the
/// expected decrease vanishes. Coordinates at a bound that the gradient pushes against rest there. For one thread; allocates nothing.
/// </summary>
internal sealed class Descent(ObjectiveEvaluation objective)
{
    private readonly Iterate _at = new(objective.Size);
    private readonly Iterate _saddle = new(objective.Size);
    private readonly QuasiNewtonDescent _downhill = new(objective);
    private readonly NewtonPolish _polish = new(objective);

    /// <summary>The scaled objective at the end.</summary>
    public double Value => _at.Value;

    /// <summary>Its derivative by each coordinate at the end.</summary>
    public ReadOnlySpan<double> Gradient => _at.Gradient;

    /// <inheritdoc cref="NewtonPolish.Free"/>
    public ReadOnlySpan<int> Free => _polish.Free;

    /// <inheritdoc cref="NewtonPolish.ExpectedDecrease"/>
    public double ExpectedDecrease => _polish.ExpectedDecrease;

    /// <inheritdoc cref="NewtonPolish.IsPoint"/>
    public bool IsPoint => _polish.IsPoint;

    /// <inheritdoc cref="NewtonPolish.IsRegular"/>
    public bool IsRegular => _polish.IsRegular;

    /// <summary>Goes downhill.</summary>
    /// <param name="x">The start, which is replaced by the end.</param>
    /// <param name="frozen">A coordinate that must not move; −1 for none.</param>
    /// <param name="known">
    /// An objective that is already known from elsewhere: a descent that stays above it and creeps, so that at its pace it would not get
    /// there in some hundred more steps, is given up. Infinite where every descent is to be ended.
    /// </param>
    public DescentEnd Run(Span<double> x, int frozen = -1, double known = double.PositiveInfinity)
    {
        x.CopyTo(_at.X);
        _at.Evaluate(objective);
        DescentEnd end = _at.IsFinite ? Down(frozen, known) : DescentEnd.NoValue;
        _at.X.CopyTo(x);
        return end;
    }

    /// <summary>Newton's steps from a point near a minimum.</summary>
    /// <param name="x">As for <see cref="Run"/>.</param>
    /// <param name="enough">The expected decrease, relative to the objective, at which no further step is worth its cost.</param>
    public DescentEnd Polish(Span<double> x, double enough)
    {
        x.CopyTo(_at.X);
        _at.Evaluate(objective);
        DescentEnd end = _at.IsFinite ? _polish.Run(_at, frozen: -1, enough) : DescentEnd.NoValue;
        _at.X.CopyTo(x);
        return end;
    }

    private DescentEnd Down(int frozen, double known)
    {
        DescentEnd steps = _downhill.Run(_at, frozen, known);
        if (steps == DescentEnd.GivenUp)
        {
            return steps;
        }
        DescentEnd end = _polish.Run(_at, frozen);
        if (end == DescentEnd.Saddle)
        {
            (steps, end) = Beside(frozen, known);
        }
        return end is DescentEnd.Stalled && steps is DescentEnd.StepLimit ? steps : end;
    }

    /// <summary>Goes on from beside a saddle; back to it where that leads nowhere.</summary>
    private (DescentEnd Steps, DescentEnd End) Beside(int frozen, double known)
    {
        _saddle.Take(_at);
        Nudge();
        _at.Evaluate(objective);
        DescentEnd steps = DescentEnd.NoValue,
            end = DescentEnd.NoValue;
        if (_at.IsFinite)
        {
            steps = _downhill.Run(_at, frozen, known);
            end = _polish.Run(_at, frozen);
        }
        if (!(_at.Value < _saddle.Value * (1 - Decrease.Loose)))
        {
            // Nothing lower beside it: the corner of a row's loss, where differences of gradients mislead, looks like a saddle too.
            _at.Take(_saddle);
            end = _polish.Run(_at, frozen);
            end = end is DescentEnd.Saddle ? DescentEnd.Converged : end;
        }
        return (steps, end);
    }

    /// <summary>Off a saddle, by a hundredth of each coordinate, in turn up and down.</summary>
    private void Nudge()
    {
        ReadOnlySpan<int> free = Free;
        for (int k = 0; k < free.Length; k++)
        {
            int i = free[k];
            Coordinate c = objective.Coordinates[i];
            double x = _at.X[i];
            _at.X[i] = Math.Clamp(x + ((k % 2 == 0 ? 0.01 : -0.01) * Math.Max(Math.Abs(x), 0.1)), c.Low, c.High);
        }
    }
}
