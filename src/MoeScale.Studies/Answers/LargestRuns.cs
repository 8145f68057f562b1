using MoeScale.Laws.Fitting.HeldOut;
using MoeScale.Laws.Runs;

namespace MoeScale.Studies.Answers;

/// <summary>What laws are tested on where a study does not say: the runs of most FLOPs, as a law is made to predict larger ones.</summary>
internal static class LargestRuns
{
    private const double Share = 0.2;

    // Routers make the FLOPs of models of one budget differ a little.
    private const double SameBudget = 0.1;

    /// <summary>
    /// Whole budgets, so many of the largest that their runs come nearest to a fifth; none where even one has more than half of all.
    /// </summary>
    public static HoldOut? Of(RunTable table)
    {
        double[] flops = [.. table.Column("train_flops", "hold-out").Numbers.ToArray().OrderDescending()];
        // The least of each.
        List<double> budgets = [];
        double largest = double.PositiveInfinity;
        foreach (double f in flops)
        {
            if (f < (1 - SameBudget) * largest)
            {
                largest = f;
                budgets.Add(f);
            }
            budgets[^1] = f;
        }
        double least = budgets.MinBy(b => Math.Abs(flops.Count(f => f >= b) - (Share * flops.Length)));
        return 2 * flops.Count(f => f >= least) > flops.Length
            ? null
            : HoldOut.Parse(FormattableString.Invariant($"train_flops >= {least:R}"));
    }
}
