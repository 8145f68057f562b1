using System.Text.RegularExpressions;
using MoeScale.Basics;

namespace MoeScale.Planning.Hardware;

/// <summary>A number of equal devices: what they can train in how long, and hold together.</summary>
/// <param name="Count">Whole, 1 to ten million.</param>
/// <param name="Accelerator">What each of them is.</param>
public sealed partial record Cluster(double Count, Accelerator Accelerator)
{
    /// <summary>What a plan tells days on where nobody says a device.</summary>
    public const string DefaultAccelerator = "h100";

    /// <summary>Share of the bf16 peak that training reaches where nobody says it.</summary>
    public const double DefaultMfu = 0.4;

    private const double LargestCount = 1e7;
    private const double SecondsPerDay = 86400;

    /// <summary>Bytes of all devices.</summary>
    public double MemoryBytes => Count * Accelerator.MemoryBytes;

    /// <summary>Bytes a second that all devices read from their own memory at best.</summary>
    public double Bandwidth => Count * Accelerator.Bandwidth;

    /// <summary>Reads "64xH100", "8 × h100", "H100" for one, or a path after the x.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="what">Its name in errors.</param>
    /// <param name="relativeTo">The folder that a relative path starts from; null for the current one.</param>
    /// <exception cref="UserException">A count that is not whole or out of range, or an unknown device.</exception>
    public static Cluster Parse(string text, string what, string? relativeTo = null)
    {
        Match match = CountAndDevice().Match(text);
        string name = (match.Success ? match.Groups[2].Value : text).Trim();
        if (name.Length == 0)
        {
            throw new UserException(
                $"{what} '{text}' names no device. Write for example 64xH100; known are {string.Join(", ", Accelerator.Ids)}."
            );
        }
        if (!EmbeddedFolder.IsPath(name) && !Accelerator.Ids.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            throw new UserException(
                $"{what} '{text}' names no known device{Guess.Hint(name, Accelerator.Ids)}. Write the count, an x and the device, "
                    + $"as in 64xH100; known are {string.Join(", ", Accelerator.Ids)}."
            );
        }
        double count = 1;
        if (
            match.Success
            && (!Quantity.TryParseCount(match.Groups[1].Value, out count) || count is < 1 or > LargestCount || count != Math.Floor(count))
        )
        {
            throw new UserException(
                $"{what} '{text}' has the count '{match.Groups[1].Value}'; it must be a whole number from 1 to 10 million, as in 64xH100."
            );
        }
        return new Cluster(count, Accelerator.Open(name, relativeTo));
    }

    /// <summary>Reads a utilisation: the share of the peak that a model's own FLOPs reach, as 0.4 or 40%.</summary>
    /// <exception cref="UserException">Not above 0 and up to 1.</exception>
    public static double ParseMfu(string text, string what)
    {
        string number = text.Trim();
        bool percent = number.EndsWith('%');
        bool valid = Quantity.TryParseCount(percent ? number[..^1] : number, out double value);
        double share = percent ? value / 100 : value;
        return valid && share is > 0 and <= 1
            ? share
            : throw new UserException($"{what} '{text}' is no utilisation; it must be above 0 and at most 1, such as 0.4 or 40%.");
    }

    /// <summary>FLOPs of training in bf16 in <paramref name="days"/>.</summary>
    /// <param name="days">Days of all devices.</param>
    /// <param name="mfu">Model FLOPs utilisation, above 0 and at most 1.</param>
    public double Flops(double days, double mfu) => days * SecondsPerDay * Rate(mfu);

    /// <summary>Days in which all devices train <paramref name="flops"/> in bf16; the inverse of <see cref="Flops"/>.</summary>
    public double Days(double flops, double mfu) => flops / Rate(mfu) / SecondsPerDay;

    /// <summary>Hours of single devices that <paramref name="flops"/> take: the same for any count, and what is paid for.</summary>
    public double DeviceHours(double flops, double mfu) => 24 * Count * Days(flops, mfu);

    private double Rate(double mfu) =>
        mfu is > 0 and <= 1
            ? Count * Accelerator.Bf16Flops * mfu
            : throw new ArgumentOutOfRangeException(nameof(mfu), mfu, "a utilisation is above 0 and at most 1");

    // A number, then an x: no id starts like that. The multiplication sign is what some documents print.
    [GeneratedRegex(@"^\s*([+-]?[0-9.][0-9.,_]*(?:[eE][+-]?[0-9]+)?[kKmMbBtT]?)\s*[xX×](.*)$")]
    private static partial Regex CountAndDevice();
}
