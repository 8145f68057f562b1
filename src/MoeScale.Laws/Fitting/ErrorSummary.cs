using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Fitting;

/// <summary>How far predictions are from what was observed; each row counts once, whatever its weight in the fit.</summary>
/// <param name="Rows">How many rows.</param>
/// <param name="Rmse">Root of the mean square of predicted − observed, in the unit of what is predicted.</param>
/// <param name="Mape">Mean of |predicted/observed − 1|, in percent.</param>
/// <param name="MaxAbs">Largest |predicted − observed|, in the unit of what is predicted.</param>
/// <param name="Coverage">Share of rows inside the <see cref="PredictionInterval"/> at the fit's level; null where there is none.</param>
/// <remarks>All three errors are not a number where the formula has no value at some row.</remarks>
public sealed record ErrorSummary(int Rows, double Rmse, double Mape, double MaxAbs, double? Coverage)
{
    /// <param name="fit">One with a value.</param>
    /// <param name="rows">At least one, with the letters of the fit's form; those that were fitted, or others.</param>
    public static ErrorSummary Of(Fit fit, FitRows rows)
    {
        double[] predicted = fit.Predict(rows);
        IReadOnlyList<PredictionInterval>? intervals = PredictionInterval.At(fit, rows);
        return Of(
            predicted,
            rows.Observed,
            intervals is null ? null : intervals.Zip(rows.Observed, (i, observed) => i.Holds(observed)).Count(inside => inside)
        );
    }

    /// <summary>The errors of several summaries of different rows, taken together.</summary>
    /// <param name="parts">At least one.</param>
    internal static ErrorSummary Together(IReadOnlyList<ErrorSummary> parts)
    {
        int rows = parts.Sum(p => p.Rows);
        return new ErrorSummary(
            rows,
            Math.Sqrt(parts.Sum(p => p.Rows * p.Rmse * p.Rmse) / rows),
            parts.Sum(p => p.Rows * p.Mape) / rows,
            parts.Select(p => p.MaxAbs).Aggregate(Math.Max),
            parts.All(p => p.Coverage is not null) ? parts.Sum(p => p.Rows * p.Coverage!.Value) / rows : null
        );
    }

    private static ErrorSummary Of(double[] predicted, double[] observed, int? inside)
    {
        double squares = 0,
            shares = 0,
            largest = 0;
        for (int i = 0; i < observed.Length; i++)
        {
            double error = predicted[i] - observed[i];
            squares += error * error;
            shares += Math.Abs(error / observed[i]);
            // Math.Max lets not-a-number through, as the sums do.
            largest = Math.Max(largest, Math.Abs(error));
        }
        int n = observed.Length;
        return new ErrorSummary(n, Math.Sqrt(squares / n), 100 * shares / n, largest, (double?)inside / n);
    }
}
