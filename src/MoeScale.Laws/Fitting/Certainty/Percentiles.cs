namespace MoeScale.Laws.Fitting.Certainty;

/// <summary>What bootstrap refits say of one coefficient, by their order alone, so that a few draws that ran away decide nothing.</summary>
/// <param name="draws">Its value in each refit, at least two.</param>
internal sealed class Percentiles(IEnumerable<double> draws)
{
    // The share of a normal distribution within one standard deviation of its mean.
    private const double OneDeviation = 0.6826894921370859;

    private readonly double[] _sorted = [.. draws.Order()];

    /// <summary>The middle of the draws that holds a share of them.</summary>
    public (double Low, double High) Middle(double share) => (At(0.5 - (share / 2)), At(0.5 + (share / 2)));

    /// <summary>Half the width of the middle 68 %: the standard deviation, where draws are normal.</summary>
    /// <param name="ofLogarithms">Whether that of ln|value| is asked for; values of one sign.</param>
    public double StandardError(bool ofLogarithms)
    {
        (double low, double high) = Middle(OneDeviation);
        return ofLogarithms ? Math.Abs(Math.Log(high / low)) / 2 : (high - low) / 2;
    }

    private double At(double share)
    {
        double place = share * (_sorted.Length - 1);
        int below = (int)place;
        return below + 1 < _sorted.Length ? _sorted[below] + ((place - below) * (_sorted[below + 1] - _sorted[below])) : _sorted[below];
    }
}
