using System.Globalization;

namespace MoeScale.Training.Recipes;

/// <summary>Which numbers a setting takes.</summary>
/// <param name="Low">The least, or what it must be above.</param>
/// <param name="High">The most, or what it must be below.</param>
public sealed record NumberRange(double Low, double High)
{
    /// <summary>Beyond it no number makes sense.</summary>
    private const double LargestNumber = 1e40;

    /// <summary>Whether <see cref="Low"/> itself is too little.</summary>
    public bool IsAboveLow { get; init; }

    /// <summary>Whether <see cref="High"/> itself is too much.</summary>
    public bool IsBelowHigh { get; init; }

    public bool IsWhole { get; init; }

    public static NumberRange FromZero { get; } = new(0, LargestNumber);

    /// <summary>A part of a whole, which may be nothing and not all.</summary>
    public static NumberRange Share { get; } = new(0, 1) { IsBelowHigh = true };

    public static NumberRange AboveZero(double high = LargestNumber) => new(0, high) { IsAboveLow = true };

    public static NumberRange Whole(double low, double high) => new(low, high) { IsWhole = true };

    public bool Holds(double value) =>
        (IsAboveLow ? value > Low : value >= Low)
        && (IsBelowHigh ? value < High : value <= High)
        && (!IsWhole || value == Math.Floor(value));

    /// <summary>"0.95", "1e-8": a number as a page shows it.</summary>
    internal static string Shown(double value)
    {
        bool isPlain = value == 0 || Math.Abs(value) is >= 1e-4 and < 1e5;
        return value.ToString(isPlain ? "0.######" : "0.#####e0", CultureInfo.InvariantCulture);
    }

    /// <summary>"a whole number from 1 to 1e6"</summary>
    public override string ToString()
    {
        string kind = IsWhole ? "a whole number" : "a number";
        string low = IsAboveLow ? "above" : "from";
        string to =
            IsBelowHigh ? " and below"
            : IsAboveLow ? " up to"
            : " to";
        string high = High == LargestNumber ? "" : $"{to} {Shown(High)}";
        return $"{kind} {low} {Shown(Low)}{high}";
    }
}
