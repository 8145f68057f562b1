using MoeScale.Laws.Runs;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Fitting;

/// <summary>
/// What models the rows of a table are of, as far as its columns tell. A law that is fitted to them is a law of these models, and not of
/// those of the law whose form it has.
/// </summary>
internal static class ModelsOfRows
{
    // Rates of experts are sometimes written rounded: 21.3333 of granularity 3.
    private const double Rounding = 1e-4;

    /// <summary>What a fitted law states of itself where its table tells it.</summary>
    private static readonly string[] Told = ["experts", "granularity", "top_k", "shared_experts"];

    /// <summary>By any of these a law tells experts apart.</summary>
    private static readonly string[] OfExperts = ["experts", "granularity", "expert_count", "top_k", "d_expert"];

    /// <summary>Where rows are of other models than those that the law speaks of.</summary>
    public static IEnumerable<FitWarning> Warnings(Law law, FitRows rows)
    {
        foreach ((string key, double held) in Spoken(law))
        {
            double[] values = Values(key, law.Variables, rows);
            int other = values.Count(v => !Same(v, held));
            if (other == 0)
            {
                continue;
            }
            yield return Only(values) is double only && other == rows.Count
                ? new FitWarning.OtherModels(law.Id, key, held, only)
                : new FitWarning.MixedModels(law.Id, key, held, other, rows.Count);
            if (key == "experts" && held == 1)
            {
                // The rest follows.
                yield break;
            }
        }
    }

    /// <summary>
    /// What the rows have in common: what the law states, as far as they do not say otherwise, and what a bare formula cannot state.
    /// </summary>
    /// <param name="law">The law whose form was fitted; null for a bare formula.</param>
    /// <param name="variables">What the fitted law reads.</param>
    /// <param name="rows">The rows.</param>
    public static Dictionary<string, double> Fixed(Law? law, IReadOnlyList<Variable> variables, FitRows rows)
    {
        Dictionary<string, double> common = law?.Fixed.ToDictionary() ?? [];
        foreach (string key in Spoken(law).Select(f => f.Key))
        {
            double[] values = Values(key, law!.Variables, rows);
            if (values.Any(v => !Same(v, common[key])))
            {
                common.Remove(key);
                bool mayBeAny = law.Measure(key).Columns.Count > 1;
                if (Only(values) is double only && values.Length == rows.Count && (mayBeAny || only == Math.Floor(only)))
                {
                    common[key] = only;
                }
            }
        }
        string[] read = [.. variables.SelectMany(v => v.Columns)];
        if (law is null && !read.Intersect(OfExperts).Any())
        {
            foreach (string key in Told.Where(k => !read.Contains(k)))
            {
                double[] values = Values(key, variables, rows);
                if (values.Length == rows.Count && Only(values) is double only && only == Math.Floor(only))
                {
                    common[key] = only;
                }
            }
        }
        return common;
    }

    private static IEnumerable<KeyValuePair<string, double>> Spoken(Law? law) => law?.Fixed.Where(f => f.Key != "tokens") ?? [];

    private static bool Same(double value, double other) => Math.Abs(value - other) <= Rounding * Math.Abs(other);

    private static double? Only(double[] values) => values.Length > 0 && values.All(v => Same(v, values[0])) ? values[0] : null;

    /// <summary>The values of a column, or of a formula of columns, in those rows that tell it.</summary>
    private static double[] Values(string key, IReadOnlyList<Variable> variables, FitRows rows)
    {
        Variable measure = RangeCheck.Measure(key);
        IEnumerable<double?> all = Enumerable.Range(0, rows.Count).Select(row => measure.Value(name => Value(name, row)));
        return [.. all.OfType<double>().Where(double.IsFinite)];

        double? Value(string name, int row)
        {
            // Tables call columns whatever they like; what a letter means is the law's to say.
            int letter = Array.FindIndex([.. variables], v => v.IsColumn && v.Column == name);
            double? own = letter >= 0 ? rows.Values[letter][row] : Cell(name, row);
            return name switch
            {
                "experts" => own ?? Cell("expert_count", row) / (Cell("granularity", row) ?? 1),
                // A dense model uses none of what it has not.
                "top_k" when own == 0 => null,
                _ => own,
            };
        }

        double? Cell(string name, int row)
        {
            double value = rows.Table.Find(name) is RunColumn { HasNumbers: true } column
                ? column.Numbers.Span[rows.TableRows[row]]
                : double.NaN;
            return double.IsFinite(value) ? value : null;
        }
    }
}
