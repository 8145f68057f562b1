using System.Globalization;
using MoeScale.Laws.Runs;
using MoeScale.Studies.Axes;

namespace MoeScale.Studies.Answers;

/// <summary>
/// What each setting of the grids changes, without any law: losses of runs that differ in it and in nothing else, at the same seeds where
/// these were repeated. A run that lacks a
/// setting, as a dense model lacks a capacity factor, is compared with each value of it.
/// </summary>
internal static class Contrasts
{
    // More values are a curve and no table.
    private const int MaxValues = 10;

    /// <param name="table">The runs.</param>
    /// <param name="axes">What they differ in.</param>
    /// <param name="settings">Whose values to compare.</param>
    public static IEnumerable<ContrastAnswer> Of(RunTable table, RunAxes axes, IEnumerable<string> settings)
    {
        double[] losses = table.Column("loss", "report").Numbers.ToArray();
        double[] tokens = table.Column(AxisNames.Tokens, "report").Numbers.ToArray();
        foreach (string setting in settings.Where(axes.Names.Contains))
        {
            string[] others = [.. axes.Names.Where(n => n != setting && n != AxisNames.Seed)];
            // What lacks the setting has no value of it that could be named: a dense model is compared with mixtures by their experts.
            Model[] models =
            [
                .. Enumerable
                    .Range(0, table.RowCount)
                    .GroupBy(r => axes.Key(r, AxisNames.Seed))
                    .Select(g => Model.Of([.. g], axes, setting, others))
                    .Where(m => m.Value.Length > 0),
            ];
            string[] values = [.. models.Select(m => m.Value).Distinct()];
            // Against the dense model, and against experts that are not cut; else against what the study names first.
            values = setting is AxisNames.Experts or AxisNames.Granularity
                ? [.. values.OrderBy(v => double.TryParse(v, CultureInfo.InvariantCulture, out double n) ? n : 0)]
                : values;
            Model?[][] groups = values.Length > MaxValues ? [] : [.. Groups(models, values)];
            int[] used = [.. Enumerable.Range(0, values.Length).Where(v => Array.Exists(groups, g => g[v] is not null))];
            if (groups.Length > 0)
            {
                yield return new ContrastAnswer(
                    setting,
                    [.. used.Select(v => values[v])],
                    [.. groups.Select(g => Row([.. used.Select(v => g[v])], losses, tokens, axes))]
                );
            }
        }
    }

    /// <summary>How far runs scatter that differ in their seeds alone; null where none do.</summary>
    public static ScatterAnswer? Scatter(RunTable table, RunAxes axes)
    {
        double[] losses = table.Column("loss", "report").Numbers.ToArray();
        int[][] repeated =
        [
            .. Enumerable
                .Range(0, table.RowCount)
                .GroupBy(r => axes.Key(r, AxisNames.Seed))
                .Select(g => g.ToArray())
                // What differs though its seed is the same differs in something that is no column.
                .Where(g => g.Length > 1 && g.DistinctBy(axes.Seed).Count() == g.Length),
        ];
        if (repeated.Length == 0)
        {
            return null;
        }
        double squares = repeated.Sum(g =>
            g.Average(r => losses[r]) is double mean ? g.Sum(r => (losses[r] - mean) * (losses[r] - mean)) : 0
        );
        // Branches of one trunk are no repeats of their own: they share its noise.
        RunColumn trunk = table.Column("trunk", "report");
        HashSet<string> branched =
        [
            .. Enumerable.Range(0, table.RowCount).GroupBy(trunk.Text).Where(g => g.Count() > 1).Select(g => g.Key),
        ];
        int trunks = repeated
            .SelectMany(g => g)
            .GroupBy(r => branched.Contains(trunk.Text(r)) ? axes.Key(r, AxisNames.Seed, AxisNames.Tokens) : axes.Key(r, AxisNames.Seed))
            .Sum(g => g.DistinctBy(axes.Seed).Count() - 1);
        return new ScatterAnswer(Math.Sqrt(squares / repeated.Sum(g => g.Length - 1)), trunks);
    }

