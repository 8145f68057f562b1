using System.Numerics.Tensors;
using MathNet.Numerics.LinearAlgebra;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Fitting.Certainty;

/// <summary>
/// What the curvature of the objective at a minimum says: standard errors, the condition of the problem, and the directions that
/// the data leave open. Covariances are those of M-estimators (Huber 1967): V = A⁻¹BA⁻¹ with A = Σ w·E[ψ']·JJᵀ and
/// B = Σ (Σ wψJ)(Σ wψJ)ᵀ, the inner sum over the rows of a cluster, or one row: neither equal variances nor normal residuals
/// are needed, nor independence within a cluster.
/// </summary>
internal sealed class Curvature
{
    private const double NearlyOne = 0.99;

    // Of the largest part that a coefficient has in an open direction. One with less hardly moves along it, as far as that stays open.
    private const double PartOfDirection = 0.1;

    private readonly Search _search;

    private Curvature(
        Search search,
        int[] ranAway,
        double[,] covariance,
        double? condition,
        IReadOnlyList<OpenDirection> openDirections,
        bool isSingular,
        double riseUnit,
        double[]? inflation = null
    )
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

    /// <summary>Each once.</summary>
    public IReadOnlyList<OpenDirection> OpenDirections { get; }

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

    /// <summary>
    /// For each coordinate how much further the objective may rise than where all rows scatter alike: by the ratio of
    /// its variance V to that under equal scatter, 2·<see cref="RiseUnit"/>·A⁻¹ (Royall 1986), where that is above 1.
    /// Rows may differ in E[ψ²] and in E[ψ'] both, and the larger variance counts, whether or not the difference may be
    /// chance, since V is uncertain itself (Angrist and Pischke 2009, section 8.1). For least squares that of
    /// <see cref="UnequalSpread"/>.
    /// </summary>
    public double[] Inflation { get; }

    /// <summary><see cref="RiseUnit"/> of the scaled objective, a mean where it is one.</summary>
    public double ScaledRise =>
        RiseUnit * _search.Problem.Scale / (_search.Problem.Objective.Reduce == Reduction.Mean ? _search.Problem.Rows.WeightSum : 1);

