using MoeScale.Laws;

namespace MoeScale.Studies.Axes;

/// <summary>
/// What a plan weighs are the values of E and G that were trained. Where a law speaks of none of them they are the same to it, and the plan
/// keeps to the least.
/// </summary>
internal sealed class TrainedChoices
{
    private readonly (string Column, double[] Values)[] _axes;

    /// <param name="values">Of a column, those of all runs; whoever plans leaves out a column whose values are no whole numbers.</param>
    public TrainedChoices(Func<string, IEnumerable<double>> values) =>
        _axes = [
            .. ((string[])[AxisNames.Experts, AxisNames.Granularity])
                .Select(c => (c, values(c).Distinct().Order().ToArray()))
                .Where(a => a.Item2.All(v => v == Math.Floor(v))),
        ];

    /// <summary>Columns whose values a plan by this law weighs.</summary>
    public Dictionary<string, IReadOnlyList<double>> Weighed(Law law) =>
        _axes.Where(a => IsWeighed(law, a)).ToDictionary(a => a.Column, a => (IReadOnlyList<double>)a.Values);

    /// <summary>Columns to whose least value it keeps.</summary>
    public Dictionary<string, double> Kept(Law law) => _axes.Where(a => !IsWeighed(law, a)).ToDictionary(a => a.Column, a => a.Values[0]);

    private static bool IsWeighed(Law law, (string Column, double[] Values) axis) =>
        axis.Values.Length > 1 && Identifiability.Speaks([.. law.Variables.SelectMany(v => v.Columns)], axis.Column);
}
