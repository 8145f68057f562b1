using MoeScale.Laws.Fitting.Problem;

namespace MoeScale.Laws.Fitting.Searching;

/// <summary>
/// Minimises an objective from one starting point: quasi-Newton steps (BFGS) that begin with the Gauss-Newton matrix, so that
/// any linear change of coordinates, centred logarithms among them, gives the same steps; then Newton steps until the expected
/// decrease vanishes. Coordinates at a bound that the gradient pushes against rest there. For one thread; allocates nothing.
/// </summary>
/// <remarks>
/// The line search is that of Lewis and Overton 2013 ("Nonsmooth optimization via quasi-Newton methods"), which Huber's loss with
/// a small δ, nearly an absolute value, calls for. A trial point without a value counts as too far.
/// </remarks>
internal sealed class Descent
{
    private const int MaxSteps = 400;
    private const int MaxTrials = 60;
    private const int Memory = 12;
    private const int MaxNewtonSteps = 40;
    private const double SufficientDecrease = 1e-4;
    private const double SlopeLeft = 0.9;

    // A descent that at its pace would not reach what is already known in so many times the steps of a memory creeps.
    private const int Patience = 40;
    private const int MinSteps = 3 * Memory;

    // The decrease expected of one more step, relative to the objective (which is scaled to 1 at the best constant).
    private const double LooseDecrease = 1e-9;
    private const double FinalDecrease = 1e-13;
    private const double ExactFit = 1e-26;

    // Of a matrix with unit diagonal: far above the errors of second differences. A coordinate whose curvature is that much smaller
    // than the largest has run away, and rounding decides its sign.
    private const double BendsDown = 1e-6;
    private const double NoCurvature = 1e-10;

    private readonly ObjectiveEvaluation _objective;
    private readonly int _size;
    private readonly Cholesky _cholesky;
    private readonly int[] _free;
    private readonly int[] _curved;
    private readonly double[] _matrix;
    private readonly double[] _gradient;
    private readonly double[] _trial;
    private readonly double[] _trialGradient;
    private readonly double[] _step;
    private readonly double[] _packed;
    private readonly double[] _change;
    private readonly HessianByDifferences _hessian;
    private readonly double[] _saddle;
    private int _freeCount;

    public Descent(ObjectiveEvaluation objective)
    {
        _objective = objective;
        _size = objective.Size;
        _cholesky = new Cholesky(_size);
        _free = new int[_size];
        _curved = new int[_size];
        _matrix = new double[_size * _size];
        _gradient = new double[_size];
        _trial = new double[_size];
        _trialGradient = new double[_size];
        _step = new double[_size];
        _packed = new double[_size];
        _change = new double[_size];
        _saddle = new double[_size];
        _hessian = new HessianByDifferences(objective);
    }

    /// <summary>A coordinate that must not move; −1 for none.</summary>
    public int Frozen { get; set; } = -1;

    /// <summary>
    /// An objective that is already known from elsewhere: a descent that stays above it and creeps, so that at its pace it would not get
    /// there in some hundred more steps, is given up. Infinite where every descent is to be ended.
    /// </summary>
    public double Known { get; set; } = double.PositiveInfinity;

    /// <summary>The scaled objective at the end.</summary>
    public double Value { get; private set; }

    /// <summary>Its derivative by each coordinate at the end.</summary>
    public ReadOnlySpan<double> Gradient => _gradient;

    /// <summary>Indices of the coordinates that are neither frozen nor at rest at a bound.</summary>
    public ReadOnlySpan<int> Free => _free.AsSpan(0, _freeCount);

    /// <summary>What one more Newton step is expected to gain, at the end.</summary>
    public double ExpectedDecrease { get; private set; }

    /// <summary>Whether the Hessian at the end is positive definite beyond doubt, so that the minimum is a point.</summary>
    public bool IsPoint { get; private set; }

    /// <summary>
    /// Whether that minimum is one in any coordinates: no coordinate rests at a bound, or has so little curvature that it may have run
    /// away.
    /// </summary>
    public bool IsRegular => IsPoint && _freeCount == _size && CurvedCount() == _size;