    /// <param name="search">At a minimum.</param>
    /// <param name="clusters">For each row the cluster that it belongs to, numbered from 0: errors within one may depend on each
    /// other.</param>
    public static Curvature At(Search search, int[] clusters)
    {
        FitProblem problem = search.Problem;
        ObjectiveEvaluation objective = new(problem);
        search.Coordinates.CopyTo(objective.Coordinates, 0);
        objective.Linearise(search.X);
        int[] free = [.. search.FreeOfBounds.Where(i => HasEffect(objective, search.Coordinates[i], search.X![i]))];
        // At a bound that nobody set, and still wanted further: another coefficient makes up for it.
        string[] atTheEnd =
        [
            .. Enumerable
                .Range(0, objective.Size)
                .Where(i => search.Coordinates[i].IsEndOfSearch(search.X![i]) && HasEffect(objective, search.Coordinates[i], search.X[i]))
                .Select(i => search.Coordinates[i].Name),
        ];
        ScoreSums sums = new(
            problem,
            [.. free.Select(i => objective.Derivatives(i).ToArray())],
            [.. free.Select(i => problem.RidgeCurvature(i, search.Coordinates[i], search.X![i]))],
            clusters,
            objective.Residuals.ToArray()
        );
        return Of(search, free, atTheEnd, sums, clusters.Max() + 1);
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

    private static Curvature Of(Search search, int[] seen, string[] atTheEnd, ScoreSums sums, int groups)
    {
        int p = seen.Length;
        int n = search.Problem.Rows.Count;
        double freedom = (double)n / Math.Max(1, n - p);
        double riseUnit = sums.Slopes > 0 ? freedom * sums.PsiSquares / (2 * sums.Slopes) : 0;
        string[] names = [.. seen.Select(i => search.Coordinates[i].Name)];
        int[] ranAway = [.. search.FreeOfBounds.Except(seen).Where(i => search.Coordinates[i].IsLog)];
        int[] idle = [.. search.FreeOfBounds.Except(seen).Except(ranAway)];
        List<OpenDirection> open =
        [
            .. idle.Select(i => new OpenDirection.NoEffect(search.Coordinates[i].Name)),
            .. atTheEnd.Select(name => new OpenDirection.RanToTheEnd(name)),
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
        UnitSpectrum spectrum = new(sums.Curved);
        bool[][] lost = [.. spectrum.Lost.Select(PartsOf)];
        bool[] isLost = [.. Enumerable.Range(0, p).Select(i => lost.Any(parts => parts[i]))];
        open.AddRange(lost.Select(parts => new OpenDirection.ChangeTogether([.. names.Where((_, i) => parts[i])])));
        bool singular = open.Count > 0;
        (Matrix<double> v, Matrix<double> aInverse) = Sandwich(search.Problem, sums, spectrum.Inverse, groups);
        double[]? ofSquares = IsLeastSquares(search.Problem) ? UnequalSpread.Inflation(aInverse, sums.Jacobian, sums.Psi) : null;
        double[] inflation = [.. Enumerable.Repeat(1.0, search.X.Length)];
        for (int i = 0; i < p; i++)
        {
            double equal = 2 * riseUnit * aInverse[i, i];
            inflation[seen[i]] = ofSquares?[i] ?? (v[i, i] > equal && equal > 0 ? v[i, i] / equal : 1);
            for (int j = 0; j < p; j++)
            {
                covariance[seen[i], seen[j]] = isLost[i] || isLost[j] ? double.NaN : v[i, j];
            }
        }
        int[] told = [.. Enumerable.Range(0, p).Where(i => !isLost[i])];
        open.AddRange(
            TradeOffs(
                [.. told.Select(i => names[i])],
                Matrix<double>.Build.Dense(told.Length, told.Length, (i, j) => spectrum.Inverse[told[i], told[j]])
            )
        );
        return new Curvature(search, ranAway, covariance, singular ? null : spectrum.Condition, open, singular, riseUnit, inflation);
    }

    /// <summary>For each coordinate whether it has a part in a direction.</summary>
    private static bool[] PartsOf(Vector<double> direction)
    {
        double most = direction.AbsoluteMaximum();
        return [.. direction.Select(d => Math.Abs(d) > PartOfDirection * most)];
    }

    private static bool IsLeastSquares(FitProblem problem) => double.IsPositiveInfinity(problem.Objective.Shape(problem.FinestDelta).Delta);

    /// <summary>
    /// V = A⁻¹BA⁻¹, and the A⁻¹ in it. Least squares keep the residuals as they are, with n/(n − p) (HC1), as most software has it.
    /// </summary>
    private static (Matrix<double> Variance, Matrix<double> Inverse) Sandwich(
        FitProblem problem,
        ScoreSums sums,
        Matrix<double> inverse,
        int groups
    )
    {
        int n = problem.Rows.Count;
        int left = Math.Max(1, n - inverse.RowCount);
        if (!IsLeastSquares(problem))
        {
            ScoreSums alone = sums.HalfWithoutItself(inverse);
            // In a few rows of which most lie outside the band nothing may be left to invert.
            if (
                Enumerable.Range(0, inverse.RowCount).All(i => alone.Curved[i, i] > 0)
                && new UnitSpectrum(alone.Curved) is { Lost.Count: 0 } spectrum
            )
            {
                (sums, inverse) = (alone, spectrum.Inverse);
            }
        }
        // For clusters as many software packages have it (CR1).
        double correction =
            groups < n ? (double)groups / Math.Max(1, groups - 1) * (n - 1) / left
            : IsLeastSquares(problem) ? (double)n / left
            : 1;
        return (inverse * (sums.Squared * correction) * inverse, inverse);
    }

    /// <summary>Whether a coefficient that changes by as much as it is changes any prediction by more than a billionth.</summary>
    private static bool HasEffect(ObjectiveEvaluation objective, Coordinate c, double value)
    {
        double most = Math.Abs(TensorPrimitives.MaxMagnitude(objective.Derivatives(Array.IndexOf(objective.Coordinates, c))));
        double size = objective.Problem.Objective.IsLog ? 1 : Math.Abs(TensorPrimitives.MaxMagnitude(objective.Rows.Targets));
        return most * (c.IsLog ? 1 : Math.Max(Math.Abs(value), 1e-3)) > 1e-9 * size;
    }

    /// <summary>Pairs whose changes nearly make up for each other, each coefficient with its nearest.</summary>
    private static IEnumerable<OpenDirection> TradeOffs(string[] names, Matrix<double> covariance)
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
        HashSet<int> told = [];
        return pairs
            .OrderByDescending(p => Math.Abs(p.Correlation))
            .Where(p => told.Add(p.I) | told.Add(p.J))
            .Select(p => new OpenDirection.TradeOff(names[p.I], names[p.J], p.Correlation));
    }
}
