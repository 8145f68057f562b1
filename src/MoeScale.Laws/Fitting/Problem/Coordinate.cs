using MoeScale.Formulas;

namespace MoeScale.Laws.Fitting.Problem;

/// <summary>
/// What the search moves for one free coefficient: the coefficient itself, or the logarithm of its size where the formula
/// multiplies with it and its sign is known. So A·N^−α is nearly linear in (ln A, α), and a scale may change by decades.
/// </summary>
/// <param name="Name">The coefficient.</param>
/// <param name="IsLog">Whether the coordinate is ln|coefficient|.</param>
/// <param name="Factor">The sign of the coefficient where the coordinate is a logarithm, else 1.</param>
/// <param name="Low">Least value of the coordinate.</param>
/// <param name="High">Largest value of the coordinate.</param>
internal sealed record Coordinate(string Name, bool IsLog, double Factor, double Low, double High)
{
    /// <summary>What the coordinate becomes once the sign of the coefficient is known; null where it stays as it is.</summary>
    public (Coordinate Positive, Coordinate Negative)? BySign { get; private init; }

    // exp of more overflows together with any other factor.
    private const double LargestLog = 300;

    /// <param name="c">The coefficient.</param>
    /// <param name="formula">The formula over letters and free coefficients.</param>
    /// <param name="mustBePositive">Whether the formula has no value where it is negative.</param>
    /// <param name="isLinear">Whether least squares starts it, which then tells its sign.</param>
    public static Coordinate Of(OpenCoefficient c, Expression formula, bool mustBePositive, bool isLinear)
    {
        double low = Math.Max(c.Low ?? double.NegativeInfinity, c.Sign == Sign.Positive || mustBePositive ? 0 : double.NegativeInfinity);
        double high = Math.Min(c.High ?? double.PositiveInfinity, c.Sign == Sign.Negative ? 0 : double.PositiveInfinity);
        bool oneSign = low >= 0 || high <= 0;
        if (FormulaShape.IsExponent(formula, c.Name) || FormulaShape.IsOffset(formula, c.Name))
        {
            return new Coordinate(c.Name, false, 1, low, high);
        }
        if (!oneSign)
        {
            return new Coordinate(c.Name, false, 1, low, high)
            {
                BySign =
                    isLinear && c is { Low: null, High: null }
                        ? (
                            new Coordinate(c.Name, true, 1, -LargestLog, LargestLog),
                            new Coordinate(c.Name, true, -1, -LargestLog, LargestLog)
                        )
                        : null,
            };
        }
        (double smallest, double largest) = low >= 0 ? (low, high) : (-high, -low);
        return new Coordinate(
            c.Name,
            true,
            low >= 0 ? 1 : -1,
            Math.Max(-LargestLog, Math.Log(smallest)),
            Math.Min(LargestLog, Math.Log(largest))
        );
    }

    /// <summary>
    /// Whether a value of the coordinate is an end of the search rather than a bound that somebody set: zero or infinity, for a scale.
    /// </summary>
    public bool IsEndOfSearch(double value) => double.IsInfinity(value) || (IsLog && Math.Abs(value) >= LargestLog);

    /// <summary>The coefficient at a value of the coordinate.</summary>
    public double Coefficient(double value) => IsLog ? Factor * Math.Exp(value) : value;

    /// <summary>The coordinate of a coefficient, moved inside the bounds.</summary>
    /// <param name="coefficient">Of any sign; a logarithmic coordinate of 0 is its lower end.</param>
    public double Value(double coefficient) =>
        Math.Clamp(
            !IsLog ? coefficient
                : coefficient * Factor > 0 ? Math.Log(coefficient * Factor)
                : double.NegativeInfinity,
            Low,
            High
        );

    /// <summary>d coefficient / d coordinate.</summary>
    public double Slope(double coefficient) => IsLog ? coefficient : 1;
}
