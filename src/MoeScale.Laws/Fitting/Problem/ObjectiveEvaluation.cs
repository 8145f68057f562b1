using System.Numerics.Tensors;
using MoeScale.Formulas.Differentiation;
using MoeScale.Laws.Procedure;

namespace MoeScale.Laws.Fitting.Problem;

/// <summary>
/// The scaled objective with its gradient, at any coordinates, over any rows. Allocates nothing after it is made. For one thread.
/// </summary>
internal sealed unsafe class ObjectiveEvaluation
{
    private readonly FitProblem _problem;
    private readonly Evaluation _evaluation;
    private readonly ColumnSlab _logs;
    private readonly ColumnSlab _jacobian;
    private readonly double[] _coefficients;
    private readonly double[] _derivatives;
    private RowSet _rows;

    /// <param name="problem">What is fitted.</param>
    /// <param name="rows">Rows to evaluate at, to begin with, and the most that it will hold; null for those of the problem.</param>
    public ObjectiveEvaluation(FitProblem problem, RowSet? rows = null)
    {
        _problem = problem;
        _rows = rows ?? problem.Rows;
        int count = _rows.Count;
        Size = problem.Coordinates.Length;
        _evaluation = new Evaluation(problem.Formula, count);
        _logs = new ColumnSlab(1, Math.Min(count, Evaluation.BlockRows));
        _jacobian = new ColumnSlab(Size + 3, count);
        Coordinates = [.. problem.Coordinates];
        _coefficients = new double[Size];
        _derivatives = new double[Size];
        Delta = problem.Objective.Delta;
    }

    public FitProblem Problem => _problem;

    /// <summary>Coordinates.</summary>
    public int Size { get; }

    /// <summary>What the search moves: those of the problem, with signs as far as they are known.</summary>
    public Coordinate[] Coordinates { get; }

    /// <summary>How often the objective was computed.</summary>
    public long Count { get; private set; }

    /// <summary>δ of Huber's loss; for absolute values the half width of the corner that is rounded off.</summary>
    public double Delta { get; set; }

    /// <summary>The rows; those of the problem, or some of them.</summary>
    public RowSet Rows
    {
        get => _rows;
        set => _rows = value;
    }

    private double Factor
    {
        get
        {
            double scale = _problem.Scale / (_problem.Objective.Reduce == Reduction.Mean ? _rows.WeightSum : 1);
            return scale * _problem.Objective.Shape(Delta).Factor;
        }
    }

    /// <summary>The objective times <see cref="FitProblem.Scale"/>.</summary>
    /// <param name="x">Coordinates.</param>
    /// <param name="gradient">Its derivative by each.</param>
    /// <returns>Not finite where the formula has no value at some row.</returns>
    public double At(ReadOnlySpan<double> x, Span<double> gradient)
    {
        Count++;
        SetCoefficients(x);
        (double delta, double factor) = (_problem.Objective.Shape(Delta).Delta, Factor);
        _evaluation.Begin(_rows.Data, _coefficients);
        double sum = 0;
        int padded = _rows.Data.PaddedRows;
        for (int start = 0; start < padded; start += Evaluation.BlockRows)
        {
            int rows = _evaluation.Forward(start);
            double* predicted = _evaluation.Value;
            double* target = _rows.TargetPointer + start;
            double* weight = _rows.WeightPointer + start;
            if (_problem.Objective.IsLog)
            {
                double* logs = _logs.Pointer(0);
                ColumnFunctions.Log(logs, predicted, rows);
                sum += ResidualKernels.LogSum(predicted, logs, target, weight, _evaluation.Seed, rows, delta, factor);
            }
            else
            {
                sum += ResidualKernels.Sum(predicted, target, weight, _evaluation.Seed, rows, delta, factor);
            }
            if (!double.IsFinite(sum))
            {
                return double.NaN;
            }
            _evaluation.Backward();
        }
        _evaluation.End(_derivatives);
        for (int i = 0; i < Size; i++)
        {
            gradient[i] = _derivatives[i] * Coordinates[i].Slope(_coefficients[i]);
        }
        return sum + Ridge(gradient);
    }

