using MoeScale.Laws;
using MoeScale.Models;
using MoeScale.Studies.Axes;
using MoeScale.Studies.Files;

namespace MoeScale.Studies.Costs;

/// <summary>
/// Settings in which cells differ and of which a law does not speak, such as the capacity factor: for the law alone, runs that differ in
/// them would be the same run twice.
/// Repeats by another seed are that.
/// </summary>
internal sealed class ImplicitSettings
{
    /// <summary>Sizes of a model that a law knows by what they do to its letters.</summary>
    private static readonly string[] Sizes = ["d_model", "n_blocks", "n_heads", "n_kv_heads", "head_dim", "d_ff", "vocab_size", "context"];

    /// <summary>Settings that a law knows by a column of another name.</summary>
    private static readonly Dictionary<string, string> Columns = new()
    {
        ["branches"] = "tokens",
        ["expert_count"] = "experts",
        ["d_expert"] = "granularity",
    };

    private readonly IReadOnlyList<Cell> _cells;

    /// <summary>Of each setting: the place of each cell's value among its values.</summary>
    private readonly List<int[]> _values = [];

    /// <param name="cells">Of the study.</param>
    /// <param name="law">By which information is weighed.</param>
    public ImplicitSettings(IReadOnlyList<Cell> cells, Law law)
    {
        _cells = cells;
        foreach (string key in cells.SelectMany(c => c.Settings.Keys).Distinct().Where(k => k != AxisNames.Seed))
        {
            string[] values = [.. cells.Select(c => ValueOf(c, key)).Distinct()];
            if (values.Length > 1 && !Speaks(law, key))
            {
                _values.Add([.. cells.Select(c => Array.IndexOf(values, ValueOf(c, key)))]);
            }
        }
    }

    /// <summary>How many columns these need: one for each value but the first.</summary>
    public int ColumnCount => _values.Sum(v => v.Max());

    /// <summary>How many values there are, over all settings.</summary>
    public int ValueCount => ColumnCount + _values.Count;

    /// <summary>Which of these columns are 1 in each cell, the others being 0.</summary>
    public int[][] OnesOf() => Numbered(spare: 0, skipFirst: true);

    /// <summary>The values that each cell has, numbered over all settings, the first of each included.</summary>
    public int[][] Values() => Numbered(spare: 1, skipFirst: false);

    private int[][] Numbered(int spare, bool skipFirst)
    {
        List<int>[] numbers = [.. _cells.Select(_ => new List<int>())];
        int first = 0;
        foreach (int[] values in _values)
        {
            for (int cell = 0; cell < values.Length; cell++)
            {
                if (values[cell] > 0 || !skipFirst)
                {
                    numbers[cell].Add(first + values[cell] + spare - 1);
                }
            }
            first += values.Max() + spare;
        }
        return [.. numbers.Select(n => n.ToArray())];
    }

    private static string ValueOf(Cell cell, string key) => cell.Settings.GetValueOrDefault(key, "");

    private bool Speaks(Law law, string key)
    {
        string[] read = [.. law.Variables.SelectMany(v => v.Columns)];
        return Sizes.Contains(key)
            ? !SameLetters(law, key)
            : Identifiability.Speaks(read, key) || Identifiability.Speaks(read, Columns.GetValueOrDefault(key, key));
    }

    /// <summary>Whether two cells that differ in nothing but a setting are one to the law.</summary>
    private bool SameLetters(Law law, string key) =>
        _cells
            .GroupBy(c =>
                string.Join(
                    '\n',
                    c.Settings.Where(s => s.Key != key && s.Key != AxisNames.Seed)
                        .OrderBy(s => s.Key, StringComparer.Ordinal)
                        .Select(s => $"{s.Key} {s.Value}")
                )
            )
            .Any(same =>
                same.DistinctBy(c => ValueOf(c, key)).ToArray() is Cell[] different
                && different.Select(c => Letters(law, c)).Distinct().Count() < different.Length
            );

    private static string Letters(Law law, Cell cell)
    {
        Func<string, double?> column = ModelColumns.Of(cell.Model, cell.Census);
        return string.Join(
            ' ',
            law.Variables.SelectMany(v => v.Columns).Distinct().Select(c => c == "train_flops" ? cell.FlopsPerToken : column(c))
        );
    }
}
