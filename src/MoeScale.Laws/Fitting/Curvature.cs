using System.Globalization;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace MoeScale.Laws.Fitting;

/// <summary>
/// What the curvature of the objective at a minimum says: standard errors, the condition of the problem, and the directions that
/// the data leave open. Covariances are those of M-estimators (Huber 1967): V = A⁻¹BA⁻¹ with A = Σ w·E[ψ']·JJᵀ and
/// B = n/(n − p)·Σ w²ψ²·JJᵀ, which need neither equal variances nor normal residuals.
/// </summary>
internal sealed class Curvature
{
    // Of the curvature with unit diagonal: below this, rounding decides.
    private const double SmallestEigenvalue = 1e-13;
    private const double NearlyOne = 0.99;
    private const double PartOfDirection = 0.15;

    public static double Factor = 2;
    private readonly Search _search;

    private Curvature(Search search, double[,] covariance, double? condition, IReadOnlyList<string> openDirections, bool isSingular, double riseUnit)
    {
        _search = search;
        Covariance = covariance;
        Condition = condition;
        OpenDirections = openDirections;
        IsSingular = isSingular;
        RiseUnit = riseUnit;
    }

    /// <summary>Of the coordinates; zero where one rests at a bound.</summary>
    public double[,] Covariance { get; }

    /// <summary>Largest over smallest eigenvalue of the curvature with unit diagonal; null where it is singular.</summary>
    public double? Condition { get; }

    /// <summary>"a and α trade off: correlation 0.999"</summary>
    public IReadOnlyList<string> OpenDirections { get; }

    /// <summary>Whether some coefficients can change together without any change of the predictions.</summary>
    public bool IsSingular { get; }

    /// <summary>
    /// What the objective, unscaled, rises by at one standard error: E[ψ²]/(2·E[ψ']), half the unit in which the rise of an M-estimator's
    /// objective is distributed as χ² (Schrader and Hettmansperger 1980). For least squares it is the variance s² of the residuals.
    /// </summary>
    public double RiseUnit { get; }