    /// <summary>
    /// The Gauss-Newton matrix Σ w·ω·JJᵀ, with J the derivative of a row's residual by the coordinates and ω = ψ(r)/r, the weight of
    /// iteratively reweighted least squares: it bounds Huber's loss from above, and is positive also where all rows are outliers.
    /// </summary>
    /// <param name="x">Coordinates.</param>
    /// <param name="matrix">Size × size.</param>
    /// <returns>Whether every row has finite derivatives.</returns>
    public bool GaussNewton(ReadOnlySpan<double> x, Span<double> matrix)
    {
        (double delta, double factor) = (_problem.Objective.Shape(Delta).Delta, Factor);
        double* row = _jacobian.Pointer(Size);
        Linearise(x);
        ResidualKernels.RobustWeights(row, _rows.WeightPointer, _jacobian.Pointer(Size + 1), _rows.Data.PaddedRows, delta, factor);
        bool finite = true;
        for (int i = 0; i < Size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = ResidualKernels.WeightedDot(row, _jacobian.Pointer(i), _jacobian.Pointer(j), _rows.Data.PaddedRows);
                finite &= double.IsFinite(sum);
                matrix[(i * Size) + j] = matrix[(j * Size) + i] = sum;
            }
        }
        return finite;
    }

    /// <summary>
    /// The gradient in a scale that no unit changes: for each coordinate |Σ wψJ| over the lengths √(Σ wψ²)·√(Σ wJ²), the cosine of the
    /// angle between the scores of the rows and the derivatives of their residuals, which MINPACK judges a fit by. 0 at a minimum; at
    /// most 1, but for a ridge. Residuals, and effects of a coordinate, below a billionth count as that: rounding has any direction.
    /// </summary>
    /// <param name="x">Coordinates.</param>
    /// <param name="gradient">As <see cref="At"/> gives it there.</param>
    public double[] Cosines(ReadOnlySpan<double> x, ReadOnlySpan<double> gradient)
    {
        const double negligible = 1e-9;
        (double delta, double factor) = (_problem.Objective.Shape(Delta).Delta, Factor);
        Linearise(x);
        double unit = _problem.Objective.IsLog ? 1 : Math.Abs(TensorPrimitives.MaxMagnitude(_rows.Targets));
        ReadOnlySpan<double> weights = _rows.Weights;
        double scores = 0,
            all = 0;
        for (int row = 0; row < weights.Length; row++)
        {
            double score = Math.Clamp(Residuals[row], -delta, delta);
            scores += weights[row] * score * score;
            all += weights[row];
        }
        double least = negligible * unit * Math.Sqrt(all);
        double[] cosines = new double[Size];
        for (int i = 0; i < Size; i++)
        {
            ReadOnlySpan<double> derivatives = Derivatives(i);
            double effect = 0;
            for (int row = 0; row < weights.Length; row++)
            {
                effect += weights[row] * derivatives[row] * derivatives[row];
            }
            double size = Coordinates[i].IsLog ? 1 : Math.Max(Math.Abs(x[i]), 1e-3);
            cosines[i] = Math.Abs(gradient[i]) / (factor * Math.Max(Math.Sqrt(scores), least) * Math.Max(Math.Sqrt(effect), least / size));
        }
        return cosines;
    }

    /// <summary>Computes the residual of each row, and its derivatives by the coordinates.</summary>
    public void Linearise(ReadOnlySpan<double> x)
    {
        SetCoefficients(x);
        bool log = _problem.Objective.IsLog;
        _jacobian.SetRows(_rows.Count);
        _evaluation.Jacobian(_rows.Data, _coefficients, _jacobian, _jacobian.Pointer(Size + 1));
        double* predicted = _jacobian.Pointer(Size + 1);
        int padded = _rows.Data.PaddedRows;
        for (int c = 0; c < Size; c++)
        {
            double slope = Coordinates[c].Slope(_coefficients[c]);
            ResidualKernels.Scale(_jacobian.Pointer(c), slope, log ? predicted : null, padded);
        }
        if (log)
        {
            ColumnFunctions.Log(predicted, predicted, padded);
        }
        ResidualKernels.Subtract(predicted, _rows.TargetPointer, padded);
    }

    /// <summary>Predicted less target at each row, as <see cref="Linearise"/> left them.</summary>
    public Span<double> Residuals => _jacobian.Column(Size + 1);

    /// <summary>The derivative of the residuals by a coordinate, as <see cref="Linearise"/> left it.</summary>
    public Span<double> Derivatives(int coordinate) => _jacobian.Column(coordinate);

    /// <summary>A column of one's own, until the next call of anything.</summary>
    public Span<double> Scratch(int which) => _jacobian.PaddedColumn(which == 0 ? Size : Size + 2);

    /// <summary>
    /// Σ scratch₀·a·b over rows, with a and b derivatives as <see cref="Linearise"/> left them, or b the other scratch column.
    /// </summary>
    public double ScratchDot(int a, int? b) =>
        ResidualKernels.WeightedDot(_jacobian.Pointer(Size), _jacobian.Pointer(a), _jacobian.Pointer(b ?? Size + 2), _jacobian.PaddedRows);

    /// <summary>Free coefficients at values of the coordinates.</summary>
    public double[] Coefficients(ReadOnlySpan<double> x)
    {
        double[] values = new double[Size];
        for (int i = 0; i < Size; i++)
        {
            values[i] = Coordinates[i].Coefficient(x[i]);
        }
        return values;
    }

    /// <summary>Forgets signs that a start found, so that a coefficient may cross zero.</summary>
    /// <param name="x">Coordinates, which become those of the problem at the same coefficients.</param>
    /// <returns>Whether there were any.</returns>
    public bool ForgetSigns(Span<double> x)
    {
        bool any = false;
        for (int i = 0; i < Size; i++)
        {
            if (Coordinates[i] != _problem.Coordinates[i])
            {
                x[i] = Coordinates[i].Coefficient(x[i]);
                Coordinates[i] = _problem.Coordinates[i];
                any = true;
            }
        }
        return any;
    }

    private void SetCoefficients(ReadOnlySpan<double> x)
    {
        for (int i = 0; i < Size; i++)
        {
            _coefficients[i] = Coordinates[i].Coefficient(x[i]);
        }
    }

    // λ·Σθ², θ being ln|coefficient| also for a floor c, whose coordinate is c itself.
    private double Ridge(Span<double> gradient)
    {
        double ridge = _problem.Scale * _problem.Objective.Ridge;
        if (ridge == 0)
        {
            return 0;
        }
        double sum = 0;
        for (int i = 0; i < Size; i++)
        {
            double c = _coefficients[i];
            bool log = _problem.RidgeOnLog[i];
            double theta = log ? Math.Log(Math.Abs(c)) : c;
            double slope = log ? 1 / c : 1;
            sum += theta * theta;
            gradient[i] += ridge * 2 * theta * slope * Coordinates[i].Slope(c);
        }
        return ridge * sum;
    }
}
