using MoeScale.Basics;

namespace MoeScale.Laws;

/// <summary>One quantity of a point that is outside the experiments of a law.</summary>
/// <param name="Name">A column, or a letter of the law.</param>
/// <param name="Value">Its value at the point.</param>
/// <param name="Bound">The end of the range that it passes.</param>
public sealed record Excess(string Name, double Value, double Bound)
{
    /// <summary>"active_params 18.8B is above 2.70B"</summary>
    public override string ToString() =>
        $"{Name} {Quantity.FormatCount(Value)} is {(Value > Bound ? "above" : "below")} {Quantity.FormatCount(Bound)}";
}

/// <summary>Says where a point leaves the range of a law's experiments.</summary>
public static class RangeCheck
{
    /// <summary>Tokens over active parameters: a column that follows from two others.</summary>
    public const string TokensPerActiveParam = "tokens_per_active_param";

    /// <param name="law">The law, with its range by column or letter.</param>
    /// <param name="value">The value of a column or letter, or null where the point has none.</param>
    /// <returns>What is outside, in the order of the law's ranges.</returns>
    public static IReadOnlyList<Excess> Outside(Law law, Func<string, double?> value)
    {
        List<Excess> outside = [];
        foreach ((string name, Interval interval) in law.Range)
        {
            if (Value(name, value) is double known && !interval.Holds(known))
            {
                outside.Add(new Excess(name, known, known > interval.High ? interval.High : interval.Low));
            }
        }
        return outside;
    }

    /// <summary>As <see cref="Outside(Law, Func{string, double?})"/>, at a point that knows columns only.</summary>
    public static IReadOnlyList<Excess> OutsideColumns(Law law, Func<string, double?> column) => Outside(law, name => Value(law, name, column));

    /// <summary>The value of a column or of a letter of the law, from columns; null where one of them is missing.</summary>
    public static double? Value(Law law, string name, Func<string, double?> column) =>
        law.Variables.FirstOrDefault(v => v.Name == name) is Variable letter ? letter.Value(column) : Value(name, column);

    private static double? Value(string name, Func<string, double?> value) =>
        name == TokensPerActiveParam ? value("tokens") / value("active_params") : value(name);
}
