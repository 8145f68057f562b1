using MoeScale.Basics;

namespace MoeScale.Laws;

/// <summary>Says where a point leaves the range of a law's experiments.</summary>
public static class RangeCheck
{
    /// <summary>Tokens over active parameters: a column that follows from two others.</summary>
    public const string TokensPerActiveParam = "tokens_per_active_param";

    /// <param name="law">The law, with its range by column.</param>
    /// <param name="value">The value of a column, or null where the point has none.</param>
    /// <returns>A line for each column that is outside: "active_params 18.8B is above 2.70B".</returns>
    public static IReadOnlyList<string> Outside(Law law, Func<string, double?> value)
    {
        List<string> outside = [];
        foreach ((string column, Interval interval) in law.Range)
        {
            if (Value(column, value) is double known && !interval.Holds(known))
            {
                string side = known > interval.High ? $"above {Quantity.FormatCount(interval.High)}" : $"below {Quantity.FormatCount(interval.Low)}";
                outside.Add($"{column} {Quantity.FormatCount(known)} is {side}");
            }
        }
        return outside;
    }

    /// <summary>The value of a column, or of <see cref="TokensPerActiveParam"/>; null where the point has none.</summary>
    public static double? Value(string column, Func<string, double?> value) =>
        column == TokensPerActiveParam ? value("tokens") / value("active_params") : value(column);
}