    /// <summary>Goes downhill.</summary>
    /// <param name="x">The start, which is replaced by the end.</param>
    public DescentEnd Run(Span<double> x)
    {
        Value = _objective.At(x, _gradient);
        if (!AllFinite())
        {
            return DescentEnd.NoValue;
        }
        DescentEnd steps = QuasiNewton(x);
        if (steps == DescentEnd.GivenUp)
        {
            return steps;
        }
        DescentEnd end = Polish(x);
        if (end is DescentEnd.Saddle)
        {
            double before = Value;
            x.CopyTo(_saddle);
            Nudge(x);
            Value = _objective.At(x, _gradient);
            steps = AllFinite() ? QuasiNewton(x) : DescentEnd.NoValue;
            end = Polish(x);
            if (!(Value < before * (1 - LooseDecrease)))
            {
                // Nothing lower beside it: the corner of a row's loss, where differences of gradients mislead, looks like a saddle too.
                _saddle.CopyTo(x);
                end = Polish(x);
                end = end is DescentEnd.Saddle ? DescentEnd.Converged : end;
            }
        }
        return end is DescentEnd.Stalled && steps is DescentEnd.StepLimit ? steps : end;
    }

    /// <summary>Newton steps from a point near a minimum.</summary>
    /// <param name="x">As for <see cref="Run"/>.</param>
    /// <param name="enough">The expected decrease, relative to the objective, at which no further step is worth its cost.</param>
    public DescentEnd Polish(Span<double> x, double enough = FinalDecrease)
    {
        Value = _objective.At(x, _gradient);
        if (!AllFinite())
        {
            return DescentEnd.NoValue;
        }
        for (int n = 0; n < MaxNewtonSteps; n++)
        {
            FindFree(x);
            if (_freeCount == 0)
            {
                ExpectedDecrease = 0;
                IsPoint = true;
                return DescentEnd.Converged;
            }
            if (!_hessian.Compute(x, Free, _matrix) || !SolveStep())
            {
                IsPoint = false;
                // Huber's loss is flat where every row is an outlier and as many lie above as below.
                ExpectedDecrease = IsFlat() ? 0 : double.PositiveInfinity;
                return ExpectedDecrease == 0 ? DescentEnd.Converged : DescentEnd.Stalled;
            }
            IsPoint = _cholesky.Added == 0;
            ExpectedDecrease = -0.5 * Slope();
            if (ExpectedDecrease <= (enough * Value) + ExactFit || !NewtonStep(x))
            {
                break;
            }
            // In the metric of the last Hessian, which spares another one where that was the last step.
            double left = ScaledGradient(_gradient);
            if (left <= (enough * Value) + ExactFit)
            {
                ExpectedDecrease = left;
                break;
            }
        }
        return ExpectedDecrease > (LooseDecrease * Value) + ExactFit ? DescentEnd.Stalled
            : IsSaddle() ? DescentEnd.Saddle
            : DescentEnd.Converged;
    }

    private bool IsFlat()
    {
        double steepest = 0;
        foreach (int i in Free)
        {
            steepest = Math.Max(steepest, Math.Abs(_gradient[i]));
        }
        return steepest <= FinalDecrease * Value;
    }

    /// <summary>Whether the last Hessian has a negative direction beyond doubt.</summary>
    private bool IsSaddle()
    {
        int count = CurvedCount();
        return count > 0 && (!_cholesky.Factor(_matrix, _size, _curved.AsSpan(0, count)) || _cholesky.Added > BendsDown);
    }

    /// <summary>Lists the coordinates that have not run away by the last Hessian.</summary>
    private int CurvedCount()
    {
        double largest = 0;
        foreach (int i in Free)
        {
            largest = Math.Max(largest, Math.Abs(_matrix[(i * _size) + i]));
        }
        int count = 0;
        foreach (int i in Free)
        {
            if (Math.Abs(_matrix[(i * _size) + i]) > NoCurvature * largest)
            {
                _curved[count++] = i;
            }
        }
        return count;
    }

