using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Tests.Runs;

namespace MoeScale.Laws.Tests.Fitting;

public class ErrorSummaryTests
{
    private static readonly Law Law = LawCatalog.Open(SyntheticRuns.Chinchilla);

    /// <summary>
    /// A law of one coefficient, y = k·x, whose fit by least squares, standard error and interval are known in closed form.
    /// </summary>
    [Fact]
    public void Of_LineThroughZero_AgreesWithTheTextbook()
    {
        double[] x = [1, 2, 3, 4, 5];
        double[] y = [1.1, 1.9, 3.2, 3.9, 5.1];
        RunTable table = Tables.Read("x,loss\n" + string.Concat(x.Zip(y, (a, b) => FormattableString.Invariant($"{a},{b}\n"))));
        Fit fit = LawFitter.Run(Line(table));
        // Least squares: k = Σxy/Σx². By hand: Σxy = 55.6, Σx² = 55.
        double k = 55.6 / 55;
        double[] errors = [.. x.Zip(y, (a, b) => (k * a) - b)];

        ErrorSummary summary = ErrorSummary.Of(fit, fit.Rows);

        // The search ends within about 1e-9 of the optimum.
        Assert.Equal(k, fit.Value("k"), 1e-8);
        Assert.Equal(5, summary.Rows);
        Assert.Equal(Math.Sqrt(errors.Sum(e => e * e) / 5), summary.Rmse, 1e-7);
        Assert.Equal(100 * errors.Zip(y, (e, b) => Math.Abs(e / b)).Average(), summary.Mape, 1e-5);
        Assert.Equal(errors.Max(Math.Abs), summary.MaxAbs, 1e-7);
        Assert.Equal(1, summary.Coverage);
    }

    [Fact]
    public void PredictionInterval_LineThroughZero_IsStudentsTOfBothVariances()
    {
        double[] x = [1, 2, 3, 4, 5];
        double[] y = [1.1, 1.9, 3.2, 3.9, 5.1];
        RunTable table = Tables.Read("x,loss\n" + string.Concat(x.Zip(y, (a, b) => FormattableString.Invariant($"{a},{b}\n"))));
        Fit fit = LawFitter.Run(Line(table));
        double k = 55.6 / 55;
        double squares = x.Zip(y, (a, b) => Math.Pow((k * a) - b, 2)).Sum();
        // The robust variance of k: 5/4·Σx²r²/(Σx²)².
        double variance = 5.0 / 4 * x.Zip(y, (a, b) => Math.Pow(a * ((k * a) - b), 2)).Sum() / (55.0 * 55);

        IReadOnlyList<PredictionInterval> intervals = PredictionInterval.At(fit, fit.Rows)!;

        // Student's t with 4 degrees of freedom, two-sided 95 %, to the digits of the tables.
        double reach = 2.776445 * Math.Sqrt((25 * variance) + (squares / 4));
        Assert.Equal(5 * k - reach, intervals[4].Low, 1e-5);
        Assert.Equal(5 * k + reach, intervals[4].High, 1e-5);
    }

    [Fact]
    public void Coverage_RunsOfTheSameLaw_IsTheLevel()
    {
        FitRequest request = SyntheticRuns.Request(SyntheticRuns.Grid(Law, noise: 0.01, count: 8), Law);
        Fit fit = LawFitter.Run(request);
        FitRows others = SyntheticRuns.Rows(SyntheticRuns.Grid(Law, noise: 0.01, count: 30, seed: 2), Law);

        ErrorSummary summary = ErrorSummary.Of(fit, others);

        // 900 rows: the share has a standard deviation of 0.7 %. The spread of 64 residuals is known to 9 %, which moves it by up to 2 %
        // more; the
        // grid reaches far beyond the fitted one, which the delta method must answer for.
        Assert.InRange(summary.Coverage!.Value, 0.90, 0.99);
    }

    [Fact]
    public void Coverage_RunsThatScatterMore_IsBelowTheLevel()
    {
        Fit fit = LawFitter.Run(SyntheticRuns.Request(SyntheticRuns.Grid(Law, noise: 0.01, count: 8), Law));
        FitRows others = SyntheticRuns.Rows(SyntheticRuns.Grid(Law, noise: 0.03, count: 8, seed: 2), Law);
        // Within 2 of 3 standard deviations lies half of normal noise.
        Assert.InRange(ErrorSummary.Of(fit, others).Coverage!.Value, 0.3, 0.7);
    }

    [Fact]
    public void Coverage_ExactFit_IsUnknown()
    {
        Fit fit = LawFitter.Run(SyntheticRuns.Request(SyntheticRuns.Grid(Law), Law));
        ErrorSummary summary = ErrorSummary.Of(fit, fit.Rows);
        Assert.Null(summary.Coverage);
        // Rounding of the losses and of the optimum.
        Assert.InRange(summary.Rmse, 0, 1e-8);
    }

    private static FitRequest Line(RunTable table)
    {
        MoeScale.Formulas.Expression formula = MoeScale.Formulas.Parser.ParseNumber("k*x", "test");
        FitColumns columns = ColumnMap.Parse(table).For(formula);
        return new FitRequest(LawForm.Of(formula, ["x"]), FitRows.Take(table, columns))
        {
            Options = SyntheticRuns.Quick(new Objective(ObjectiveKind.Squares)),
        };
    }
}
