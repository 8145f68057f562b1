using System.Globalization;
using MoeScale.Formulas;
using MoeScale.Laws.Fitting.Certainty;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Fitting;

/// <summary>What a user must know before trusting a fit, in sentences without full stop.</summary>
internal static class FitWarnings
{
    // Of the spread of a variable's logarithm; above this, two variables are one for the fit.
    private const double Collinear = 0.98;

    // Of the largest run: no study of language models is that small.
    private const double FewestParameters = 1e4;

    public static IReadOnlyList<string> Of(Fit fit, Search search, Profile? profile)
    {
        List<string> warnings = [];
        AboutTheSearch(fit, search, warnings);
        if (profile is { Uncertain: > 0 })
        {
            bool one = profile.Uncertain == 1;
            warnings.Add(
                $"{(one ? "one end of an interval" : $"{profile.Uncertain} ends of intervals")} could not be found, since descents beside {(one ? "it" : "them")} reached no minimum; {(one ? "it is" : "they are")} left open"
            );
        }
        AboutTheData(fit, warnings);
        AboutCoefficients(fit, search, warnings);
        AboutTheOptimum(fit, warnings);
        AboutOutliers(fit, warnings);
        AboutTrunks(fit, search, warnings);
        return warnings;
    }

    private static void AboutTheSearch(Fit fit, Search search, List<string> warnings)
    {
        if (!search.Finished)
        {
            warnings.Add("the fit was interrupted: these are the best coefficients so far, not the best");
        }
        if (fit.Status == FitStatus.NotAtMinimum)
        {
            warnings.Add(
                HasCorners(fit.Request.Form.Formula)
                    ? "the lowest point found cannot be proved a minimum: a coefficient may run away until rounding decides, or it lies on a corner of the formula's min, max or abs; hold such a coefficient with --fix"
                    : "the lowest point found is no minimum: the objective still falls there, or rounding decides it, mostly because a coefficient runs away; bound it, hold it with --fix, or give more varied runs"
            );
        }
        if (fit.IsDoubtful)
        {
            string tried = $"{fit.Starts.Tried.ToString("#,0", CultureInfo.InvariantCulture)} starting points led to this optimum";
            string some = fit.Starts.Agreeing == 1 ? "one" : fit.Starts.Agreeing.ToString("#,0", CultureInfo.InvariantCulture);
            warnings.Add(
                fit.Starts.Agreeing == 0
                    ? $"none of {tried} by itself; it was met beside other ends, so a lower one may still be missed; --starts tries more"
                    : $"only {some} of {tried}, so a lower one may have been missed; --starts tries more"
            );
        }
        if (2 * search.Stuck > search.Tried)
        {
            warnings.Add(
                $"{search.Stuck} of {search.Tried} starting points never moved: the formula has no value there, or does not depend on its coefficients"
            );
        }
        if (fit.Bootstrap is BootstrapCounts made && made.Draws < fit.Request.Bootstrap)
        {
            warnings.Add($"the bootstrap was interrupted: {made.Draws} of {fit.Request.Bootstrap} refits were made");
        }
        if (fit.Bootstrap is BootstrapCounts { Failed: > 0 } b)
        {
            warnings.Add(
                $"{b.Failed} of {b.Draws} bootstrap refits reached no minimum{(fit.Status == FitStatus.RefitsFailed ? ", so the others are no fair sample and intervals come from standard errors" : " and are not in the sample")}"
            );
        }
        if (fit.Clusters is < 10)
        {
            warnings.Add($"there are {fit.Clusters} clusters only, too few for standard errors and intervals to be trusted");
        }
        if (fit.Bootstrap is BootstrapCounts { Draws: < 100 })
        {
            warnings.Add($"{fit.Bootstrap.Draws} bootstrap refits are too few for percentiles; 1,000 are usual");
        }
    }

