using System.Numerics.Tensors;
using MoeScale.Laws.Fitting.Problem;

namespace MoeScale.Laws.Fitting.Descending;

/// <summary>Second derivatives of an objective by central differences of its gradient. For one thread; allocates nothing.</summary>
internal sealed class HessianByDifferences(ObjectiveEvaluation objective)
{
    private const double Small = 1e-2;

    private readonly double[] _probe = new double[objective.Size];
    private readonly double[] _up = new double[objective.Size];
    private readonly double[] _down = new double[objective.Size];

    /// <param name="x">Where.</param>
    /// <param name="free">The coordinates that may move.</param>
    /// <param name="matrix">Size × size; rows and columns of other coordinates are left as they are.</param>
    /// <returns>False where the objective has no value beside the point.</returns>
    public bool Compute(ReadOnlySpan<double> x, ReadOnlySpan<int> free, Span<double> matrix)
    {
        int size = objective.Size;
        x.CopyTo(_probe);
        bool isAbs = objective.Problem.Objective.IsAbs;
        double unit = objective.Problem.Objective.IsLog ? 1 : Math.Abs(TensorPrimitives.MaxMagnitude(objective.Rows.Targets));
        bool isLinearised = isAbs || HasSmall(x, free);
        if (isLinearised)
        {
            objective.Linearise(x);
        }
        foreach (int j in free)
        {
            // Far above the rounding of gradients, far below the distance between the corners of two rows; and where absolute
            // values are rounded off, far below the width of that.
            double h = 1e-6 * Math.Max(Math.Abs(x[j]), Small);
            if (isLinearised && Math.Abs(TensorPrimitives.MaxMagnitude(objective.Derivatives(j))) is > 0 and double slope)
            {
                // A small coordinate may be large by its effect: no prediction is to change by more than some millionths.
                h = Math.Min(Math.Min(h, 1e-5 * unit / slope), isAbs ? 0.02 * objective.Delta / slope : double.PositiveInfinity);
            }
            _probe[j] = x[j] + h;
            double above = objective.At(_probe, _up);
            _probe[j] = x[j] - h;
            double below = objective.At(_probe, _down);
            _probe[j] = x[j];
            if (!double.IsFinite(above) || !double.IsFinite(below))
            {
                return false;
            }
            for (int i = 0; i < size; i++)
            {
                matrix[(i * size) + j] = (_up[i] - _down[i]) / (2 * h);
            }
        }
        for (int a = 0; a < free.Length; a++)
        {
            for (int b = 0; b < a; b++)
            {
                (int i, int j) = (free[a], free[b]);
                double mean = 0.5 * (matrix[(i * size) + j] + matrix[(j * size) + i]);
                matrix[(i * size) + j] = matrix[(j * size) + i] = mean;
            }
        }
        return true;
    }

    private static bool HasSmall(ReadOnlySpan<double> x, ReadOnlySpan<int> free)
    {
        foreach (int i in free)
        {
            if (Math.Abs(x[i]) < Small)
            {
                return true;
            }
        }
        return false;
    }
}
