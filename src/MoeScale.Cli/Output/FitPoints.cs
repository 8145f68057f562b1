using MoeScale.Cli.Verbs;

namespace MoeScale.Cli.Output;

/// <summary>Predicted and observed values of a fit, as its pictures show them: only rows where the formula has a value.</summary>
internal sealed record FitPoints(double[] Observed, double[] Predicted)
{
    // Above this ratio of the ends an axis is logarithmic: losses are not, learning rates are.
    private const double Wide = 10;

    public static FitPoints Of(FitAnswer answer)
    {
        double[] observed = answer.Fit.Rows.Observed;
        double[] predicted = answer.Fit.Predict(answer.Fit.Rows);
        int[] good = [.. Enumerable.Range(0, observed.Length).Where(i => double.IsFinite(predicted[i]) && predicted[i] > 0)];
        return new FitPoints([.. good.Select(i => observed[i])], [.. good.Select(i => predicted[i])]);
    }

    /// <summary>predicted / observed − 1, in percent.</summary>
    public double[] Percent { get; } = [.. Observed.Zip(Predicted, (o, p) => 100 * ((p / o) - 1))];

    public bool IsLog => Observed.Max() > Wide * Observed.Min();

    /// <summary>Both, from end to end, a little apart where all are one.</summary>
    public (double Low, double High) Range
    {
        get
        {
            (double low, double high) = (Math.Min(Observed.Min(), Predicted.Min()), Math.Max(Observed.Max(), Predicted.Max()));
            return high > low * (1 + 1e-9) ? (low, high) : (low / 1.1, high * 1.1);
        }
    }

    /// <summary>Of the largest residual, never zero.</summary>
    public double Reach => Math.Max(Percent.Max(Math.Abs), 1e-9);

    /// <summary>Lines of the two pictures in plain characters.</summary>
    public IEnumerable<string> Plot()
    {
        (double low, double high) = Range;
        DotPlot.Panel observed = new("predicted (up) against observed", Observed, Predicted)
        {
            XRange = (low, high),
            YRange = (low, high),
            XLog = IsLog,
            YLog = IsLog,
            Guide = x => x,
            YText = DotPlot.Number,
        };
        DotPlot.Panel residuals = new("residual (up, %) against predicted", Predicted, Percent)
        {
            XRange = (low, high),
            YRange = (-Reach, Reach),
            XLog = IsLog,
            Guide = _ => 0.5,
            YText = v => FormattableString.Invariant($"{v:+0.0##;-0.0##}"),
        };
        return DotPlot.Beside(observed, residuals);
    }
}
