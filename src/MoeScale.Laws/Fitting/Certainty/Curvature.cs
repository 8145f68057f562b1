using System.Globalization;
using System.Numerics.Tensors;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace MoeScale.Laws.Fitting;

/// <summary>
/// What the curvature of the objective at a minimum says: standard errors, the condition of the problem, and the directions that
/// the data leave open. Covariances are those of M-estimators (Huber 1967): V = A⁻¹BA⁻¹ with A = Σ w·E[ψ']·JJᵀ and
/// B = n/(n − p)·Σ (Σ wψJ)(Σ wψJ)ᵀ, the inner sum over the rows of a cluster, or one row: neither equal variances nor normal residuals
/// are needed, nor independence within a cluster.
/// </summary>
internal sealed class Curvature
{
    // Of the curvature with unit diagonal: below this, rounding decides.
    private const double SmallestEigenvalue = 1e-13;
    private const double NearlyOne = 0.99;
    private const double PartOfDirection = 0.15;

    // Of the spread of residuals times n^(−1/5): two thirds of a standard deviation at 240 rows. Intervals from it cover as often
    // as they claim on drawn losses (docs/fitting.md).
    private const double BandFactor = 2;

    private readonly Search _search;

    private Curvature(Search search, int[] ranAway, double[,] covariance, double? condition, IReadOnlyList<string> openDirections, bool isSingular, double riseUnit, double[]? inflation = null)
    {
        _search = search;
        Covariance = covariance;
        Condition = condition;
        OpenDirections = [.. openDirections.Distinct()];
        IsSingular = isSingular;
        RanAway = ranAway;
        RiseUnit = riseUnit;
        Inflation = inflation ?? [.. Enumerable.Repeat(1.0, search.X!.Length)];
    }

    /// <summary>Of the coordinates; zero where one rests at a bound.</summary>
    public double[,] Covariance { get; }

    /// <summary>Largest over smallest eigenvalue of the curvature with unit diagonal; null where it is singular.</summary>
    public double? Condition { get; }

    /// <summary>"a and α trade off: correlation 0.999"</summary>
    public IReadOnlyList<string> OpenDirections { get; }

    /// <summary>
    /// Coordinates that are logarithms and went so far that they no longer have an effect: their coefficients are zero, or without bound,
    /// as far as the runs tell.
    /// </summary>
    public int[] RanAway { get; }

    /// <summary>Whether some coefficients can change together without any change of the predictions.</summary>
    public bool IsSingular { get; }

    /// <summary>
    /// What the objective, unscaled, rises by at one standard error: E[ψ²]/(2·E[ψ']), half the unit in which the rise of an M-estimator's
    /// objective is distributed as χ² (Schrader and Hettmansperger 1980). For least squares it is the variance s² of the residuals.
    /// </summary>
    public double RiseUnit { get; }

    /// <summary>For each coordinate how much further the objective may rise than where all rows scatter alike; <see cref="UnequalSpread"/>.</summary>
    public double[] Inflation { get; }

    /// <summary><see cref="RiseUnit"/> of the scaled objective, a mean where it is one.</summary>
    public double ScaledRise => RiseUnit * _search.Problem.Scale / (_search.Problem.Objective.Reduce == Reduction.Mean ? _search.Problem.Rows.WeightSum : 1);

