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

    /// <summary>A loss in nats, or a difference of two.</summary>
    public static string Loss(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