    /// <summary>Off a saddle, by a hundredth of each coordinate, in turn up and down.</summary>
    private void Nudge(Span<double> x)
    {
        for (int k = 0; k < _freeCount; k++)
        {
            int i = _free[k];
            Coordinate c = _objective.Coordinates[i];
            x[i] = Math.Clamp(x[i] + ((k % 2 == 0 ? 0.01 : -0.01) * Math.Max(Math.Abs(x[i]), 0.1)), c.Low, c.High);
        }
    }

    private DescentEnd QuasiNewton(Span<double> x)
    {
        bool fresh = Reset(x);
        double earlier = Value;
        for (int n = 0; n < MaxSteps; n++)
        {
            if (n % Memory == Memory - 1)
            {
                if (n > MinSteps && Value - (Patience * (earlier - Value)) > Known)
                {
                    return DescentEnd.GivenUp;
                }
                earlier = Value;
                fresh = Reset(x);
            }
            FindFree(x);
            if (_freeCount == 0)
            {
                return DescentEnd.Converged;
            }
            if (!SolveStep() || !(Slope() < 0))
            {
                if (fresh || !Reset(x))
                {
                    return DescentEnd.Stalled;
                }
                fresh = true;
                continue;
            }
            double expected = -0.5 * Slope();
            if (expected <= (LooseDecrease * Value) + ExactFit)
            {
                return DescentEnd.Converged;
            }
            double before = Value;
            if (!LineSearch(x))
            {
                if (fresh)
                {
                    return DescentEnd.Stalled;
                }
                fresh = Reset(x);
                if (!fresh)
                {
                    return DescentEnd.Stalled;
                }
                continue;
            }
            fresh = false;
            Bfgs.Update(_matrix, _size, _step, _change, _packed);
            if (before - Value < 1e-15 * before && expected < 1e-6 * before)
            {
                // Rounding hides further progress here; Newton's method looks at gradients.
                return DescentEnd.Converged;
            }
        }
        return DescentEnd.StepLimit;
    }

    private bool AllFinite()
    {
        bool finite = double.IsFinite(Value);
        foreach (double g in _gradient)
        {
            finite &= double.IsFinite(g);
        }
        return finite;
    }

    private bool Reset(Span<double> x) => _objective.GaussNewton(x, _matrix);

    private void FindFree(ReadOnlySpan<double> x)
    {
        _freeCount = 0;
        Coordinate[] coordinates = _objective.Coordinates;
        for (int i = 0; i < _size; i++)
        {
            bool rests =
                i == Frozen || (x[i] <= coordinates[i].Low && _gradient[i] >= 0) || (x[i] >= coordinates[i].High && _gradient[i] <= 0);
            if (!rests)
            {
                _free[_freeCount++] = i;
            }
        }
    }

    /// <summary>step = −matrix⁻¹ gradient over the free coordinates, 0 elsewhere.</summary>
    private bool SolveStep()
    {
        if (!_cholesky.Factor(_matrix, _size, Free))
        {
            return false;
        }
        for (int i = 0; i < _freeCount; i++)
        {
            _packed[i] = -_gradient[_free[i]];
        }
        _cholesky.Solve(_packed, _packed);
        Array.Clear(_step);
        for (int i = 0; i < _freeCount; i++)
        {
            _step[_free[i]] = _packed[i];
        }
        return true;
    }

    private double Slope()
    {
        double sum = 0;
        for (int i = 0; i < _size; i++)
        {
            sum += _step[i] * _gradient[i];
        }
        return sum;
    }

    /// <summary>The longest step that keeps all coordinates in their bounds.</summary>
    private double LongestStep(ReadOnlySpan<double> x)
    {
        Coordinate[] coordinates = _objective.Coordinates;
        double longest = double.PositiveInfinity;
        for (int i = 0; i < _size; i++)
        {
            double room =
                _step[i] < 0 ? coordinates[i].Low - x[i]
                : _step[i] > 0 ? coordinates[i].High - x[i]
                : double.NaN;
            if (double.IsFinite(room))
            {
                longest = Math.Min(longest, room / _step[i]);
            }
        }
        return Math.Max(0, longest);
    }

