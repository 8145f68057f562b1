using MoeScale.Basics;
using MoeScale.Models;

namespace MoeScale.Studies.Files;

/// <summary>Which keys of a study say what a cell is, and which of them may have several values in a grid.</summary>
internal static class Settings
{
    /// <summary>How experts are chosen: nothing that parameters or FLOPs depend on.</summary>
    public static readonly IReadOnlyList<string> OfRouting = RoutingKeys.Names;

    /// <summary>As a value: the family's or model file's own is taken out.</summary>
    public const string None = "none";

    /// <summary>A list of these is one value: all branches belong to one trunk.</summary>
    public const string Branches = "branches";

    /// <summary>Parts the lengths of branches where they are one value; a comma may stand in a formula.</summary>
    public const char BetweenBranches = '\n';

    // What is usual adds nothing to the name of a cell.
    private static readonly Dictionary<string, string> Default = new()
    {
        ["experts"] = "1",
        ["granularity"] = "1",
        ["seed"] = "0",
        [RoutingKeys.Kind] = RoutingKind.Default.Name,
        ["router_weights"] = "softmax",
    };

    private static readonly Dictionary<string, string> Short = new()
    {
        ["d_model"] = "d",
        ["n_blocks"] = "b",
        ["experts"] = "e",
        ["granularity"] = "g",
        ["top_k"] = "k",
        ["capacity_factor"] = "c",
        ["shared_experts"] = "shared",
        ["routing"] = "",
        ["router_weights"] = "",
        ["routing_group"] = "group",
        ["tokens"] = "t",
        ["batch_tokens"] = "batch",
        ["learning_rate"] = "lr",
        ["seed"] = "s",
    };

    /// <summary>How many combinations a grid's values have; counting makes none of them.</summary>
    public static double CountCombinations(YamlMap grid) =>
        grid.Keys.Aggregate(1.0, (count, key) => count * (key != Branches && grid.IsList(key) ? grid.Texts(key).Count : 1));

    /// <summary>Every combination of a grid's values, the last key varying fastest.</summary>
    /// <param name="grid">Keys with a value or a list of values.</param>
    /// <exception cref="UserException">A list is empty, or a value stands twice in it.</exception>
    public static IEnumerable<IReadOnlyDictionary<string, string>> Combinations(YamlMap grid)
    {
        IEnumerable<IReadOnlyDictionary<string, string>> all = [new Dictionary<string, string>()];
        foreach (string key in grid.Keys)
        {
            IReadOnlyList<string> values =
                key == Branches ? OneValue(grid.Texts(key))
                : grid.IsList(key) ? grid.Texts(key)
                : [grid.Text(key)];
            if (values.Count == 0)
            {
                throw grid.Error(key, $"'{key}' has an empty list; give at least one value, or leave the key out");
            }
            if (values.Any(string.IsNullOrWhiteSpace))
            {
                throw grid.Error(key, $"'{key}' has an empty value; leave it out, or write none for what takes out a value of the family");
            }
            RequireDifferent(grid, key, values);
            all = all.SelectMany(a => values.Select(v => new Dictionary<string, string>(a) { [key] = v.Trim() }));
        }
        return all;
    }

    private static IReadOnlyList<string> OneValue(IReadOnlyList<string> lengths) =>
        lengths.Count == 0 ? [] : [string.Join(BetweenBranches, lengths)];

    private static void RequireDifferent(YamlMap grid, string key, IReadOnlyList<string> values)
    {
        if (
            values
                .GroupBy(v => Quantity.TryParseCount(v, out double number) ? FormattableString.Invariant($"{number:R}") : v.Trim())
                .FirstOrDefault(g => g.Count() > 1)
                ?.ToArray()
            is [string one, string other, ..]
        )
        {
            throw grid.Error(
                key,
                $"'{key}' has {(one.Trim() == other.Trim() ? $"{one} twice" : $"{one} and {other}, which are one value")}; give each "
                    + $"value once, and repeat a run by another seed"
            );
        }
        // Folders are named by values, and a file system may not tell cases apart.
        if (
            values.GroupBy(v => NamePart(key, v.Trim()).ToLowerInvariant()).FirstOrDefault(g => g.Count() > 1)?.ToArray()
            is [string first, string second, ..]
        )
        {
            throw grid.Error(
                key,
                $"'{key}' has {first} and {second}, and cells of both would be called '{NamePart(key, first.Trim())}'; write one of them "
                    + $"otherwise, as a number or in another order such as d_model*0.1 for 0.1*d_model, or give each a study"
            );
        }
    }

    /// <summary>What a key and its value add to the name of a cell: "d64", "e8", "expert-choice"; empty for what is usual.</summary>
    public static string NamePart(string key, string value)
    {
        if (key == Branches || Default.GetValueOrDefault(key) == value)
        {
            return "";
        }
        string number = Quantity.TryParseCount(value, out double count)
            ? FormattableString.Invariant($"{count:R}").ToLowerInvariant().Replace("+", "", StringComparison.Ordinal)
            : value.Replace('_', '-');
        string text = Short.TryGetValue(key, out string? letter) ? letter + number : $"{key}={number}";
        return string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '=' or '_' ? c : '~'));
    }
}