    /// <param name="search">At a minimum.</param>
    /// <param name="clusters">For each row the cluster that it belongs to, numbered from 0: errors within one may depend on each other.</param>
    public static Curvature At(Search search, int[] clusters)
    {
        FitProblem problem = search.Problem;
        ObjectiveEvaluation objective = new(problem);
        search.Coordinates.CopyTo(objective.Coordinates, 0);
        objective.Linearise(search.X);
        int n = problem.Rows.Count;
        int[] free = [.. search.FreeOfBounds.Where(i => HasEffect(objective, search.Coordinates[i], search.X![i]))];
        // At a bound that nobody set, and still wanted further: another coefficient makes up for it.
        string[] atTheEnd = [.. Enumerable.Range(0, objective.Size)
            .Where(i => search.Coordinates[i].IsEndOfSearch(search.X![i]) && HasEffect(objective, search.Coordinates[i], search.X[i]))
            .Select(i => search.Coordinates[i].Name)];
        double[] residuals = objective.Residuals.ToArray();
        (double delta, double factor) = problem.Objective.Shape(problem.FinestDelta);
        double band = Band(residuals, delta);
        double slope = double.IsPositiveInfinity(delta) ? 1 : delta / band;
        Matrix<double> a = Matrix<double>.Build.Dense(free.Length, free.Length);
        double[][] jacobian = [.. free.Select(i => objective.Derivatives(i).ToArray())];
        int groups = clusters.Max() + 1;
        // For rows of their own n/(n − p) (HC1); for clusters as many software packages have it (CR1).
        double freedom = (double)n / Math.Max(1, n - free.Length);
        double correction = groups == n ? freedom : (double)groups / Math.Max(1, groups - 1) * (n - 1) / Math.Max(1, n - free.Length);
        double psiSquares = 0, slopes = 0;
        double[] psis = new double[n];
        double[,] scores = new double[groups, free.Length];
        for (int row = 0; row < n; row++)
        {
            double w = factor * problem.Rows.Weights[row];
            double psi = w * Math.Clamp(residuals[row], -delta, delta);
            double curved = Math.Abs(residuals[row]) <= band ? w * slope : 0;
            psis[row] = psi;
            psiSquares += psi * psi;
            slopes += curved;
            for (int i = 0; i < free.Length; i++)
            {
                scores[clusters[row], i] += psi * jacobian[i][row];
                for (int j = 0; j <= i && curved > 0; j++)
                {
                    a[i, j] += curved * jacobian[i][row] * jacobian[j][row];
                    a[j, i] = a[i, j];
                }
            }
        }
        Matrix<double> byCluster = Matrix<double>.Build.DenseOfArray(scores);
        Matrix<double> b = byCluster.TransposeThisAndMultiply(byCluster) * correction;
        for (int i = 0; i < free.Length; i++)
        {
            a[i, i] += problem.RidgeCurvature(free[i], search);
        }
        return Of(search, free, atTheEnd, a, b, slopes > 0 ? freedom * psiSquares / (2 * slopes) : 0, jacobian, psis);
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

    private static Curvature Of(Search search, int[] seen, string[] atTheEnd, Matrix<double> a, Matrix<double> b, double riseUnit, double[][] jacobian, double[] psi)
    {
        int p = seen.Length;
        string[] names = [.. seen.Select(i => search.Coordinates[i].Name)];
        int[] ranAway = [.. search.FreeOfBounds.Except(seen).Where(i => search.Coordinates[i].IsLog)];
        int[] idle = [.. search.FreeOfBounds.Except(seen).Except(ranAway)];
        List<string> open =
        [
            .. idle.Select(i => $"{search.Coordinates[i].Name} has no effect on the predictions"),
            .. atTheEnd.Select(name => $"{name} ran to the end of what is searched while another coefficient made up for it: these runs do not tell them apart"),
        ];
        double[,] covariance = new double[search.X!.Length, search.X.Length];
        foreach (int i in idle)
        {
            covariance[i, i] = double.NaN;
        }
        if (p == 0)
        {
            return new Curvature(search, ranAway, covariance, open.Count > 0 ? null : 1, open, open.Count > 0, riseUnit);
        }
        Vector<double> scale = a.Diagonal().Map(d => 1 / Math.Sqrt(d));
        Evd<double> eigen = Matrix<double>.Build.Dense(p, p, (i, j) => i == j ? 1 : a[i, j] * scale[i] * scale[j]).Evd(Symmetricity.Symmetric);
        double[] values = [.. eigen.EigenValues.Select(v => v.Real)];
        double largest = values.Max();
        Matrix<double> inverse = Matrix<double>.Build.Dense(p, p);
        bool[] isLost = new bool[p];
        for (int k = 0; k < p; k++)
        {
            Vector<double> direction = eigen.EigenVectors.Column(k);
            if (values[k] > SmallestEigenvalue * largest)
            {
                inverse += direction.OuterProduct(direction) / values[k];
                continue;
            }
            double most = direction.AbsoluteMaximum();
            for (int i = 0; i < p; i++)
            {
                isLost[i] |= Math.Abs(direction[i]) > PartOfDirection * most;
            }
            open.Add($"{Listed(names.Where((_, i) => Math.Abs(direction[i]) > PartOfDirection * most))} can change together without any change of the predictions");
        }
        bool singular = open.Count > 0;
        Matrix<double> d = Matrix<double>.Build.DenseOfDiagonalVector(scale);
        Matrix<double> aInverse = d * inverse * d;
        Matrix<double> v = aInverse * b * aInverse;
        double[] ofSeen = UnequalSpread.Inflation(aInverse, jacobian, psi);
        double[] inflation = [.. Enumerable.Repeat(1.0, search.X.Length)];
        for (int i = 0; i < p; i++)
        {
            inflation[seen[i]] = ofSeen[i];
            for (int j = 0; j < p; j++)
            {
                covariance[seen[i], seen[j]] = isLost[i] || isLost[j] ? double.NaN : v[i, j];
            }
        }
        int[] told = [.. Enumerable.Range(0, p).Where(i => !isLost[i])];
        open.AddRange(TradeOffs([.. told.Select(i => names[i])], Matrix<double>.Build.Dense(told.Length, told.Length, (i, j) => aInverse[told[i], told[j]])));
        return new Curvature(search, ranAway, covariance, singular ? null : largest / values.Min(), open, singular, riseUnit, inflation);
    }

    /// <summary>Whether a coefficient that changes by as much as it is changes any prediction by more than a billionth.</summary>
    private static bool HasEffect(ObjectiveEvaluation objective, Coordinate c, double value)
    {
        double most = Math.Abs(TensorPrimitives.MaxMagnitude(objective.Derivatives(Array.IndexOf(objective.Coordinates, c))));
        double size = objective.Problem.Objective.IsLog ? 1 : Math.Abs(TensorPrimitives.MaxMagnitude(objective.Rows.Targets));
        return most * (c.IsLog ? 1 : Math.Max(Math.Abs(value), 1e-3)) > 1e-9 * size;
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
        return Math.Max(delta, BandFactor * spread * Math.Pow(residuals.Length, -0.2));
    }
}
