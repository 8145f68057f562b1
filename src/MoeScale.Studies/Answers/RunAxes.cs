using MoeScale.Basics;
using MoeScale.Laws.Runs;
using MoeScale.Models;
using MoeScale.Studies.Axes;
using MoeScale.Studies.Files;

namespace MoeScale.Studies.Answers;

/// <summary>
/// What the runs of a table differ in: settings that a study's grids vary, and tokens. All are columns of the table. The value of a setting
/// that a run cannot have, as a dense
/// model has no granularity, is empty.
/// </summary>
internal sealed class RunAxes
{
    // Lengths are rounded to whole sequences or routing groups, which are not the same for all models.
    private const double Rounding = 5e-3;

    // What the family or train itself has.
    private const string Default = "usual";

    private static readonly HashSet<string> OfExperts = ["granularity", "top_k", "shared_experts", .. Settings.OfRouting];

    private readonly Dictionary<string, string[]> _values = [];
    private readonly bool[] _isDense;

    /// <param name="table">The runs.</param>
    /// <param name="names">Settings, in the order in which people are to read them; those that are no column, or the same everywhere, are
    /// left out.</param>
    /// <param name="formulas">Settings that are formulas of the model: by setting and trunk, what the study says.</param>
    public RunAxes(RunTable table, IEnumerable<string> names, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> formulas)
    {
        int[] rows = [.. Enumerable.Range(0, table.RowCount)];
        RunColumn? routing = table.Find("routing");
        RunColumn trunk = table.Column("trunk", "report");
        _isDense = [.. rows.Select(r => routing?.Text(r) == "dense")];
        foreach (string name in names.Distinct())
        {
            if (table.Find(name) is not RunColumn column)
            {
                continue;
            }
            string[] lengths = name == AxisNames.Tokens ? Lengths(column) : [];
            string[] values =
            [
                .. rows.Select(r =>
                    Lacks(r, name, routing) ? ""
                    : name == AxisNames.Tokens ? lengths[r]
                    : formulas.GetValueOrDefault(name)?.GetValueOrDefault(trunk.Text(r)) is string formula ? formula
                    : !column.IsEmpty(r) ? column.Text(r)
                    : name == RoutingKeys.CapacityFactor ? Settings.None
                    : Default
                ),
            ];
            if (values.Distinct().Skip(1).Any())
            {
                _values.Add(name, values);
            }
        }
    }

    /// <summary>Of a study: the keys of its grids, and the lengths of its runs.</summary>
    /// <remarks>A formula of the model, such as 4*d_model, is one value, whatever number it gives for each.</remarks>
    /// <param name="study">The study.</param>
    /// <param name="table">Its runs.</param>
    /// <param name="but">A setting that is no difference, as rates are none where each model is trained at its best.</param>
    public static RunAxes Of(Study study, RunTable table, string? but = null) =>
        new(
            table,
            study
                .Cells.SelectMany(c => c.Settings.Keys)
                .Where(k => k is not (Settings.Branches or AxisNames.Tokens) && k != but)
                .Append(AxisNames.Tokens),
            Formulas(study, table)
        );

    /// <summary>By setting and trunk, what the study says of settings that are numbers in the table.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Formulas(Study study, RunTable table) =>
        study
            .Cells.SelectMany(c => c.Settings.Select(s => (s.Key, s.Value, c.Name)))
            .Where(s => table.Find(s.Key) is { HasTexts: false } && s.Value != Settings.None && !Quantity.TryParseCount(s.Value, out _))
            .GroupBy(s => s.Key)
            .ToDictionary(g => g.Key, g => (IReadOnlyDictionary<string, string>)g.ToDictionary(s => s.Name, s => s.Value));

    public IReadOnlyList<string> Names => [.. _values.Keys];

    /// <summary>As text; empty where the run has no such setting.</summary>
    public string Value(int row, string name) => _values[name][row];

    /// <summary>As text; empty where all have the same.</summary>
    public string Seed(int row) => _values.TryGetValue(AxisNames.Seed, out string[]? seeds) ? seeds[row] : "";

    /// <summary>Everything that a run has, but some settings: runs that agree in it differ in these alone.</summary>
    public string Key(int row, params IReadOnlyList<string> but) => KeyOf(row, _values.Keys.Where(n => !but.Contains(n)));

    /// <summary>What a run has of some settings.</summary>
    public string KeyOf(int row, IEnumerable<string> names) => string.Join('|', names.Select(n => _values[n][row]));

    /// <summary>"d64-e8, 2.00M tokens": as cells are called, with the settings alone in which some runs differ.</summary>
    /// <param name="row">One of these runs.</param>
    /// <param name="among">All of them.</param>
    /// <param name="but">Settings to leave out.</param>
    public string Label(int row, IReadOnlyList<int> among, IReadOnlyList<string> but)
    {
        string[] differ =
        [
            .. Names.Where(n => n != AxisNames.Seed && !but.Contains(n) && among.Select(r => Value(r, n)).Distinct().Skip(1).Any()),
        ];
        string cell = string.Join(
            '-',
            differ
                .Where(n => n != AxisNames.Tokens && Value(row, n).Length > 0)
                .Select(n => Settings.NamePart(n, Value(row, n)))
                .Where(p => p.Length > 0)
        );
        string tokens = differ.Contains(AxisNames.Tokens) ? $"{Value(row, AxisNames.Tokens)} tokens" : "";
        return cell.Length > 0 && tokens.Length > 0 ? $"{cell}, {tokens}"
            : cell.Length > 0 ? cell
            : tokens.Length > 0 ? tokens
            : _isDense[row] ? "dense"
            : "runs";
    }

    // Dense models have no experts to choose; where experts choose there is nothing to balance or to drop, and where tokens do there is no
    // group: each kind of routing has its own keys.
    private bool Lacks(int row, string name, RunColumn? routing) =>
        OfExperts.Contains(name) && (_isDense[row] || RoutingKind.Find(routing?.Text(row))?.Lacks(name) == true);

    private static string[] Lengths(RunColumn tokens)
    {
        Dictionary<double, string> names = [];
        double[] lengths = [.. tokens.Numbers.ToArray().Distinct().OrderDescending()];
        for (int i = 0; i < lengths.Length; i++)
        {
            names[lengths[i]] =
                i > 0 && lengths[i] > (1 - Rounding) * lengths[i - 1] ? names[lengths[i - 1]] : Quantity.FormatCount(lengths[i]);
        }
        return [.. tokens.Numbers.ToArray().Select(t => names[t])];
    }
}
