using System.Globalization;

namespace MoeScale.Basics;

/// <summary>Numbers as pages and reports print them.</summary>
public static class Figures
{
    /// <summary>A size or a choice: no decimals where it is whole, two where it is not.</summary>
    public static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>As <see cref="Number"/>, with commas between thousands.</summary>
    public static string Exact(double value) => value.ToString("#,0.##", CultureInfo.InvariantCulture);

    /// <summary>FLOPs and rates.</summary>
    public static string Scientific(double value) => value.ToString("0.00e0", CultureInfo.InvariantCulture);

    /// <summary>In messages, with all its digits, as <see cref="Quantity"/> reads numbers: 1e21, 2.5e-7, 4096.</summary>
    public static string Shortest(double value) => Readable(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>The same with few digits: 1e8, 0.00123.</summary>
    public static string Significant(double value, int digits = 6) => Readable(value.ToString($"G{digits}", CultureInfo.InvariantCulture));

    /// <summary>A loss in nats, or a difference of two.</summary>
    public static string Loss(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);

    // 1E+08 is what machines write.
    private static string Readable(string number)
    {
        int exponent = number.IndexOf('E', StringComparison.Ordinal);
        return exponent < 0 ? number : $"{number[..exponent]}e{int.Parse(number.AsSpan(exponent + 1), CultureInfo.InvariantCulture)}";
    }
}
