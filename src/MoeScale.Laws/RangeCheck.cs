using MoeScale.Basics;
using MoeScale.Formulas;

namespace MoeScale.Laws;

/// <summary>One quantity of a point that is outside the experiments of a law.</summary>
/// <param name="Name">A column, a formula of columns, or a letter of the law.</param>
/// <param name="Value">Its value at the point.</param>
/// <param name="Bound">The end of the range that it passes, or the one value that all experiments had.</param>
/// <param name="IsHeld">Whether all experiments had one value.</param>
public sealed record Excess(string Name, double Value, double Bound, bool IsHeld = false)
{
    /// <summary>For complaints and warnings: "active_params 18.8B is above 2.70B", "top_k is 2, not 1".</summary>
    public string InWords() =>
        IsHeld
            ? $"{Name} is {Quantity.FormatCount(Value)}, not {Quantity.FormatCount(Bound)}"
            : $"{Name} {Quantity.FormatCount(Value)} is {(Value > Bound ? "above" : "below")} {Quantity.FormatCount(Bound)}";

    /// <summary>Several, with semicolons between.</summary>
    public static string InWords(IEnumerable<Excess> all) => string.Join("; ", all.Select(e => e.InWords()));
}

/// <summary>Says where a point leaves the experiments of a law: the ranges that they varied, and what they held.</summary>
public static class RangeCheck
{
    /// <summary>Tokens over active parameters: a column that follows from two others.</summary>
    public const string TokensPerActiveParam = "tokens_per_active_param";

    /// <param name="law">The law, with its range by column, formula of columns, or letter.</param>
    /// <param name="value">The value of a column or letter, or null where the point has none.</param>
    /// <returns>What is outside, in the order of the law's ranges.</returns>
    public static IReadOnlyList<Excess> Outside(Law law, Func<string, double?> value)
    {
        List<Excess> outside = [];
        foreach ((string name, Interval interval) in law.Range)
        {
            double? known = law.Variables.Any(v => v.Name == Names.Plain(name)) ? value(Names.Plain(name)) : Measure(name).Value(value);
            if (known is double x && !interval.Holds(x))
            {
                outside.Add(new Excess(name, x, x > interval.High ? interval.High : interval.Low));
            }
        }
        return outside;
    }

    /// <summary>As <see cref="Outside(Law, Func{string, double?})"/>, at a point that knows columns only.</summary>
    public static IReadOnlyList<Excess> OutsideColumns(Law law, Func<string, double?> column) =>
        Outside(law, name => Value(law, name, column));

    /// <summary>What makes a model another one than those that the law speaks of, whose loss or rate its formula then gives.</summary>
    /// <param name="law">The law, with what all its experiments held.</param>
    /// <param name="column">The value of a column, or null where it is not known.</param>
    /// <returns>In the order of the law; nothing where nothing is known.</returns>
    public static IReadOnlyList<Excess> NotCovered(Law law, Func<string, double?> column)
    {
        List<Excess> others = [];
        foreach ((string key, double held) in law.Fixed)
        {
            if (Value(law, key, column) is double known && !new Interval(held, held).Holds(known))
            {
                others.Add(new Excess(key, known, held, IsHeld: true));
            }
        }
        // A model with experts is no dense one, whatever their number and size.
        return others.Find(e => e is { Name: "experts", Bound: 1 }) is Excess sparse ? [sparse] : others;
    }

    /// <summary>Both: where columns are outside the ranges, and where they are those of another model.</summary>
    public static IReadOnlyList<Excess> OutsideExperiments(Law law, Func<string, double?> column) =>
        [.. OutsideColumns(law, column), .. NotCovered(law, column)];

    /// <summary>
    /// The value of a letter of the law, a column or a formula of columns, from columns; null where one of them is missing.
    /// </summary>
    public static double? Value(Law law, string name, Func<string, double?> column) => law.Measure(name).Value(column);

    /// <summary>A column, or a formula of columns, as a key of a law file names it.</summary>
    internal static Variable Measure(string key) =>
        new(key, key, Parser.ParseNumber(key == TokensPerActiveParam ? "tokens / active_params" : key, key), "");
}
