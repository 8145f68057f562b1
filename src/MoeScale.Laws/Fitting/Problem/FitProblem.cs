using MoeScale.Formulas;
using MoeScale.Formulas.Differentiation;
using MoeScale.Laws.Procedure;

namespace MoeScale.Laws.Fitting.Problem;

/// <summary>
/// A law form together with all its rows and an objective, ready to be minimised over coordinates. Immutable; any number of
/// threads evaluate it, each in an <see cref="ObjectiveEvaluation"/> of its own.
/// </summary>
internal sealed class FitProblem
{
    private readonly double[] _observed;
    private readonly double[]? _weights;

    /// <param name="form">What to fill in.</param>
    /// <param name="columns">One column for each letter, of equal lengths above 0.</param>
    /// <param name="observed">What the formula should give, one for each row.</param>
    /// <param name="weights">Weights above zero, one for each row; null for equal ones.</param>
    /// <param name="objective">What to minimise.</param>
    public FitProblem(LawForm form, IReadOnlyList<double[]> columns, double[] observed, double[]? weights, Objective objective)
    {
        Form = form;
        Objective = objective;
        Columns = columns;
        _observed = observed;
        _weights = weights;
        Free = form.Free;
        Expression formula = form.FreeFormula();
        FreeFormula = formula;
        string[] names = [.. Free.Select(c => c.Name)];
        Formula = DifferentiableFormula.Compile(formula, form.Letters, names);
        Rows = RowSet.Of(Formula, columns, observed, weights, objective.IsLog);
        (Linear, LinearInLog) = LinearCoefficients(formula, names, objective.IsLog);
        IsLogOfScale = [.. names.Select((n, i) => Linear.Contains(i) && FormulaShape.IsLogOfScale(LinearIn(formula), n))];
        Coordinates = [.. Free.Select((c, i) => Coordinate.Of(c, formula, MustBePositive(i, columns), Linear.Contains(i) && !LinearInLog))];
        Scale = 1 / NullObjective(Rows, objective);
        double distance = (Objective.Reduce == Reduction.Mean ? 1 : 1 / Rows.WeightSum) / Scale;
        Corners = objective.IsAbs ? [1e-2 * distance, 1e-3 * distance, 1e-4 * distance, 1e-5 * distance, 1e-6 * distance] : [];
        RidgeOnLog = [.. Coordinates.Select(c => c.IsLog || (c.Low >= 0 && FormulaShape.IsOffset(formula, c.Name)))];
    }

    /// <summary>The same problem over some of the rows.</summary>
    /// <param name="rows">Their numbers.</param>
    public FitProblem Part(int[] rows) =>
        new(
            Form,
            [.. Columns.Select(c => rows.Select(r => c[r]).ToArray())],
            [.. rows.Select(r => _observed[r])],
            _weights is null ? null : [.. rows.Select(r => _weights[r])],
            Objective
        );

    public LawForm Form { get; }

    /// <summary>One column for each letter of the form.</summary>
    public IReadOnlyList<double[]> Columns { get; }

    /// <summary>What the formula should give, as it is in the table.</summary>
    public ReadOnlySpan<double> Observed => _observed;

    public Objective Objective { get; }

    public IReadOnlyList<OpenCoefficient> Free { get; }

    /// <summary>The formula over letters and free coefficients.</summary>
    public Expression FreeFormula { get; }

    public DifferentiableFormula Formula { get; }

    /// <summary>What the search moves, before the signs of coefficients without a declared one are known.</summary>
    public Coordinate[] Coordinates { get; }

    public RowSet Rows { get; }

    /// <summary>Indices of the free coefficients that least squares gives for any values of the others.</summary>
    public int[] Linear { get; }

    /// <summary>Whether it is the formula's logarithm that is linear in them.</summary>
    public bool LinearInLog { get; }

    /// <summary>For each free coefficient, whether it enters linearly as exp of itself: a in exp(a)*N^-α.</summary>
    public bool[] IsLogOfScale { get; }

    /// <summary>One over the objective of the best constant, so that what the search sees is of order 1.</summary>
    public double Scale { get; }

