using MathNet.Numerics.LinearAlgebra;

namespace MoeScale.Laws.Fitting.Certainty;

/// <summary>
/// Whether the rows on which a coefficient rests scatter more than the others. Intervals from profiles measure a rise
/// of the objective, which takes all rows to scatter alike; where they do not, the objective may rise further, by the
/// ratio of both variances (Royall 1986). For least squares, so that the intervals are those of textbooks unless the
/// rows contradict them.
/// </summary>
internal static class UnequalSpread
{
    // In standard errors of the difference under equal spread. Less is mostly chance, and would make each other interval too wide.
    private const double BeyondChance = 2;

    /// <summary>
    /// For each coordinate Σ (uψ)² / (mean ψ²·Σ u²), with u = A⁻¹J the influence of a row; 1 where that is less, or may be chance.
    /// </summary>
    /// <param name="inverse">A⁻¹, coordinates × coordinates.</param>
    /// <param name="jacobian">For each coordinate the derivatives of the rows' residuals.</param>
    /// <param name="psi">For each row its score.</param>
    public static double[] Inflation(Matrix<double> inverse, double[][] jacobian, double[] psi)
    {
        int n = psi.Length;
        double[] squares = [.. psi.Select(p => p * p)];
        double mean = squares.Average();
        double variance = squares.Sum(s => (s - mean) * (s - mean)) / n;
        double[] inflation = new double[jacobian.Length];
        for (int i = 0; i < inflation.Length; i++)
        {
            double[] influence =
            [
                .. Enumerable
                    .Range(0, n)
                    .Select(row => Square(Enumerable.Range(0, jacobian.Length).Sum(k => inverse[i, k] * jacobian[k][row]))),
            ];
            double total = influence.Sum();
            double excess = influence.Zip(squares, (u, s) => u * (s - mean)).Sum();
            double error = Math.Sqrt(variance * influence.Sum(u => Square(u - (total / n))));
            inflation[i] = excess > BeyondChance * error && total > 0 && mean > 0 ? 1 + (excess / (mean * total)) : 1;
        }
        return inflation;
    }

    private static double Square(double x) => x * x;
}
