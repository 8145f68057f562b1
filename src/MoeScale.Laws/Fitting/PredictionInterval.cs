using MathNet.Numerics.Distributions;
using MoeScale.Formulas.Differentiation;
using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Fitting;

/// <summary>
/// Where one more run should come out, in the unit of what is predicted: ŷ ± t·√(gᵀVg + s²), with g the derivative of the prediction
/// by the coefficients and V their covariance (the delta method), s² the variance of the residuals of the fitted rows, and t
/// Student's quantile at the fit's level; in logarithms, where the objective takes the differences of logarithms.
/// </summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
/// <remarks>
/// The covariance is used also where there is a bootstrap: the noise of the run itself is added either way and mostly outweighs what the
/// coefficients leave open. s² gives each row the same weight, so that intervals assume that held-out runs scatter as fitted ones do.
/// </remarks>
public sealed record PredictionInterval(double Low, double High)
{
    // A smaller spread of residuals, relative to what is predicted, is rounding: such a fit tells nothing of how runs scatter.
    private const double Rounding = 1e-10;

    public bool Holds(double value) => value >= Low && value <= High;

    /// <param name="fit">A fit.</param>
    /// <param name="rows">At least one, with the letters of its form.</param>
    /// <returns>
    /// One for each row, with ends that are not a number where the formula has no value; null where the fit has no covariance, or meets its
    /// rows exactly.
    /// </returns>
    public static IReadOnlyList<PredictionInterval>? At(Fit fit, FitRows rows)
    {
        if (fit.Covariance is not CoefficientTable covariance)
        {
            return null;
        }
        int n = fit.Rows.Count;
        int freedom = Math.Max(1, n - fit.Coefficients.Count(c => c is { IsFree: true, AtBound: false }));
        double variance = Residuals(fit, fit.Rows).Sum(r => r * r) / freedom;
        bool isLog = fit.Request.Options.Objective.IsLog;
        double unit = isLog ? 1 : fit.Rows.Observed.Max();
        if (!(Math.Sqrt(variance) > Rounding * unit))
        {
            return null;
        }
        double quantile = StudentT.InvCDF(0, 1, freedom, 0.5 + (fit.Request.Level / 2));
        double[] predicted = fit.Predict(rows);
        double[][] derivatives = Derivatives(fit, rows);
        double[] gradient = new double[derivatives.Length];
        PredictionInterval[] intervals = new PredictionInterval[rows.Count];
        for (int row = 0; row < intervals.Length; row++)
        {
            for (int i = 0; i < gradient.Length; i++)
            {
                gradient[i] = derivatives[i][row] / (isLog ? predicted[row] : 1);
            }
            double reach = quantile * Math.Sqrt(Quadratic(covariance, gradient) + variance);
            intervals[row] = isLog
                ? new PredictionInterval(predicted[row] * Math.Exp(-reach), predicted[row] * Math.Exp(reach))
                : new PredictionInterval(predicted[row] - reach, predicted[row] + reach);
        }
        return intervals;
    }

    /// <summary>Predicted − observed at each row, or the difference of their logarithms, as the fit's objective has it.</summary>
    internal static double[] Residuals(Fit fit, FitRows rows)
    {
        double[] residuals = fit.Predict(rows);
        for (int i = 0; i < residuals.Length; i++)
        {
            residuals[i] = fit.Request.Options.Objective.IsLog
                ? Math.Log(residuals[i] / rows.Observed[i])
                : residuals[i] - rows.Observed[i];
        }
        return residuals;
    }

    private static double Quadratic(CoefficientTable covariance, double[] gradient)
    {
        double sum = 0;
        for (int i = 0; i < gradient.Length; i++)
        {
            for (int j = 0; j < gradient.Length; j++)
            {
                // A coefficient that does not move may have an infinite derivative.
                double v = covariance[i][j];
                sum += v == 0 ? 0 : gradient[i] * v * gradient[j];
            }
        }
        return sum;
    }

    private static unsafe double[][] Derivatives(Fit fit, FitRows rows)
    {
        string[] names = [.. fit.Coefficients.Select(c => c.Name)];
        DifferentiableFormula formula = DifferentiableFormula.Compile(fit.Request.Form.Formula, fit.Request.Form.Letters, names);
        ColumnSlab jacobian = new(names.Length, rows.Count);
        new Evaluation(formula, rows.Count).Jacobian(
            formula.Bind([.. rows.Values.Select(v => (ReadOnlyMemory<double>)v)]),
            [.. fit.Coefficients.Select(c => c.Value)],
            jacobian
        );
        return [.. names.Select((_, i) => jacobian.Column(i).ToArray())];
    }
}
