namespace MoeScale.Laws.Fitting.Descending;

/// <summary>
/// Solves with small symmetric matrices, without allocating. A matrix that is not positive definite gets a multiple of its
/// diagonal added until it is (Levenberg and Marquardt).
/// </summary>
internal sealed class Cholesky(int capacity)
{
    private readonly double[] _factor = new double[capacity * capacity];
    private readonly double[] _scale = new double[capacity];
    private int _size;

    /// <summary>What the last factorisation had to add, relative to the diagonal; 0 where the matrix was positive definite.</summary>
    public double Added { get; private set; }

    /// <param name="matrix">Symmetric, with rows of <paramref name="stride"/>.</param>
    /// <param name="stride">Its width.</param>
    /// <param name="kept">The rows and columns to use.</param>
    /// <param name="leastPivot">Least pivot relative to the diagonal.</param>
    /// <returns>Whether it succeeded: false only where an entry is not finite or a diagonal entry not above zero.</returns>
    public bool Factor(ReadOnlySpan<double> matrix, int stride, ReadOnlySpan<int> kept, double leastPivot = 1e-14)
    {
        _size = kept.Length;
        double largest = 0;
        for (int i = 0; i < _size; i++)
        {
            double d = matrix[(kept[i] * stride) + kept[i]];
            if (!double.IsFinite(d))
            {
                return false;
            }
            largest = Math.Max(largest, Math.Abs(d));
        }
        if (largest == 0)
        {
            return false;
        }
        for (int i = 0; i < _size; i++)
        {
            // A coefficient without curvature of its own still needs a scale.
            _scale[i] = 1 / Math.Sqrt(Math.Max(Math.Abs(matrix[(kept[i] * stride) + kept[i]]), 1e-20 * largest));
        }
        for (Added = 0; Added < 1e6; Added = Added == 0 ? 1e-10 : Added * 10)
        {
            if (TryFactor(matrix, stride, kept, leastPivot))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>x = matrix⁻¹ b; the two may be one.</summary>
    public void Solve(ReadOnlySpan<double> b, Span<double> x)
    {
        for (int i = 0; i < _size; i++)
        {
            double sum = b[i] * _scale[i];
            for (int j = 0; j < i; j++)
            {
                sum -= _factor[(i * capacity) + j] * x[j];
            }
            x[i] = sum / _factor[(i * capacity) + i];
        }
        for (int i = _size - 1; i >= 0; i--)
        {
            double sum = x[i];
            for (int j = i + 1; j < _size; j++)
            {
                sum -= _factor[(j * capacity) + i] * x[j];
            }
            x[i] = sum / _factor[(i * capacity) + i];
        }
        for (int i = 0; i < _size; i++)
        {
            x[i] *= _scale[i];
        }
    }

    // The matrix is scaled to a diagonal of 1 first, so that pivots tell how near to singular it is in any units.
    private bool TryFactor(ReadOnlySpan<double> matrix, int stride, ReadOnlySpan<int> kept, double leastPivot)
    {
        for (int i = 0; i < _size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = matrix[(kept[i] * stride) + kept[j]] * _scale[i] * _scale[j];
                sum += i == j ? Added : 0;
                for (int k = 0; k < j; k++)
                {
                    sum -= _factor[(i * capacity) + k] * _factor[(j * capacity) + k];
                }
                if (i != j)
                {
                    _factor[(i * capacity) + j] = sum / _factor[(j * capacity) + j];
                }
                else if (sum > leastPivot)
                {
                    _factor[(i * capacity) + i] = Math.Sqrt(sum);
                }
                else
                {
                    return false;
                }
            }
        }
        return true;
    }
}
