using MoeScale.Basics;
using MoeScale.Formulas;

namespace MoeScale.Laws.Runs;

/// <summary>Keeps the best run of each cell of a sweep: of the runs that agree in some columns, the one with the lowest value.</summary>
public static class BestOf
{
    /// <param name="table">The runs.</param>
    /// <param name="columns">Names of the columns that runs of one cell agree in, separated by commas: "active_params,tokens".</param>
    /// <param name="predicted">What is to be low, usually the loss. A value that is missing, not finite or not above zero loses against any
    /// other.</param>
    /// <param name="rows">Rows of the table; null for all.</param>
    /// <returns>One row of each cell, the first of equals, in the order of <paramref name="rows"/>.</returns>
    /// <exception cref="UserException">No such column; shows the header, with a guess.</exception>
    public static int[] Select(RunTable table, string columns, Variable predicted, IReadOnlyList<int>? rows = null)
    {
        rows ??= [.. Enumerable.Range(0, table.RowCount)];
        int[] cells = new int[rows.Count];
        foreach (string name in Names.Split(columns, ',').Select(n => n.Trim()))
        {
            cells = Pairs(cells, table.Column(name, $"{FitSettings.BestOf}").Codes(rows));
        }
        double[] values = TableFormula.Evaluate(predicted.Formula, table);
        Dictionary<int, int> best = [];
        for (int i = 0; i < cells.Length; i++)
        {
            if (!best.TryGetValue(cells[i], out int other) || Height(values[rows[i]]) < Height(values[rows[other]]))
            {
                best[cells[i]] = i;
            }
        }
        return [.. best.Values.Order().Select(i => rows[i])];
    }

    private static double Height(double value) => double.IsFinite(value) && value > 0 ? value : double.PositiveInfinity;

    private static int[] Pairs(int[] first, int[] second)
    {
        Dictionary<(int, int), int> codes = [];
        int[] pairs = new int[first.Length];
        for (int i = 0; i < pairs.Length; i++)
        {
            if (!codes.TryGetValue((first[i], second[i]), out pairs[i]))
            {
                pairs[i] = codes.Count;
                codes.Add((first[i], second[i]), pairs[i]);
            }
        }
        return pairs;
    }
}
