using System.Numerics.Tensors;
using MoeScale.Laws.Fitting.Descending;
using MoeScale.Laws.Fitting.Problem;

namespace MoeScale.Laws.Fitting.Searching;

/// <summary>
/// Least squares for the coefficients that enter linearly, at given values of the others, kept to their declared signs. It only
/// starts descents, so bounds are met by holding what breaks them, one after the other, rather than in the best way. For one thread.
/// </summary>
internal sealed class LinearStart
{
    private readonly ObjectiveEvaluation _objective;
    private readonly int[] _linear;
    private readonly Cholesky _cholesky;
    private readonly double[] _gram;
    private readonly double[] _right;
    private readonly double[] _solution;
    private readonly double[] _sizes;
    private readonly int[] _kept;
    private readonly Coordinate?[] _scales;

    public LinearStart(ObjectiveEvaluation objective)
    {
        _objective = objective;
        _linear = objective.Problem.Linear;
        int n = _linear.Length;
        _cholesky = new Cholesky(n);
        _gram = new double[n * n];
        _right = new double[n];
        _solution = new double[n];
        _sizes = new double[n];
        _kept = new int[n];
        // The logarithm of a scale is the coordinate of that scale.
        bool[] isLog = objective.Problem.IsLogOfScale;
        _scales = [.. objective.Problem.Coordinates.Select((c, i) => isLog[i] ? new Coordinate(c.Name, true, 1, c.Low, c.High) : null)];
    }

    /// <summary>Replaces the coordinates that enter linearly.</summary>
    /// <param name="x">All coordinates.</param>
    /// <param name="given">Coordinates to leave alone; null for none.</param>
    /// <returns>False, with nothing changed, where the formula has no value at the others, or does not depend on these.</returns>
    public bool Solve(Span<double> x, bool[]? given)
    {
        Span<double> reference = stackalloc double[x.Length];
        int count = KeepAll(x, given, reference);
        if (count == 0)
        {
            return true;
        }
        _objective.Linearise(reference);
        if (!NormalEquations(reference, count) || !SolveInside(count))
        {
            return false;
        }
        for (int k = 0; k < _linear.Length; k++)
        {
            int i = _linear[k];
            if (given is null || !given[i])
            {
                x[i] = Start(k, i);
            }
        }
        return true;
    }

    /// <summary>Lists the places in the linear coordinates of those that are to be found.</summary>
    /// <param name="x">All coordinates.</param>
    /// <param name="given">As for <see cref="Solve"/>.</param>
    /// <param name="reference">
    /// Filled with a point at which each basis function stands alone: 1 (or −1) for its coefficient; for a logarithm 0, where the formula
    /// is 1.
    /// </param>
    /// <returns>How many there are.</returns>
    private int KeepAll(ReadOnlySpan<double> x, bool[]? given, Span<double> reference)
    {
        x.CopyTo(reference);
        int count = 0;
        for (int k = 0; k < _linear.Length; k++)
        {
            int i = _linear[k];
            if (given is not null && given[i])
            {
                continue;
            }
            Coordinate c = Of(i);
            _kept[count++] = k;
            reference[i] =
                c.IsLog ? 0
                : _objective.Problem.LinearInLog ? c.Value(0)
                : c.Value(c.High <= 0 ? -1 : 1);
        }
        return count;
    }

    /// <summary>Solves the normal equations, with what breaks its bounds held at 0, one after the other.</summary>
    /// <param name="count">How many coordinates are to be found; they are the first that are kept.</param>
    private bool SolveInside(int count)
    {
        while (count > 0)
        {
            if (!_cholesky.Factor(_gram, _linear.Length, _kept.AsSpan(0, count), 1e-12))
            {
                return false;
            }
            SolveKept(count);
            int worst = WorstOutside(count);
            if (worst < 0)
            {
                break;
            }
            _solution[_kept[worst]] = 0;
            _kept.AsSpan(worst + 1, count - worst - 1).CopyTo(_kept.AsSpan(worst));
            count--;
        }
        return true;
    }

