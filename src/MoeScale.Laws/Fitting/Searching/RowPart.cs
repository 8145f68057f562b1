using MoeScale.Basics;
using MoeScale.Laws.Fitting.Problem;

namespace MoeScale.Laws.Fitting.Searching;

/// <summary>
/// Which of many rows starts are screened on: for each column, and for what is predicted, rows at even ranks from the least to the
/// largest value, so that no part of the range is missing.
/// </summary>
internal static class RowPart
{
    /// <summary>Fits to more rows are screened on a part of them.</summary>
    public const int Many = 4096;

    /// <summary>At most so many rows make the part.</summary>
    public const int Size = 2048;

    // Of more rows, so many are drawn before they are ranked.
    private const int MostRanked = 1 << 17;

    /// <param name="problem">The fit to all rows.</param>
    /// <returns>Row numbers in their order.</returns>
    public static int[] Of(FitProblem problem)
    {
        int count = problem.Rows.Count;
        RandomSequence random = new(0, (ulong)count);
        bool isAll = count <= MostRanked;
        int[] candidates = [.. Enumerable.Range(0, isAll ? count : MostRanked).Select(i => isAll ? i : random.NextInt(count))];
        // Ties fall in any order, but the same one each time: a table may repeat itself at any distance.
        ulong[] ties = [.. candidates.Select(_ => random.Next())];
        HashSet<int> part = [];
        double[][] columns = [.. problem.Columns, problem.Observed.ToArray()];
        int share = Size / columns.Length;
        foreach (double[] column in columns)
        {
            int[] order = [.. Enumerable.Range(0, candidates.Length)];
            Array.Sort(
                order,
                (a, b) => column[candidates[a]].CompareTo(column[candidates[b]]) is int c and not 0 ? c : ties[a].CompareTo(ties[b])
            );
            for (int k = 0; k < share; k++)
            {
                part.Add(candidates[order[(int)((long)k * (order.Length - 1) / (share - 1))]]);
            }
            // They need not be among those drawn.
            part.Add(Array.IndexOf(column, column.Min()));
            part.Add(Array.IndexOf(column, column.Max()));
        }
        return [.. part.Order()];
    }
}