    /// <summary>For each free coefficient, whether a ridge weighs its logarithm.</summary>
    public bool[] RidgeOnLog { get; }

    /// <summary>
    /// The place among <see cref="Free"/> of the coefficient that moves another: itself, or the one that it is tied to; −1 where nothing
    /// does.
    /// </summary>
    public int PlaceOf(OpenCoefficient c)
    {
        for (int i = 0; i < Free.Count; i++)
        {
            if (c.Held is null && Free[i].Name == (c.TiedTo ?? c.Name))
            {
                return i;
            }
        }
        return -1;
    }

    /// <summary>
    /// The second derivative of the ridge by a coordinate, beside the sum over rows, without what the coordinate's own curve adds.
    /// </summary>
    /// <param name="index">Which.</param>
    /// <param name="coordinate">It, with its sign as far as that is known.</param>
    /// <param name="value">Where.</param>
    public double RidgeCurvature(int index, Coordinate coordinate, double value)
    {
        double slope = RidgeOnLog[index] && !coordinate.IsLog ? 1 / coordinate.Coefficient(value) : 1;
        // Beside a mean the ridge weighs as much as beside the sum that is the mean times all weights.
        return 2 * Objective.Ridge * slope * slope * (Objective.Reduce == Reduction.Mean ? Rows.WeightSum : 1);
    }

    /// <summary>
    /// Widths of the corner that a descent rounds off absolute values, from coarse to fine: parts of the mean distance from the best
    /// constant.
    /// </summary>
    public IReadOnlyList<double> Corners { get; }

    /// <summary>δ at the end of every descent.</summary>
    public double FinestDelta => Objective.IsAbs ? Corners[^1] : Objective.Delta;

    private static (int[] Linear, bool InLog) LinearCoefficients(Expression formula, string[] names, bool isLog)
    {
        bool inLog = isLog && FormulaShape.SinglePower(formula) is not null;
        IReadOnlyList<string> linear = FormulaShape.LinearSet(inLog ? FormulaShape.SinglePower(formula)!.Value.Exponent : formula, names);
        return ([.. linear.Select(n => Array.IndexOf(names, n))], inLog);
    }

    private Expression LinearIn(Expression formula) => LinearInLog ? FormulaShape.SinglePower(formula)!.Value.Exponent : formula;

    /// <summary>Whether a coefficient has no value of the formula where it is negative: A in (A/N)^α.</summary>
    private bool MustBePositive(int index, IReadOnlyList<double[]> columns)
    {
        if (Free[index].Sign != Sign.Any || FormulaShape.IsExponent(FreeFormula, Free[index].Name))
        {
            return false;
        }
        CompiledFormula formula = CompiledFormula.Compile(FreeFormula, [.. Form.Letters, .. Free.Select(c => c.Name)]);
        // A few rows, with odd values so that no two parts cancel.
        double Value(int row, double sign)
        {
            double[] coefficients = [.. Free.Select((c, i) => (c.Sign == Sign.Negative ? -1 : 1) * (0.37 + (0.0137 * i)))];
            coefficients[index] *= sign;
            return formula.Evaluate([.. columns.Select(c => c[row]), .. coefficients]);
        }
        int rows = columns[0].Length;
        return new[] { 0, rows / 2, rows - 1 }.All(row => double.IsFinite(Value(row, 1)) && !double.IsFinite(Value(row, -1)));
    }

    private static double NullObjective(RowSet rows, Objective objective)
    {
        double sum = 0,
            weight = 0;
        for (int i = 0; i < rows.Count; i++)
        {
            sum += rows.Weights[i] * rows.Targets[i];
            weight += rows.Weights[i];
        }
        double value = 0;
        (double delta, double factor) = objective.Shape(objective.IsAbs ? 1e-200 : objective.Delta);
        for (int i = 0; i < rows.Count; i++)
        {
            double r = rows.Targets[i] - (sum / weight);
            double clipped = Math.Clamp(r, -delta, delta);
            value += factor * rows.Weights[i] * clipped * (r - (clipped / 2));
        }
        value /= objective.Reduce == Reduction.Mean ? weight : 1;
        // All observed values may be equal.
        return value > 0 ? value : 1;
    }
}
