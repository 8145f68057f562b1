using MoeScale.Formulas;
using MoeScale.Laws.Fitting.Certainty;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Fitting;

/// <summary>Finds what a user must know before trusting a fit.</summary>
internal static class FitWarnings
{
    // Of the spread of a variable's logarithm; above this, two variables are one for the fit.
    private const double Collinear = 0.98;

    // Of the largest run: no study of language models is that small.
    private const double FewestParameters = 1e4;

    // Fewer hardly give the variance of a sum over them.
    private const int FewestClusters = 10;

    // For the percentiles of an interval.
    private const int FewestRefits = 100;

    public static IReadOnlyList<FitWarning> Of(Fit fit, Search search, Profile? profile)
    {
        List<FitWarning> warnings = [];
        AboutTheSearch(fit, search, warnings);
        if (profile is { Uncertain: > 0 })
        {
            warnings.Add(new FitWarning.IntervalEndsLost(profile.Uncertain));
        }
        AboutTheData(fit, warnings);
        AboutCoefficients(fit, search, warnings);
        AboutTheOptimum(fit, warnings);
        AboutOutliers(fit, warnings);
        AboutTrunks(fit, search, warnings);
        return warnings;
    }

    private static void AboutTheSearch(Fit fit, Search search, List<FitWarning> warnings)
    {
        if (!search.Finished)
        {
            warnings.Add(new FitWarning.Interrupted());
        }
        if (fit.Status == FitStatus.NotAtMinimum)
        {
            warnings.Add(HasCorners(fit.Request.Form.Formula) ? new FitWarning.UnprovenMinimum() : new FitWarning.NoMinimum());
        }
        if (fit.IsDoubtful)
        {
            warnings.Add(new FitWarning.FewStarts(fit.Starts.Tried, fit.Starts.Agreeing));
        }
        if (2 * search.Stuck > search.Tried)
        {
            warnings.Add(new FitWarning.StuckStarts(search.Stuck, search.Tried));
        }
        if (fit.Bootstrap is BootstrapCounts made && made.Draws < fit.Request.Bootstrap)
        {
            warnings.Add(new FitWarning.BootstrapInterrupted(made.Draws, fit.Request.Bootstrap));
        }
        if (fit.Bootstrap is BootstrapCounts { Failed: > 0 } b)
        {
            warnings.Add(
                fit.Status == FitStatus.RefitsFailed
                    ? new FitWarning.MostRefitsFailed(b.Failed, b.Draws)
                    : new FitWarning.RefitsFailed(b.Failed, b.Draws)
            );
        }
        if (fit.Clusters is int clusters and < FewestClusters)
        {
            warnings.Add(new FitWarning.FewClusters(clusters));
        }
        if (fit.Bootstrap is BootstrapCounts { Draws: < FewestRefits } few)
        {
            warnings.Add(new FitWarning.FewRefits(few.Draws));
        }
    }

    private static void AboutTheData(Fit fit, List<FitWarning> warnings)
    {
        warnings.AddRange(fit.Rows.Table.Notes);
        if (fit.Request.Form.Law is Law law)
        {
            warnings.AddRange(ModelsOfRows.Warnings(law, fit.Rows));
        }
        IReadOnlyList<double[]> values = fit.Rows.Values;
        IReadOnlyList<string> letters = fit.Rows.Letters;
        int repeated = Repeated(fit.Rows);
        if (repeated > 0)
        {
            warnings.Add(new FitWarning.RepeatedRows(repeated, fit.Rows.Count));
        }
        for (int i = 0; i < letters.Count; i++)
        {
            if (values[i].All(v => v == values[i][0]))
            {
                warnings.Add(new FitWarning.OneValue(letters[i], values[i][0]));
            }
            else if (letters[i] is "N" or "D" && values[i].Max() < FewestParameters)
            {
                warnings.Add(new FitWarning.SmallUnit(letters[i], values[i].Max()));
            }
            else if (values[i].All(v => v > 0) && values[i].Max() < 1.02 * values[i].Min() && HardlyMoves(fit, i))
            {
                warnings.Add(new FitWarning.HardlyDiffers(letters[i], 100 * ((values[i].Max() / values[i].Min()) - 1)));
            }
            for (int j = 0; j < i; j++)
            {
                double correlation = Correlation(values[i], values[j]);
                if (Math.Abs(correlation) > Collinear)
                {
                    warnings.Add(new FitWarning.RiseTogether(letters[j], letters[i], correlation));
                }
            }
        }
    }

    private static void AboutCoefficients(Fit fit, Search search, List<FitWarning> warnings)
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
                warnings.Add(new FitWarning.NoFloor(c.Name));
            }
            else if (c.AtBound && isSet)
            {
                warnings.Add(isExponent ? new FitWarning.ExponentAtBound(c.Name, c.Value) : new FitWarning.AtBound(c.Name, c.Value));
            }
            else if (c.AtBound && !fit.OpenDirections.Contains(new OpenDirection.RanToTheEnd(c.Name)))
            {
                warnings.Add(Math.Abs(c.Value) < 1 ? new FitWarning.FallsToZero(c.Name) : new FitWarning.GrowsWithoutEnd(c.Name));
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
            if (ratio > 1e3 && !fit.OpenDirections.Any(d => d.TradesOff(c.Name)))
            {
                warnings.Add(new FitWarning.HardlyDetermined(c.Name, ratio));
            }
        }
        warnings.AddRange(fit.OpenDirections);
        if (fit.Condition is double condition and > 1e8)
        {
            warnings.Add(new FitWarning.NearlySingular(condition));
        }
    }

    /// <summary>
    /// Whether all runs lie on one side of the compute-optimal size, so that the optimum of a plan lies at or beyond their edge.
    /// </summary>
    private static void AboutTheOptimum(Fit fit, List<FitWarning> warnings)
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
            warnings.Add(small > 0 ? new FitWarning.AllTooSmall() : new FitWarning.AllTooLarge());
        }
    }

    /// <summary>Rows far outside the scatter of the others, such as diverged runs.</summary>
    private static void AboutOutliers(Fit fit, List<FitWarning> warnings)
    {
        const double far = 10;
        double[] residuals = PredictionInterval.Residuals(fit, fit.Rows);
        double[] sizes = [.. residuals.Select(Math.Abs)];
        // A fit may meet as many rows exactly as it has coefficients.
        int met = Math.Min(fit.Coefficients.Count(c => c is { IsFree: true, AtBound: false }), sizes.Length - 1);
        double[] others = [.. sizes.Order().Skip(met)];
        double spread = RobustSpread.DeviationOverMedian * others[others.Length / 2];
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
            warnings.Add(
                new FitWarning.Outliers(
                    rows.Length,
                    fit.Rows.Line(rows[0]),
                    far,
                    fit.Rows.Table.Files.Count > 1 ? fit.Rows.Table.File(fit.Rows.TableRows[rows[0]]).Path : null
                )
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

    private static void AboutTrunks(Fit fit, Search search, List<FitWarning> warnings)
    {
        if (
            fit is { Request.Cluster: null, Status: FitStatus.Converged or FitStatus.RefitsFailed }
            && SharedTrunks.Of(fit.Rows, PredictionInterval.Residuals(fit, fit.Rows), search) is SharedTrunks shared
        )
        {
            warnings.Add(new FitWarning.AlikeRows(shared.Correlation, shared.Count, shared.Column));
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
