using MoeScale.Laws.Fitting.Problem;

namespace MoeScale.Laws.Fitting.Descending;

/// <summary>
/// Quasi-Newton steps (BFGS) that begin with the Gauss-Newton matrix, so that any linear change of coordinates, centred logarithms among
/// them, gives the same steps.
/// </summary>
internal sealed class QuasiNewtonRule(ObjectiveEvaluation objective)
{
    private readonly QuadraticModel _model = new(objective.Size);
    private readonly double[] _moved = new double[objective.Size];
    private readonly double[] _change = new double[objective.Size];
    private readonly double[] _scratch = new double[objective.Size];

    /// <summary>Whether the matrix is that of Gauss and Newton at the last point, so that there is no better one to begin with.</summary>
    public bool IsFresh { get; private set; }

    /// <summary>Begins anew.</summary>
    /// <returns>Whether there is such a matrix: false where a row has no derivative.</returns>
    public bool Begin(Iterate at) => IsFresh = objective.GaussNewton(at.X, _model.Matrix);

    /// <summary>The step from a point.</summary>
    /// <param name="at">The point.</param>
    /// <param name="free">The coordinates that may move; at least one.</param>
    /// <param name="step">Is filled.</param>
    /// <returns>False where the matrix has no inverse.</returns>
    public bool Step(Iterate at, ReadOnlySpan<int> free, Span<double> step)
    {
        if (!_model.Factor(free))
        {
            return false;
        }
        _model.Step(at.Gradient, step);
        return true;
    }

    /// <summary>Learns of the second derivatives from a step that was taken.</summary>
    public void Learn(Iterate from, Iterate to)
    {
        for (int i = 0; i < _moved.Length; i++)
        {
            _moved[i] = to.X[i] - from.X[i];
            _change[i] = to.Gradient[i] - from.Gradient[i];
        }
        Bfgs.Update(_model.Matrix, _moved.Length, _moved, _change, _scratch);
        IsFresh = false;
    }
}
