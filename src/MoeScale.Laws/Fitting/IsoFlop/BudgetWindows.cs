namespace MoeScale.Laws.Fitting.IsoFlop;

/// <summary>
/// Finds the budgets that a sweep was run at. Budgets of real runs scatter around what was planned, and some lie between; so gaps do
/// not part them. Taken instead is, again and again, the window of a given width that holds the most runs of those left.
/// </summary>
internal static class BudgetWindows
{
    /// <param name="logFlops">ln C of each run.</param>
    /// <param name="logSizes">ln N of each run.</param>
    /// <param name="width">Of a window, in ln C.</param>
    /// <param name="leastSizes">Sizes that a window must hold.</param>
    /// <returns>Windows by rising budget, each with indices of its runs by rising budget.</returns>
    public static IReadOnlyList<int[]> Find(double[] logFlops, double[] logSizes, double width, int leastSizes)
    {
        List<int> left = [.. Enumerable.Range(0, logFlops.Length).OrderBy(i => logFlops[i])];
        List<int[]> windows = [];
        while (Densest(left, logFlops, logSizes, width, leastSizes) is (int start, int count))
        {
            windows.Add([.. left.GetRange(start, count)]);
            left.RemoveRange(start, count);
        }
        return [.. windows.OrderBy(w => logFlops[w[0]])];
    }

    /// <summary>Sizes that differ by more than a hundredth: a size that was read off a figure is not twice the same.</summary>
    public static int Sizes(IEnumerable<double> logSizes)
    {
        int count = 0;
        double last = double.NegativeInfinity;
        foreach (double size in logSizes.Order())
        {
            if (size - last > 0.01)
            {
                count++;
                last = size;
            }
        }
        return count;
    }

    // Of windows with as many runs, the narrowest; of these, the lowest budget.
    private static (int Start, int Count)? Densest(List<int> left, double[] logFlops, double[] logSizes, double width, int leastSizes)
    {
        (int Start, int Count)? best = null;
        double narrowest = double.PositiveInfinity;
        int end = 0;
        for (int start = 0; start < left.Count; start++)
        {
            // No window reaches over one that was taken: that one holds all runs left within the width above its first.
            while (end < left.Count && logFlops[left[end]] - logFlops[left[start]] <= width)
            {
                end++;
            }
            int count = end - start;
            double spread = logFlops[left[end - 1]] - logFlops[left[start]];
            bool better = best is null || count > best.Value.Count || (count == best.Value.Count && spread < narrowest);
            if (better && count >= leastSizes && Sizes(left.GetRange(start, count).Select(i => logSizes[i])) >= leastSizes)
            {
                best = (start, count);
                narrowest = spread;
            }
        }
        return best;
    }
}
