namespace MoeScale.Laws.Fitting.Descending;

/// <summary>
/// What an objective is taken for near a point, f + gᵀs + ½·sᵀBs, over the coordinates that may move. For one thread; allocates nothing.
/// </summary>
/// <param name="size">All coordinates.</param>
internal sealed class QuadraticModel(int size)
{
    // Of a matrix with unit diagonal: far above the errors of second differences. A coordinate whose curvature is that much smaller
    // than the largest has run away, and rounding decides its sign.
    private const double MaxBend = 1e-6;
    private const double NoCurvature = 1e-10;

    private readonly Cholesky _cholesky = new(size);
    private readonly double[] _packed = new double[size];
    private readonly int[] _free = new int[size];
    private readonly int[] _curved = new int[size];
    private int _count;

    /// <summary>B, size × size; rows and columns of coordinates that do not move have no meaning.</summary>
    public double[] Matrix { get; } = new double[size * size];

    /// <summary>The coordinates that may move, as they were when <see cref="Matrix"/> was factored.</summary>
    public ReadOnlySpan<int> Free => _free.AsSpan(0, _count);

    /// <summary>Whether B is positive definite, so that nothing had to be added to its diagonal.</summary>
    public bool IsConvex => _cholesky.Added == 0;

    /// <summary>Whether no coordinate rests, or has so little curvature that it may have run away.</summary>
    public bool IsCurvedInAll => CurvedCount() == size;

    /// <summary>Factors B, with as much added to its diagonal as makes it positive definite.</summary>
    /// <param name="free">The coordinates that may move.</param>
    /// <returns>False where an entry is not finite, or all are zero.</returns>
    public bool Factor(ReadOnlySpan<int> free)
    {
        free.CopyTo(_free);
        _count = free.Length;
        return _cholesky.Factor(Matrix, size, free);
    }

    /// <summary>step = −B⁻¹g over the coordinates that may move, 0 elsewhere.</summary>
    public void Step(ReadOnlySpan<double> gradient, Span<double> step)
    {
        for (int i = 0; i < _count; i++)
        {
            _packed[i] = -gradient[_free[i]];
        }
        _cholesky.Solve(_packed, _packed);
        step.Clear();
        for (int i = 0; i < _count; i++)
        {
            step[_free[i]] = _packed[i];
        }
    }

    /// <summary>½·gᵀB⁻¹g: what a step from a point with that gradient is expected to gain.</summary>
    public double Decrease(ReadOnlySpan<double> gradient)
    {
        for (int i = 0; i < _count; i++)
        {
            _packed[i] = gradient[_free[i]];
        }
        _cholesky.Solve(_packed, _packed);
        double sum = 0;
        for (int i = 0; i < _count; i++)
        {
            sum += 0.5 * _packed[i] * gradient[_free[i]];
        }
        return sum;
    }

    /// <summary>Whether B has a negative direction beyond doubt; leaves a factor of the curved coordinates behind.</summary>
    public bool BendsDown()
    {
        int count = CurvedCount();
        return count > 0 && (!_cholesky.Factor(Matrix, size, _curved.AsSpan(0, count)) || _cholesky.Added > MaxBend);
    }

    /// <summary>Lists the coordinates that have not run away.</summary>
    private int CurvedCount()
    {
        double largest = 0;
        foreach (int i in Free)
        {
            largest = Math.Max(largest, Math.Abs(Matrix[(i * size) + i]));
        }
        int count = 0;
        foreach (int i in Free)
        {
            if (Math.Abs(Matrix[(i * size) + i]) > NoCurvature * largest)
            {
                _curved[count++] = i;
            }
        }
        return count;
    }
}
