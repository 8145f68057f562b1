using MathNet.Numerics.LinearAlgebra;

namespace MoeScale.Studies.Costs;

/// <summary>
/// What runs tell of coefficients, M = Σ x·xᵀ + 1 with x = j/σ: the inverse of M and h = xᵀM⁻¹x of each run, kept as runs are left out. By
/// Sherman and Morrison, without x
/// the inverse is M⁻¹ + u·uᵀ/(1 − h) with u = M⁻¹x, and h of another run y grows by (yᵀu)²/(1 − h): a run costs p² + n·p instead of n·p² +
/// p³.
/// </summary>
internal sealed class RunInformation
{
    // Sums of so many updates keep nine digits or more; a run that told nearly all of a direction leaves digits behind.
    private const int UpdatesAtMost = 64;
    private const double SmallestRest = 1e-4;
    private const double SmallestShare = 1e-300;

    private readonly double[][] _rows;
    private readonly bool[] _isOut;
    private readonly double[] _h;
    private readonly int _size;
    private double[,] _inverse;
    private int _updates;

    /// <param name="derivatives">(runs, coefficients): d ln(loss) by relative changes of the coefficients.</param>
    /// <param name="scatter">σ of ln(loss).</param>
    public RunInformation(Matrix<double> derivatives, double scatter)
    {
        _rows = [.. derivatives.Divide(scatter).EnumerateRows().Select(r => r.ToArray())];
        _isOut = new bool[_rows.Length];
        _h = new double[_rows.Length];
        _size = derivatives.ColumnCount;
        _inverse = new double[_size, _size];
        Refresh();
    }

    /// <summary>By how much ln det M falls without a run.</summary>
    public double Told(int run) => -Math.Log(Math.Max(SmallestShare, 1 - _h[run]));

    /// <summary>Leaves a run out.</summary>
    public void Remove(int run)
    {
        _isOut[run] = true;
        double rest = 1 - _h[run];
        if (++_updates == UpdatesAtMost || rest < SmallestRest)
        {
            Refresh();
            return;
        }
        double[] u = Times(_rows[run]);
        for (int a = 0; a < _size; a++)
        {
            for (int b = 0; b < _size; b++)
            {
                _inverse[a, b] += u[a] * u[b] / rest;
            }
        }
        for (int r = 0; r < _rows.Length; r++)
        {
            double along = Dot(_rows[r], u);
            _h[r] += along * along / rest;
        }
    }

    private void Refresh()
    {
        _updates = 0;
        double[,] information = new double[_size, _size];
        for (int a = 0; a < _size; a++)
        {
            information[a, a] = 1;
        }
        foreach (double[] row in _rows.Where((_, r) => !_isOut[r]))
        {
            for (int a = 0; a < _size; a++)
            {
                for (int b = 0; b < _size; b++)
                {
                    information[a, b] += row[a] * row[b];
                }
            }
        }
        _inverse = Matrix<double>.Build.DenseOfArray(information).Inverse().ToArray();
        for (int r = 0; r < _rows.Length; r++)
        {
            _h[r] = Dot(_rows[r], Times(_rows[r]));
        }
    }

    private double[] Times(double[] x)
    {
        double[] product = new double[_size];
        for (int a = 0; a < _size; a++)
        {
            double sum = 0;
            for (int b = 0; b < _size; b++)
            {
                sum += _inverse[a, b] * x[b];
            }
            product[a] = sum;
        }
        return product;
    }

    private static double Dot(double[] x, double[] y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += x[i] * y[i];
        }
        return sum;
    }
}
