using MoeScale.Formulas;
using MoeScale.Laws.Fitting.Problem;

namespace MoeScale.Laws.Fitting.Searching;

/// <summary>
/// Where a coefficient that enters non-linearly may well lie. Around its hint; else an exponent where those of the published laws lie,
/// with the sign that the formula means (N^-α), and anything else some decades around its <see cref="TypicalSize"/>.
/// </summary>
internal sealed class SearchRange
{
    private const double Decades = 1.5;
    private const double SmallestExponent = 0.02;
    private const double LargestExponent = 1.2;

    // exp of more or less is hardly the logarithm of anything that is added to 1.
    private const double LargestInExp = 3;

    private readonly FitProblem _problem;
    private readonly int _index;
    private readonly double _low;
    private readonly double _high;
    private readonly TypicalSize? _size;
    private readonly bool _bySign;
    private readonly bool _isMeantPositive;

    private SearchRange(FitProblem problem, int index)
    {
        _problem = problem;
        _index = index;
        Coordinate c = problem.Coordinates[index];
        OpenCoefficient free = problem.Free[index];
        if (free.Hint is double hint)
        {
            (_low, _high) = Around(hint, c, problem.FreeFormula);
            return;
        }
        TypicalSize size = TypicalSize.Of(problem, index);
        _size = size.FollowsRows || size.Where == TypicalSize.Context.Factor ? size : null;
        (_low, _high) =
            _size is not null ? (-Decades, Decades)
            : size.Where == TypicalSize.Context.Exp ? (SmallestExponent, LargestInExp)
            : (SmallestExponent, LargestExponent);
        _bySign = !c.IsLog;
        _isMeantPositive = FormulaShape.IsWrittenWithMinus(problem.FreeFormula, c.Name);
    }

    public static SearchRange Of(FitProblem problem, int index) => new(problem, index);

    /// <summary>Whether it lies around a size that follows from the other coefficients, which are to be filled first.</summary>
    public bool ReadsOthers => _size is not null;

    /// <param name="fraction">From 0 up to 1, from one end to the other.</param>
    /// <param name="either">Whether the sign that the formula does not mean is tried as well.</param>
    /// <param name="x">All coordinates; its own is filled.</param>
    public void Fill(double fraction, bool either, Span<double> x)
    {
        Coordinate c = _problem.Coordinates[_index];
        double sign = c.Factor;
        if (_bySign)
        {
            bool both = c.Low < 0 && c.High > 0 && (either || !_isMeantPositive);
            sign = c.High <= 0 || (both && fraction < 0.5) ? -1 : 1;
            fraction = both ? (2 * fraction) % 1 : fraction;
        }
        double value = _low + (fraction * (_high - _low));
        if (_size is not null)
        {
            Span<double> coefficients = stackalloc double[x.Length];
            for (int i = 0; i < x.Length; i++)
            {
                coefficients[i] = _problem.Coordinates[i].Coefficient(x[i]);
            }
            value = Math.Pow(10, value) * _size.At(coefficients);
        }
        x[_index] = _problem.Free[_index].Hint is null ? c.Value(sign * value) : Math.Clamp(value, c.Low, c.High);
    }

    private static (double Low, double High) Around(double hint, Coordinate c, Expression formula)
    {
        if (c.IsLog)
        {
            double decades = Decades * Math.Log(10);
            return (c.Value(hint) - decades, c.Value(hint) + decades);
        }
        // A hint of zero says nothing of the size.
        double width =
            FormulaShape.IsExponent(formula, c.Name) ? 0.05 + (2 * Math.Abs(hint))
            : hint == 0 ? 3
            : 3 * Math.Abs(hint);
        return (Math.Max(c.Low, hint - width), Math.Min(c.High, hint + width));
    }
}
