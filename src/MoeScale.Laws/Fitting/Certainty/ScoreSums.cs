using MathNet.Numerics.LinearAlgebra;
using MoeScale.Laws.Fitting.Problem;

namespace MoeScale.Laws.Fitting.Certainty;

/// <summary>
/// The sums over rows that say how sure coefficients are: A = Σ w·E[ψ']·JJᵀ and Σ (Σ wψJ)(Σ wψJ)ᵀ, the inner sum over the rows of a
/// cluster.
/// </summary>
internal sealed class ScoreSums
{
    // Of the spread of residuals times n^(−1/5): two thirds of a standard deviation at 240 rows. Intervals from it cover as often
    // as they claim on drawn losses (docs/fitting.md).
    private const double BandFactor = 2;

    private readonly FitProblem _problem;
    private readonly double[][] _jacobian;
    private readonly double[] _ridge;
    private readonly int[] _clusters;
    private readonly double[] _residuals;

    /// <param name="problem">Weights and objective.</param>
    /// <param name="jacobian">For each coordinate the derivatives of the rows' residuals.</param>
    /// <param name="ridge">For each coordinate what a ridge adds to A.</param>
    /// <param name="clusters">For each row the cluster that it belongs to, numbered from 0.</param>
    /// <param name="residuals">One for each row.</param>
    public ScoreSums(FitProblem problem, double[][] jacobian, double[] ridge, int[] clusters, double[] residuals)
    {
        (_problem, _jacobian, _ridge, _clusters, _residuals) = (problem, jacobian, ridge, clusters, residuals);
        (double delta, double factor) = problem.Objective.Shape(problem.FinestDelta);
        double band = Band(residuals, delta);
        double slope = double.IsPositiveInfinity(delta) ? 1 : delta / band;
        int p = jacobian.Length;
        Psi = new double[residuals.Length];
        Curved = Matrix<double>.Build.Dense(p, p);
        double[,] scores = new double[clusters.Max() + 1, p];
        for (int row = 0; row < residuals.Length; row++)
        {
            double w = factor * problem.Rows.Weights[row];
            double psi = w * Math.Clamp(residuals[row], -delta, delta);
            double curved = Math.Abs(residuals[row]) <= band ? w * slope : 0;
            Psi[row] = psi;
            PsiSquares += psi * psi;
            Slopes += curved;
            for (int i = 0; i < p; i++)
            {
                scores[clusters[row], i] += psi * jacobian[i][row];
                for (int j = 0; j <= i && curved > 0; j++)
                {
                    Curved[i, j] += curved * jacobian[i][row] * jacobian[j][row];
                    Curved[j, i] = Curved[i, j];
                }
            }
        }
        for (int i = 0; i < p; i++)
        {
            Curved[i, i] += ridge[i];
        }
        Matrix<double> byCluster = Matrix<double>.Build.DenseOfArray(scores);
        Squared = byCluster.TransposeThisAndMultiply(byCluster);
    }

    /// <summary>For each coordinate the derivatives of the rows' residuals.</summary>
    public double[][] Jacobian => _jacobian;

    /// <summary>For each row wψ.</summary>
    public double[] Psi { get; }

    /// <summary>A, coordinates × coordinates.</summary>
    public Matrix<double> Curved { get; }

    /// <summary>Σ (Σ wψJ)(Σ wψJ)ᵀ.</summary>
    public Matrix<double> Squared { get; }

    /// <summary>Σ (wψ)².</summary>
    public double PsiSquares { get; }

    /// <summary>Σ w·E[ψ'].</summary>
    public double Slopes { get; }

    /// <summary>
    /// The same sums from residuals half way to those that each row would have in a fit without it. A fit bends towards a row on which much
    /// rests, so that the row seems to scatter less than it does, and in a fit without it more: half way is without bias where rows scatter
    /// alike (MacKinnon and White 1985, their HC2). Without it the fit is off by A⁻¹wψJ more, ψ at the residual sought, which solves
    /// r' = r + w·JᵀA⁻¹J·ψ(r').
    /// </summary>
    /// <param name="inverse">A⁻¹.</param>
    public ScoreSums HalfWithoutItself(Matrix<double> inverse)
    {
        (double delta, double factor) = _problem.Objective.Shape(_problem.FinestDelta);
        double[] residuals = new double[_residuals.Length];
        for (int row = 0; row < residuals.Length; row++)
        {
            Vector<double> j = Vector<double>.Build.Dense(_jacobian.Length, i => _jacobian[i][row]);
            double leverage = factor * _problem.Rows.Weights[row] * (inverse * j).DotProduct(j);
            double size = Math.Abs(_residuals[row]);
            // Inside ±δ, where ψ is the residual itself, or else outside, where it is δ.
            double inside = leverage < 1 ? size / (1 - leverage) : double.PositiveInfinity;
            double without = inside <= delta ? inside : size + (leverage * delta);
            residuals[row] = Math.CopySign(0.5 * (size + without), _residuals[row]);
        }
        return new ScoreSums(_problem, _jacobian, _ridge, _clusters, residuals);
    }

    /// <summary>
    /// E[ψ'] of a row is the chance that its residual lies within ±δ. Where δ is a fraction of their spread, few rows do; then the
    /// rows within ±h count, with δ/h for each (Powell 1991), which lets the spread differ from row to row. h is a part of the spread
    /// that shrinks with the number of rows, as in kernel density estimates.
    /// </summary>
    private static double Band(double[] residuals, double delta)
    {
        double[] sizes = [.. residuals.Select(Math.Abs).Order()];
        double spread = RobustSpread.DeviationOverMedian * sizes[sizes.Length / 2];
        return Math.Max(delta, BandFactor * spread * Math.Pow(residuals.Length, -0.2));
    }
}
