using System.Globalization;
using MoeScale.Laws.Runs;

namespace MoeScale.Studies.Answers;

/// <summary>
/// What each setting of the grids changes, without any law: losses of runs that differ in it and, their seeds apart, in nothing else. Where all runs of one value lack
/// a setting, as dense models lack a capacity factor, they are compared with each value of it.
/// </summary>
internal static class Contrasts
{
    // More values are a curve and no table.
    private const int MostValues = 10;

    /// <param name="table">The runs.</param>
    /// <param name="axes">What they differ in.</param>
    /// <param name="but">The size of the models: how the loss goes with it is the law's to say.</param>
    public static IReadOnlyList<ContrastAnswer> Of(RunTable table, RunAxes axes, string? but)
    {
        List<ContrastAnswer> contrasts = [];
        foreach (string setting in axes.Names.Where(n => n is not (RunAxes.Tokens or RunAxes.Seed) && n != but))
        {
            if (One(table, axes, setting) is ContrastAnswer contrast)
            {
                contrasts.Add(contrast);
            }
        }
        return contrasts;
    }

    /// <summary>How far runs scatter that differ in their seeds alone; null where none do.</summary>
    public static ScatterAnswer? Scatter(RunTable table, RunAxes axes)
    {
        double[] loss = table.Column("loss", "report").Numbers.ToArray();
        double squares = 0;
        int degrees = 0;
        foreach (IGrouping<string, int> same in Enumerable.Range(0, table.RowCount).GroupBy(r => axes.Key(r, RunAxes.Seed)))
        {
            double[] losses = [.. same.Select(r => loss[r])];
            double mean = losses.Average();
            squares += losses.Sum(l => (l - mean) * (l - mean));
            degrees += losses.Length - 1;
        }
        return degrees == 0 ? null : new ScatterAnswer(Math.Sqrt(squares / degrees), degrees);
    }

    private static ContrastAnswer? One(RunTable table, RunAxes axes, string setting)
    {
        int[] all = [.. Enumerable.Range(0, table.RowCount)];
        string[] others = [.. axes.Names.Where(n => n != setting && n != RunAxes.Seed)];
        ILookup<string, int> byValue = all.ToLookup(r => axes.Value(r, setting));
        if (byValue.Count > MostValues)
        {
            return null;
        }
        Dictionary<string, string[]> known = byValue.ToDictionary(v => v.Key, v => others.Where(o => v.Any(r => axes.Value(r, o).Length > 0)).ToArray());
        RunColumn tokens = table.Column(RunAxes.Tokens, "report");
        // Against the dense model, and against experts that are not cut; else against what the study names first.
        string[] values = [.. setting is RunAxes.Experts or RunAxes.Granularity ? byValue.Select(v => v.Key).OrderBy(v => double.TryParse(v, CultureInfo.InvariantCulture, out double n) ? n : 0) : byValue.Select(v => v.Key)];
        List<(int Row, int[][] Runs)> groups = [];
        HashSet<string> found = [];
        foreach (string value in values)
        {
            // What the runs of both values have.
            string[][] asked = [.. values.Select(v => known[v].Intersect(known[value]).ToArray())];
            ILookup<string, int>[] partners = [.. values.Select((v, i) => byValue[v].ToLookup(r => axes.KeyOf(r, asked[i])))];
            foreach (int first in byValue[value].DistinctBy(r => axes.Key(r, setting, RunAxes.Seed)))
            {
                int[][] runs = [.. partners.Select((p, i) => p[axes.KeyOf(first, asked[i])].ToArray())];
                // Runs of one value must be the same but for their seeds: what dense models are compared with is one mixture, not the mean of several.
                bool isClear = Array.TrueForAll(runs, r => r.DistinctBy(i => axes.Key(i, setting, RunAxes.Seed)).Count() < 2);
                if (isClear && runs.Count(r => r.Length > 0) > 1 && found.Add(string.Join(';', runs.Select(r => string.Join(',', r)))))
                {
                    // Told by the run that has most settings.
                    groups.Add((runs.SelectMany(r => r).MaxBy(r => others.Count(o => axes.Value(r, o).Length > 0)), runs));
                }
            }
        }
        groups = [.. groups.OrderBy(g => g.Row)];
        double[] loss = table.Column("loss", "report").Numbers.ToArray();
        int[] used = [.. Enumerable.Range(0, values.Length).Where(v => groups.Exists(g => g.Runs[v].Length > 0))];
        return groups.Count == 0 ? null : new ContrastAnswer(
            setting,
            [.. used.Select(v => values[v])],
            [.. groups.Select(g => new ContrastRow(
                others.Where(o => o != RunAxes.Tokens).ToDictionary(o => o, o => axes.Value(g.Row, o)),
                tokens.Numbers.Span[g.Row],
                [.. used.Select(v => g.Runs[v].Length == 0 ? (double?)null : g.Runs[v].Average(r => loss[r]))],
                [.. used.Select(v => g.Runs[v].Length)]))]);
    }
}
