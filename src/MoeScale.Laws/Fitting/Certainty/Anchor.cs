using MoeScale.Laws.Fitting.Searching;

namespace MoeScale.Laws.Fitting.Certainty;

/// <summary>
/// A point beside the best fit from which every coordinate can move. Where a scale ran away until it had no effect, the objective is flat
/// along it, and no descent from there would bring it back, though other rows, or another coefficient held elsewhere, ask for it. So it is
/// put where the objective has just begun to rise.
/// </summary>
internal static class Anchor
{
    // Of the rise at one standard error: nothing that counts, and far above rounding.
    private const double Rise = 0.01;

    /// <param name="best">The best fit.</param>
    /// <param name="curvature">Its curvature.</param>
    public static double[] Of(Search best, Curvature curvature)
    {
        double[] anchor = [.. best.X!];
        foreach (int i in curvature.RanAway)
        {
            double end = new ValleyWalker(best, best.X!, []) { Target = Rise * curvature.ScaledRise }.End(
                i,
                new double[anchor.Length],
                WayBack(best, i)
            );
            anchor[i] = double.IsFinite(end) ? end : anchor[i];
        }
        return anchor;
    }

    /// <summary>The direction in which a logarithm that ran away comes back; steps of one, which then double.</summary>
    public static double WayBack(Search best, int index) => best.X![index] > 0 ? -4 : 4;
}