    private double Try(ReadOnlySpan<double> x, double t)
    {
        Coordinate[] coordinates = _objective.Coordinates;
        for (int i = 0; i < _size; i++)
        {
            // Clamped, so that the coordinate which ends the step lies on its bound to the bit.
            _trial[i] = _step[i] == 0 ? x[i] : Math.Clamp(x[i] + (t * _step[i]), coordinates[i].Low, coordinates[i].High);
        }
        return _objective.At(_trial, _trialGradient);
    }

    private bool LineSearch(Span<double> x)
    {
        LeaveOutBounds(x);
        double slope = Slope();
        double longest = LongestStep(x);
        double low = 0,
            high = double.PositiveInfinity;
        double t = Math.Min(1, longest);
        if (!(slope < 0))
        {
            return false;
        }
        for (int n = 0; n < MaxTrials; n++)
        {
            double value = Try(x, t);
            double trialSlope = 0;
            for (int i = 0; i < _size; i++)
            {
                trialSlope += _step[i] * _trialGradient[i];
            }
            if (!double.IsFinite(value) || !double.IsFinite(trialSlope))
            {
                high = t;
                t = low + (0.1 * (high - low));
            }
            else if (value > Value + (SufficientDecrease * t * slope))
            {
                high = t;
                // The lowest point of a parabola, kept off the ends.
                double parabola = low == 0 ? -slope * t * t / (2 * (value - Value - (slope * t))) : double.NaN;
                t = parabola > low + (0.1 * (high - low)) && parabola < low + (0.9 * (high - low)) ? parabola : 0.5 * (low + high);
            }
            else if (trialSlope < SlopeLeft * slope && t < longest)
            {
                low = t;
                t = Math.Min(longest, double.IsFinite(high) ? 0.5 * (low + high) : 2 * t);
            }
            else
            {
                Accept(x, value);
                return true;
            }
        }
        return false;
    }

    /// <summary>
    /// A coordinate on its bound that the step would push out, though the gradient pulls it in, would keep the step from beginning: it
    /// stays.
    /// </summary>
    private void LeaveOutBounds(ReadOnlySpan<double> x)
    {
        Coordinate[] coordinates = _objective.Coordinates;
        for (int i = 0; i < _size; i++)
        {
            if ((_step[i] < 0 && x[i] <= coordinates[i].Low) || (_step[i] > 0 && x[i] >= coordinates[i].High))
            {
                _step[i] = 0;
            }
        }
    }

    private void Accept(Span<double> x, double value)
    {
        for (int i = 0; i < _size; i++)
        {
            _step[i] = _trial[i] - x[i];
            _change[i] = _trialGradient[i] - _gradient[i];
            x[i] = _trial[i];
            _gradient[i] = _trialGradient[i];
        }
        Value = value;
    }

    /// <summary>
    /// Takes the step, or a part of it, if that lowers the objective, or where rounding hides that, the gradient in the metric of the
    /// Hessian.
    /// </summary>
    private bool NewtonStep(Span<double> x)
    {
        LeaveOutBounds(x);
        double longest = Math.Min(1, LongestStep(x));
        for (double t = longest; t > 1e-4 * longest; t *= 0.5)
        {
            double value = Try(x, t);
            if (!double.IsFinite(value))
            {
                continue;
            }
            bool lower = value < Value - (1e-14 * Value);
            if (!lower && value <= Value * (1 + 1e-13))
            {
                lower = ScaledGradient(_trialGradient) < 0.9 * ExpectedDecrease;
            }
            if (lower)
            {
                Accept(x, value);
                return true;
            }
        }
        return false;
    }

    /// <summary>½·gᵀH⁻¹g over the free coordinates, with the matrix that was last factored.</summary>
    private double ScaledGradient(double[] gradient)
    {
        for (int i = 0; i < _freeCount; i++)
        {
            _packed[i] = gradient[_free[i]];
        }
        _cholesky.Solve(_packed, _packed);
        double sum = 0;
        for (int i = 0; i < _freeCount; i++)
        {
            sum += 0.5 * _packed[i] * gradient[_free[i]];
        }
        return sum;
    }
}
