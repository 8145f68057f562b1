using MathNet.Numerics.LinearRegression;
using MoeScale.Formulas;
using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Fitting.IsoFlop;

/// <summary>optimum = coefficient · C^exponent, C in FLOPs, by least squares on logarithms.</summary>
/// <param name="Coefficient">The optimum at C = 1.</param>
/// <param name="Exponent">a of N, b of D.</param>
/// <param name="StandardError">Of the exponent; null with two budgets, whose line has no residuals.</param>
public sealed record AllocationLaw(double Coefficient, double Exponent, double? StandardError)
{
    /// <param name="logFlops">At least two that differ.</param>
    /// <param name="logOptima">One for each.</param>
    internal static AllocationLaw Through(double[] logFlops, double[] logOptima)
    {
        int n = logFlops.Length;
        double mean = logFlops.Average();
        double[] x = [.. logFlops.Select(v => v - mean)];
        (double middle, double slope) = SimpleRegression.Fit(x, logOptima);
        double squares = x.Zip(logOptima, (t, y) => y - middle - (slope * t)).Sum(r => r * r);
        return new AllocationLaw(Math.Exp(middle - (slope * mean)), slope, n > 2 ? Math.Sqrt(squares / (n - 2) / x.Sum(t => t * t)) : null);
    }
}

/// <summary>The exponents of the optimum under a budget C = 6·N·D, of a law L = m·N^−α + n·D^−β + c.</summary>
/// <param name="Size">a = β/(α + β): N_opt ∝ C^a.</param>
/// <param name="Tokens">b = α/(α + β): D_opt ∝ C^b.</param>
public sealed record AllocationExponents(double Size, double Tokens)
{
    /// <param name="fit">A fit of a law.</param>
    /// <param name="rows">Rows whose other letters, such as E, have one value each.</param>
    /// <param name="size">The letter of N.</param>
    /// <param name="tokens">The letter of D.</param>
    /// <returns>Null where the law has another form, or its optimum is at an end.</returns>
    internal static AllocationExponents? Of(Fit fit, FitRows rows, string size, string tokens)
    {
        Dictionary<string, double> known = fit.Coefficients.ToDictionary(c => c.Name, c => c.Value);
        foreach ((int i, string letter) in rows.Letters.Index())
        {
            if (letter != size && letter != tokens)
            {
                known[letter] = rows.Values[i][0];
            }
        }
        if (PowerSum.TryReduce(fit.Request.Form.Formula, known) is not IReadOnlyList<PowerTerm> terms)
        {
            return null;
        }
        PowerTerm[] rising = [.. terms.Where(t => t.Exponents.Count > 0 && t.Coefficient != 0)];
        if (rising.Length != 2 || rising.Any(t => t.Exponents.Count != 1 || t.Coefficient < 0))
        {
            return null;
        }
        double alpha = -rising.Sum(t => t.Exponent(size)),
            beta = -rising.Sum(t => t.Exponent(tokens));
        return rising.Count(t => t.Exponent(size) != 0) == 1 && alpha > 0 && beta > 0
            ? new AllocationExponents(beta / (alpha + beta), alpha / (alpha + beta))
            : null;
    }
}