    private static void AboutTheData(Fit fit, List<string> warnings)
    {
        if (fit.Request.Form.Law is Law law)
        {
            warnings.AddRange(ModelsOfRows.Warnings(law, fit.Rows));
        }
        IReadOnlyList<double[]> values = fit.Rows.Values;
        IReadOnlyList<string> letters = fit.Rows.Letters;
        int repeated = Repeated(fit.Rows);
        if (repeated > 0)
        {
            warnings.Add(
                $"{repeated} of {fit.Rows.Count} rows repeat another one exactly; a run that counts twice makes intervals too narrow"
            );
        }
        for (int i = 0; i < letters.Count; i++)
        {
            if (values[i].All(v => v == values[i][0]))
            {
                warnings.Add(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{letters[i]} is {values[i][0]:G6} in all rows, so nothing is learnt of how the prediction depends on it"
                    )
                );
            }
            else if (letters[i] is "N" or "D" && values[i].Max() < FewestParameters)
            {
                warnings.Add(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{letters[i]} is at most {values[i].Max():G6} in these rows, which looks like millions or billions; a plan counts parameters and tokens one by one; if a column of the table is in billions, map it, such as --map {letters[i]}=COLUMN*1e9"
                    )
                );
            }
            else if (values[i].All(v => v > 0) && values[i].Max() < 1.02 * values[i].Min() && HardlyMoves(fit, i))
            {
                warnings.Add(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{letters[i]} differs by {100 * ((values[i].Max() / values[i].Min()) - 1):0.##} % only, so next to nothing is learnt of how the prediction depends on it"
                    )
                );
            }
            for (int j = 0; j < i; j++)
            {
                double correlation = Correlation(values[i], values[j]);
                if (Math.Abs(correlation) > Collinear)
                {
                    warnings.Add(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{letters[j]} and {letters[i]} rise and fall together (correlation of their logarithms {correlation:0.0000}), so their effects are told apart only by how little they differ in that; vary one at a fixed value of the other"
                        )
                    );
                }
            }
        }
    }

    private static void AboutCoefficients(Fit fit, Search search, List<string> warnings)
    {
        foreach (FitCoefficient c in fit.Coefficients.Where(c => c.IsFree))
        {
            bool isOffset = FormulaShape.IsOffset(search.Problem.FreeFormula, c.Name);
            int place = search.Problem.PlaceOf(fit.Request.Form.Coefficients.First(o => o.Name == c.Name));
            Coordinate coordinate = search.Coordinates[place];
            double x = search.X![place];
            // Set by a sign or a law file, and not the end of what is searched for scales.
            bool isSet =
                (x <= coordinate.Low && !coordinate.IsEndOfSearch(coordinate.Low))
                || (x >= coordinate.High && !coordinate.IsEndOfSearch(coordinate.High));
            bool isExponent = FormulaShape.IsExponent(search.Problem.FreeFormula, c.Name);
            if (c.AtBound && isOffset && c.Value == 0)
            {
                warnings.Add(
                    $"the floor {c.Name} is zero: unless there is none, the runs are too far from it to show where it lies, and extrapolations will be too low"
                );
            }
            else if (c.AtBound && isSet)
            {
                warnings.Add(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{(isExponent ? "the exponent " : "")}{c.Name} rests at its bound {c.Value:G6}: the best value lies beyond what its sign or the law file allows"
                    )
                );
            }
            else if (c.AtBound && !fit.OpenDirections.Any(d => d.StartsWith($"{c.Name} ran to the end", StringComparison.Ordinal)))
            {
                warnings.Add(
                    Math.Abs(c.Value) < 1
                        ? $"{c.Name} falls towards zero: what it multiplies is not needed to predict these runs, and coefficients that stand there alone have no effect"
                        : $"{c.Name} grows without end: these runs do not bound it"
                );
            }
        }
        foreach (
            FitCoefficient c in fit.Coefficients.Where(c =>
                c is { IsFree: true, AtBound: false, Low: not null, High: not null } && c.Low * c.High > 0
            )
        )
        {
            double ratio = Math.Max(c.High!.Value / c.Low!.Value, c.Low.Value / c.High.Value);
            // Trading off with an exponent is told anyway, and spreads a scale by decades.
            if (
                ratio > 1e3
                && !fit.OpenDirections.Any(d =>
                    d.StartsWith(c.Name + " and ", StringComparison.Ordinal) || d.Contains($" and {c.Name} ", StringComparison.Ordinal)
                )
            )
            {
                warnings.Add(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{c.Name} is hardly determined: its interval spans a factor of {ratio:0e0}"
                    )
                );
            }
        }
        warnings.AddRange(fit.OpenDirections);
        if (fit.Condition is > 1e8)
        {
            warnings.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the problem is nearly singular (condition {fit.Condition:0.0e0}): predictions inside the data may be fine, single coefficients mean little"
                )
            );
        }
    }

    /// <summary>
    /// Whether all runs lie on one side of the compute-optimal size, so that the optimum of a plan lies at or beyond their edge.
    /// </summary>
    private static void AboutTheOptimum(Fit fit, List<string> warnings)
    {
        // The papers' letters for size and data; training that costs N·D is best where a small part more of either gains the same.
        int n = fit.Rows.Letters.ToList().IndexOf("N");
        int d = fit.Rows.Letters.ToList().IndexOf("D");
        if (n < 0 || d < 0 || fit.Status != FitStatus.Converged)
        {
            return;
        }
        const double part = 1e-3;
        double[] here = fit.Predict(fit.Rows.Values);
        double[] larger = fit.Predict([.. fit.Rows.Values.Select((v, i) => i == n ? v.Select(x => x * (1 + part)).ToArray() : v)]);
        double[] longer = fit.Predict([.. fit.Rows.Values.Select((v, i) => i == d ? v.Select(x => x * (1 + part)).ToArray() : v)]);
        if (!Enumerable.Range(0, here.Length).All(i => larger[i] < here[i] && longer[i] < here[i]))
        {
            // No loss that falls with both.
            return;
        }
        int small = Enumerable.Range(0, here.Length).Count(i => larger[i] < longer[i]);
        int large = Enumerable.Range(0, here.Length).Count(i => longer[i] < larger[i]);
        if (small == here.Length || large == here.Length)
        {
            warnings.Add(
                small > 0
                    ? "every run is smaller than the best size for its compute (N·D), so compute-optimal sizes lie at or beyond the edge of the data"
                    : "every run is larger than the best size for its compute (N·D), so compute-optimal sizes lie at or beyond the edge of the data"
            );
        }
    }

    /// <summary>Rows far outside the scatter of the others, such as diverged runs.</summary>
    private static void AboutOutliers(Fit fit, List<string> warnings)
    {
        const double far = 10;
        double[] residuals = PredictionInterval.Residuals(fit, fit.Rows);
        double[] sizes = [.. residuals.Select(Math.Abs)];
        // 1.4826 times the median of |r| is the standard deviation of normal residuals; a fit may meet as many rows exactly as it has
        // coefficients.
        int met = Math.Min(fit.Coefficients.Count(c => c is { IsFree: true, AtBound: false }), sizes.Length - 1);
        double[] others = [.. sizes.Order().Skip(met)];
        double spread = 1.4826 * others[others.Length / 2];
        // No loss is measured better, and no run that diverged is nearer.
        double rounding = 1e-5 * (fit.Request.Options.Objective.IsLog ? 1 : fit.Rows.Observed.Max());
        int[] rows =
        [
            .. Enumerable
                .Range(0, sizes.Length)
                .Where(i => sizes[i] > far * spread && sizes[i] > rounding)
                .OrderByDescending(i => sizes[i]),
        ];
        if (rows.Length > 0)
        {
            string which =
                rows.Length == 1
                    ? $"line {fit.Rows.Line(rows[0])} of the table lies"
                    : $"{rows.Length} rows lie (the furthest on line {fit.Rows.Line(rows[0])} of the table)";
            warnings.Add(
                $"{which} more than {far} times as far from the law as usual; where such runs diverged or differ, leave them out with --where"
            );
        }
    }

    /// <summary>
    /// Rows that agree with an earlier one in every column of the table but those that number the rows: two models may share all that a law
    /// reads.
    /// </summary>
    private static int Repeated(FitRows rows)
    {
        int[][] columns = [.. rows.Table.Columns.Where(c => !IsRunningNumber(c, rows)).Select(c => c.Codes(rows.TableRows))];
        return rows.Count - Enumerable.Range(0, rows.Count).Select(row => string.Join(' ', columns.Select(c => c[row]))).Distinct().Count();
    }

    private static bool IsRunningNumber(RunColumn column, FitRows rows)
    {
        double[] numbers = [.. rows.TableRows.Select(r => column.Numbers.Span[r])];
        return rows.Count > 2
            && numbers.Zip(numbers.Skip(1), (a, b) => b > a && a == Math.Floor(a)).All(isNext => isNext)
            && numbers[^1] - numbers[0] < rows.Table.RowCount;
    }

    /// <summary>Whether what a letter does within its range moves the predictions less than the rows scatter.</summary>
    private static bool HardlyMoves(Fit fit, int letter)
    {
        double[] here = fit.Predict(fit.Rows.Values);
        double mean = fit.Rows.Values[letter].Average();
        double[] still = fit.Predict([.. fit.Rows.Values.Select((v, i) => i == letter ? [.. v.Select(_ => mean)] : v)]);
        double moved = here.Zip(still, (a, b) => (a - b) * (a - b)).Sum();
        double scatter = here.Zip(fit.Rows.Observed, (a, b) => (a - b) * (a - b)).Sum();
        return !(moved > scatter);
    }

    private static void AboutTrunks(Fit fit, Search search, List<string> warnings)
    {
        if (
            fit is { Request.Cluster: null, Status: FitStatus.Converged or FitStatus.RefitsFailed }
            && SharedTrunks.Of(fit.Rows, PredictionInterval.Residuals(fit, fit.Rows), search) is SharedTrunks shared
        )
        {
            string cure = shared.Column is string column
                ? $"--cluster {column}"
                : "--cluster COLUMN, with a column that says which trunk or model a row is of,";
            warnings.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"residuals of rows that differ in tokens alone are alike (correlation {shared.Correlation:0.00} in {shared.Count} groups), as in runs that branch from one trunk or of models that the law does not meet; intervals that take rows as independent are too narrow; {cure} takes such rows together"
                )
            );
        }
    }

    private static bool HasCorners(Expression e) =>
        e.Operation is Operation.Min or Operation.Max or Operation.Abs
        || (e.Left is not null && HasCorners(e.Left))
        || (e.Right is not null && HasCorners(e.Right));

    /// <summary>Of logarithms where all values are above zero, else of the values.</summary>
    private static double Correlation(double[] x, double[] y)
    {
        double[] a = x.All(v => v > 0) ? [.. x.Select(v => Math.Log(v))] : x;
        double[] b = y.All(v => v > 0) ? [.. y.Select(v => Math.Log(v))] : y;
        double meanA = a.Average(),
            meanB = b.Average();
        double ab = 0,
            aa = 0,
            bb = 0;
        for (int i = 0; i < a.Length; i++)
        {
            ab += (a[i] - meanA) * (b[i] - meanB);
            aa += (a[i] - meanA) * (a[i] - meanA);
            bb += (b[i] - meanB) * (b[i] - meanB);
        }
        return aa > 0 && bb > 0 ? ab / Math.Sqrt(aa * bb) : 0;
    }
}
