using System.Globalization;

namespace MoeScale.Basics;

/// <summary>A count with its noun, as a sentence says it: "1 block", "39 blocks".</summary>
public static class Plural
{
    /// <param name="number">The count as it is printed.</param>
    /// <param name="noun">Of one; several take an s.</param>
    public static string Of(string number, string noun) => number == "1" ? $"1 {noun}" : $"{number} {noun}s";

    /// <inheritdoc cref="Of(string, string)"/>
    public static string Of(double number, string noun) => Of(number.ToString(CultureInfo.InvariantCulture), noun);
}
