using MoeScale.Laws;
using MoeScale.Laws.Fitting;

namespace MoeScale.Bench;

/// <summary>How many fits have intervals that hold the coefficients of the law that their losses were drawn from.</summary>
internal sealed class CoverageCount(Law truth)
{
    private readonly int[] _covered = new int[truth.Coefficients.Count];
    private int _fits;
    private int _converged;

    public void Add(Fit fit)
    {
        _fits++;
        _converged += fit.Status == FitStatus.Converged ? 1 : 0;
        for (int c = 0; c < _covered.Length; c++)
        {
            double value = truth.Coefficients[c].Value;
            _covered[c] +=
                (fit.Coefficients[c].Low ?? double.NegativeInfinity) <= value
                && value <= (fit.Coefficients[c].High ?? double.PositiveInfinity)
                    ? 1
                    : 0;
        }
    }

    /// <summary>"199 converged, mean 0.951: A 0.955 α 0.940"</summary>
    public override string ToString() =>
        $"{_converged} converged, mean {_covered.Average() / _fits:0.000}: "
        + string.Join(" ", truth.Coefficients.Select((c, i) => $"{c.Name} {(double)_covered[i] / _fits:0.000}"));
}