    /// <summary>
    /// For each model those that have another value of the setting and agree with it in whatever both have; each group once.
    /// </summary>
    private static IEnumerable<Model?[]> Groups(Model[] models, string[] values)
    {
        // Models that have the same settings are found together by those that the asking one has too.
        ILookup<string, Model[]> kinds = models
            .GroupBy(m => (m.Value, string.Join(',', m.Known)))
            .Select(g => g.ToArray())
            .ToLookup(k => k[0].Value);
        Dictionary<(Model[] Kind, string Asked), ILookup<string, Model>> partners = [];
        HashSet<string> found = [];
        foreach (Model model in models)
        {
            Model?[] group = [.. values.Select(v => v == model.Value ? model : Partner(model, v))];
            Model[] members = [.. group.OfType<Model>()];
            if (
                members.Length > 1
                && Array.TrueForAll(members, a => Array.TrueForAll(members, a.Agrees))
                && found.Add(string.Join(',', members.Select(m => m.Rows[0])))
            )
            {
                yield return group;
            }
        }

        // The one that shares most; of several, none: what would be compared is a mean of several models.
        Model? Partner(Model model, string value)
        {
            (int Shared, Model[] Found)[] candidates =
            [
                .. kinds[value].Select(k => (k[0].Known.Intersect(model.Known).Count(), InKind(k, model))).Where(c => c.Item2.Length > 0),
            ];
            Model[] best =
                candidates.Length == 0
                    ? []
                    : [.. candidates.Where(c => c.Shared == candidates.Max(o => o.Shared)).SelectMany(c => c.Found)];
            return best is [Model only] ? only : null;
        }

        Model[] InKind(Model[] kind, Model model)
        {
            string[] shared = [.. kind[0].Known.Intersect(model.Known)];
            (Model[], string) key = (kind, string.Join(',', shared));
            if (!partners.TryGetValue(key, out ILookup<string, Model>? lookup))
            {
                partners[key] = lookup = kind.ToLookup(m => m.KeyOf(shared));
            }
            return [.. lookup[model.KeyOf(shared)]];
        }
    }

    private static ContrastRow Row(Model?[] group, double[] losses, double[] tokens, RunAxes axes)
    {
        // Told by the one that has most settings.
        Model told = group.OfType<Model>().MaxBy(m => m.Known.Count)!;
        Dictionary<string, double>?[] bySeed =
        [
            .. group.Select(m => m?.Rows.GroupBy(axes.Seed).ToDictionary(g => g.Key, g => g.Average(r => losses[r]))),
        ];
        double?[] differences = new double?[group.Length];
        int[] seeds = new int[group.Length];
        for (int v = 1; v < group.Length; v++)
        {
            if (bySeed[0] is not Dictionary<string, double> first || bySeed[v] is not Dictionary<string, double> here)
            {
                continue;
            }
            // A seed orders the texts too: where both have it, it is the same for both.
            string[] shared = [.. here.Keys.Where(first.ContainsKey)];
            seeds[v] = shared.Length;
            differences[v] = shared.Length > 0 ? shared.Average(s => here[s] - first[s]) : here.Values.Average() - first.Values.Average();
        }
        seeds[0] = bySeed[0]?.Count ?? 0;
        return new ContrastRow(
            told.Settings.Where(s => s.Key != AxisNames.Tokens).ToDictionary(),
            tokens[told.Rows[0]],
            [.. bySeed.Select(b => b?.Values.Average())],
            differences,
            seeds
        );
    }

    /// <summary>Runs that differ in their seeds alone.</summary>
    /// <param name="Rows">Of the table.</param>
    /// <param name="Value">Of the setting that is compared.</param>
    /// <param name="Settings">All others.</param>
    /// <param name="Known">Those of them that it has.</param>
    private sealed record Model(
        IReadOnlyList<int> Rows,
        string Value,
        IReadOnlyDictionary<string, string> Settings,
        IReadOnlyList<string> Known
    )
    {
        public static Model Of(int[] rows, RunAxes axes, string setting, string[] others)
        {
            Dictionary<string, string> settings = others.ToDictionary(o => o, o => axes.Value(rows[0], o));
            return new Model(rows, axes.Value(rows[0], setting), settings, [.. others.Where(o => settings[o].Length > 0)]);
        }

        public string KeyOf(IEnumerable<string> names) => string.Join('|', names.Select(n => Settings[n]));

        public bool Agrees(Model other) =>
            Settings.All(s => s.Value.Length == 0 || other.Settings[s.Key].Length == 0 || s.Value == other.Settings[s.Key]);
    }
}