    /// <summary>Where the descent begins in a coordinate: as solved, with the sign that came out where none is declared.</summary>
    private double Start(int k, int i)
    {
        Coordinate c = Of(i);
        if (c.BySign is (Coordinate positive, Coordinate negative))
        {
            _objective.Coordinates[i] = c = _solution[k] < 0 ? negative : positive;
        }
        // What least squares would leave out begins as a thousandth of the prediction, so that it can grow.
        return c.Value(_solution[k] != 0 || !c.IsLog ? _solution[k] : c.Factor * 1e-3 * _sizes[k]);
    }

    /// <summary>
    /// The normal equations of Σ v·(q − Σ J·(c − reference))², with residuals r and derivatives J at the reference. Where r is the
    /// logarithm of a sum that is linear, e = exp(r) is predicted over observed, and the sum's own relative residual (1 − e) has
    /// the derivatives e·J: so v = w·e² and q = (1 − e)/e. Else v = w and q = −r.
    /// </summary>
    private bool NormalEquations(ReadOnlySpan<double> reference, int count)
    {
        FitProblem problem = _objective.Problem;
        int n = _linear.Length;
        Array.Clear(_gram);
        Array.Clear(_right);
        Array.Clear(_sizes);
        Array.Clear(_solution);
        bool log = problem.Objective.IsLog && !problem.LinearInLog;
        ReadOnlySpan<double> residuals = _objective.Residuals;
        Span<double> v = _objective.Scratch(0);
        Span<double> q = _objective.Scratch(1);
        v.Clear();
        q.Clear();
        ReadOnlySpan<double> weights = _objective.Rows.Weights;
        double typical = 0;
        if (log)
        {
            TensorPrimitives.Exp(residuals, q);
        }
        for (int row = 0; row < residuals.Length; row++)
        {
            double e = log ? q[row] : 1;
            v[row] = weights[row] * e * e;
            q[row] = log ? (1 - e) / e : -residuals[row];
            typical += weights[row] * (log ? 1 : Math.Abs(_objective.Rows.Targets[row]));
        }
        bool finite = true;
        for (int a = 0; a < count; a++)
        {
            int ka = _kept[a];
            double slope = Slope(ka, reference);
            _right[ka] = _objective.ScratchDot(_linear[ka], null) / slope;
            for (int b = 0; b <= a; b++)
            {
                int kb = _kept[b];
                double entry = _objective.ScratchDot(_linear[ka], _linear[kb]) / (slope * Slope(kb, reference));
                _gram[(ka * n) + kb] = _gram[(kb * n) + ka] = entry;
                finite &= double.IsFinite(entry);
            }
            _sizes[ka] = typical / Math.Sqrt(Math.Max(_gram[(ka * n) + ka] * residuals.Length, 1e-300));
            finite &= double.IsFinite(_right[ka]);
        }
        for (int a = 0; a < count; a++)
        {
            for (int b = 0; b < count; b++)
            {
                int i = _linear[_kept[b]];
                _right[_kept[a]] += _gram[(_kept[a] * n) + _kept[b]] * Of(i).Coefficient(reference[i]);
            }
        }
        return finite;
    }

    private Coordinate Of(int index) => _scales[index] ?? _objective.Coordinates[index];

    private double Slope(int k, ReadOnlySpan<double> reference)
    {
        Coordinate c = Of(_linear[k]);
        return c.Slope(c.Coefficient(reference[_linear[k]]));
    }

    private void SolveKept(int count)
    {
        Span<double> packed = stackalloc double[count];
        for (int a = 0; a < count; a++)
        {
            packed[a] = _right[_kept[a]];
        }
        _cholesky.Solve(packed, packed);
        for (int a = 0; a < count; a++)
        {
            _solution[_kept[a]] = packed[a];
        }
    }

    /// <summary>
    /// The place in the kept ones of what is furthest outside its bounds, measured by its share of the prediction; −1 if none.
    /// </summary>
    private int WorstOutside(int count)
    {
        int worst = -1;
        double furthest = 0;
        for (int a = 0; a < count; a++)
        {
            int k = _kept[a];
            Coordinate c = Of(_linear[k]);
            double outside = c.IsLog ? -c.Factor * _solution[k] : Math.Max(c.Low - _solution[k], _solution[k] - c.High);
            outside /= _sizes[k];
            if (outside > furthest)
            {
                (worst, furthest) = (a, outside);
            }
        }
        return worst;
    }
}