    public static Curvature At(Search search)
    {
        FitProblem problem = search.Problem;
        ObjectiveEvaluation objective = new(problem);
        search.Coordinates.CopyTo(objective.Coordinates, 0);
        objective.Linearise(search.X);
        int[] free = search.FreeOfBounds;
        int n = problem.Rows.Count;
        double[] residuals = objective.Residuals.ToArray();
        (double delta, double factor) = problem.Objective.Shape(Fitter.Workspace.FinestCorner(problem.Objective));
        double band = Band(residuals, delta);
        double slope = double.IsPositiveInfinity(delta) ? 1 : delta / band;
        Matrix<double> a = Matrix<double>.Build.Dense(free.Length, free.Length);
        Matrix<double> b = Matrix<double>.Build.Dense(free.Length, free.Length);
        double[][] jacobian = [.. free.Select(i => objective.Derivatives(i).ToArray())];
        double correction = (double)n / Math.Max(1, n - free.Length);
        double psiSquares = 0, slopes = 0;
        for (int row = 0; row < n; row++)
        {
            double w = problem.Rows.Weights[row];
            double psi = factor * w * Math.Clamp(residuals[row], -delta, delta);
            psiSquares += psi * psi;
            slopes += Math.Abs(residuals[row]) <= band ? factor * slope * w : 0;
        }
        for (int i = 0; i < free.Length; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sumA = 0, sumB = 0;
                for (int row = 0; row < n; row++)
                {
                    double w = problem.Rows.Weights[row];
                    double psi = Math.Clamp(residuals[row], -delta, delta);
                    double product = jacobian[i][row] * jacobian[j][row];
                    sumA += Math.Abs(residuals[row]) <= band ? w * product : 0;
                    sumB += w * w * psi * psi * product;
                }
                a[i, j] = a[j, i] = factor * slope * sumA;
                b[i, j] = b[j, i] = factor * factor * correction * sumB;
            }
        }
        for (int i = 0; i < free.Length; i++)
        {
            a[i, i] += problem.RidgeCurvature(free[i], search);
        }
        return Of(search, a, b, slopes > 0 ? correction * psiSquares / (2 * slopes) : 0);
    }

    /// <summary>The covariance of all coefficients of the form, which move as the free ones do.</summary>
    public double[,] OfCoefficients()
    {
        FitProblem problem = _search.Problem;
        int n = problem.Form.Coefficients.Count;
        double[] coefficients = _search.Coefficients;
        int[] place = new int[n];
        double[] slopes = new double[n];
        for (int i = 0; i < n; i++)
        {
            place[i] = problem.PlaceOf(problem.Form.Coefficients[i]);
            slopes[i] = place[i] < 0 ? 0 : _search.Coordinates[place[i]].Slope(coefficients[i]);
        }
        double[,] covariance = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                covariance[i, j] = place[i] < 0 || place[j] < 0 ? 0 : slopes[i] * slopes[j] * Covariance[place[i], place[j]];
            }
        }
        return covariance;
    }

    private static Curvature Of(Search search, Matrix<double> a, Matrix<double> b, double riseUnit)
    {
        int[] free = search.FreeOfBounds;
        int p = free.Length;
        string[] names = [.. free.Select(i => search.Coordinates[i].Name)];
        List<string> open = [];
        double[,] covariance = new double[search.X!.Length, search.X.Length];
        if (p == 0)
        {
            return new Curvature(search, covariance, 1, open, isSingular: false, riseUnit);
        }
        Vector<double> scale = a.Diagonal().Map(d => d > 0 ? 1 / Math.Sqrt(d) : 0);
        open.AddRange(names.Where((_, i) => scale[i] == 0).Select(name => $"{name} has no effect on the predictions"));
        Matrix<double> scaled = Matrix<double>.Build.Dense(p, p, (i, j) => i == j ? 1 : a[i, j] * scale[i] * scale[j]);
        Evd<double> eigen = scaled.Evd(Symmetricity.Symmetric);
        double largest = eigen.EigenValues.Max(v => v.Real);
        bool singular = open.Count > 0;
        for (int k = 0; k < p; k++)
        {
            if (eigen.EigenValues[k].Real <= SmallestEigenvalue * largest)
            {
                singular = true;
                Vector<double> direction = eigen.EigenVectors.Column(k);
                double most = direction.AbsoluteMaximum();
                open.Add($"{Listed(names.Where((_, i) => Math.Abs(direction[i]) > PartOfDirection * most))} can change together without any change of the predictions");
            }
        }
        if (singular)
        {
            return new Curvature(search, Filled(search, double.NaN), null, open, isSingular: true, riseUnit);
        }
        Matrix<double> inverse = scaled.Cholesky().Solve(Matrix<double>.Build.DenseIdentity(p));
        Matrix<double> d = Matrix<double>.Build.DenseOfDiagonalVector(scale);
        Matrix<double> aInverse = d * inverse * d;
        Matrix<double> v = aInverse * b * aInverse;
        for (int i = 0; i < p; i++)
        {
            for (int j = 0; j < p; j++)
            {
                covariance[free[i], free[j]] = v[i, j];
            }
        }
        open.AddRange(TradeOffs(names, aInverse));
        return new Curvature(search, covariance, largest / eigen.EigenValues.Min(v => v.Real), open, isSingular: false, riseUnit);
    }

    /// <summary>Pairs whose changes nearly make up for each other, each coefficient with its nearest.</summary>
    private static IEnumerable<string> TradeOffs(string[] names, Matrix<double> covariance)
    {
        List<(double Correlation, int I, int J)> pairs = [];
        for (int i = 0; i < names.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                double correlation = covariance[i, j] / Math.Sqrt(covariance[i, i] * covariance[j, j]);
                if (Math.Abs(correlation) > NearlyOne)
                {
                    pairs.Add((correlation, j, i));
                }
            }
        }
        return pairs.OrderByDescending(p => Math.Abs(p.Correlation))
            .Select(p => string.Create(CultureInfo.InvariantCulture, $"{names[p.I]} and {names[p.J]} trade off: correlation {Truncated(p.Correlation)}"));
    }

    // 0.9996 must not be rounded to 1.
    private static string Truncated(double correlation)
    {
        int digits = Math.Clamp((int)Math.Ceiling(-Math.Log10(1 - Math.Abs(correlation))) + 1, 3, 12);
        double unit = Math.Pow(10, digits);
        return (Math.Truncate(correlation * unit) / unit).ToString(CultureInfo.InvariantCulture);
    }

    private static string Listed(IEnumerable<string> names)
    {
        string[] all = [.. names];
        return all.Length < 2 ? string.Concat(all) : $"{string.Join(", ", all[..^1])} and {all[^1]}";
    }

    private static double[,] Filled(Search search, double value)
    {
        int n = search.X!.Length;
        double[,] all = new double[n, n];
        foreach (int i in search.FreeOfBounds)
        {
            foreach (int j in search.FreeOfBounds)
            {
                all[i, j] = value;
            }
        }
        return all;
    }

    /// <summary>
    /// E[ψ'] of a row is the chance that its residual lies within ±δ. Where δ is a fraction of their spread, few rows do; then the
    /// rows within ±h count, with δ/h for each (Powell 1991), which lets the spread differ from row to row. h is a part of the spread
    /// that shrinks with the number of rows, as in kernel density estimates.
    /// </summary>
    private static double Band(double[] residuals, double delta)
    {
        double[] sizes = [.. residuals.Select(Math.Abs).Order()];
        // 1.4826 times the median of |r| is the standard deviation of normal residuals.
        double spread = 1.4826 * sizes[sizes.Length / 2];
        return Math.Max(delta, Factor * spread * Math.Pow(residuals.Length, -0.2));
    }
}
