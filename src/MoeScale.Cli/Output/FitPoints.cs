namespace MoeScale.Cli.Output;

/// <summary>Predicted and observed values of a fit, as its pictures show them.</summary>
internal sealed record FitPoints(double[] Observed, double[] Predicted)
{
    // Above this ratio of the ends an axis is logarithmic: losses are not, learning rates are.
    private const double Wide = 10;

    // A fit with a value has one at each row.
    public static FitPoints Of(FitAnswer answer) => new(answer.Fit.Rows.Observed, answer.Fit.Predict(answer.Fit.Rows));

    /// <summary>predicted / observed − 1, in percent.</summary>
    public double[] Percent { get; } = [.. Observed.Zip(Predicted, (o, p) => 100 * ((p / o) - 1))];

    public bool IsLog => Predicted.Min() > 0 && Observed.Max() > Wide * Observed.Min();

    /// <summary>Both, from end to end, a little apart where all are one.</summary>
    public (double Low, double High) Range
    {
        get
        {
            (double low, double high) = (Math.Min(Observed.Min(), Predicted.Min()), Math.Max(Observed.Max(), Predicted.Max()));
            return high - low > 1e-9 * Math.Abs(high) ? (low, high) : (low - (0.1 * Math.Abs(low)), high + (0.1 * Math.Abs(high)));
        }
    }

    /// <summary>Size of the largest residual, at least a thousandth of a percent: smaller ones are none to look at.</summary>
    public double Reach => Math.Max(Percent.Max(Math.Abs), 1e-3);

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
            YText = v => FormattableString.Invariant($"{(Math.Abs(v) < 5e-4 ? 0 : v):+0.0##;-0.0##;0.0}"),
        };
        return DotPlot.Beside(observed, residuals);
    }
}
