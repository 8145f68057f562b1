using MathNet.Numerics.LinearRegression;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Fitting.IsoFlop;

/// <summary>Runs of about one training budget, and the parabola of their loss in ln N.</summary>
public sealed record IsoFlopCurve
{
    /// <summary>The budget: geometric mean over the rows, in FLOPs.</summary>
    public required double Flops { get; init; }

    public required double MinFlops { get; init; }

    public required double MaxFlops { get; init; }

    /// <summary>Indices of the rows, by budget.</summary>
    public required IReadOnlyList<int> Rows { get; init; }

    /// <summary>Numbers of parameters that differ, by more than a hundredth.</summary>
    public required int Sizes { get; init; }

    public required double SmallestSize { get; init; }

    public required double LargestSize { get; init; }

    /// <summary>Half the second derivative of the parabola: nats for each squared unit of ln N.</summary>
    public required double Curvature { get; init; }

    /// <summary>N at the minimum; null where the parabola opens downwards.</summary>
    public double? OptimalSize { get; init; }

    /// <summary>D there: on the line of ln D in ln N through the runs.</summary>
    public double? OptimalTokens { get; init; }

    /// <summary>The parabola's minimum.</summary>
    public double? OptimalLoss { get; init; }

    /// <summary>Why the curve does not count, such as a minimum far outside its sizes; null where it does.</summary>
    public IsoFlopNote.LeftOut? LeftOut { get; init; }
}

/// <summary>What a parabola through the losses of one budget says, before it is judged.</summary>
/// <param name="Curvature">Half the second derivative, by ln N.</param>
/// <param name="LogSize">ln N at its vertex; not finite for a straight line.</param>
/// <param name="LogTokens">ln D there.</param>
/// <param name="Loss">Its value there.</param>
internal readonly record struct Parabola(double Curvature, double LogSize, double LogTokens, double Loss)
{
    /// <param name="logSizes">ln N of each run; at least three that differ.</param>
    /// <param name="logTokens">ln D of each run.</param>
    /// <param name="losses">What to fit.</param>
    public static Parabola Through(double[] logSizes, double[] logTokens, double[] losses)
    {
        // Centred and scaled to ±1, so that the squares are as good as the numbers.
        double middle = (logSizes.Min() + logSizes.Max()) / 2,
            half = (logSizes.Max() - logSizes.Min()) / 2;
        double[] t = [.. logSizes.Select(x => (x - middle) / half)];
        double[] p = MultipleRegression.QR([.. t.Select(x => new[] { 1, x, x * x })], losses);
        double vertex = -p[1] / (2 * p[2]);
        (double start, double slope) = SimpleRegression.Fit(t, logTokens);
        return new Parabola(p[2] / (half * half), middle + (half * vertex), start + (slope * vertex), p[0] + (p[1] * vertex / 2));
    }
}
