using System.Globalization;
using System.Text.RegularExpressions;

namespace MoeScale.Basics;

/// <summary>
/// Numbers as people write them. Counts: <c>1e22</c>, <c>100B</c>, <c>16k</c>, where K, M, B, T (any case) are
/// 1e3, 1e6, 1e9, 1e12. Bytes: <c>80GB</c> (1e9) and <c>80GiB</c> (2^30).
/// </summary>
public static partial class Quantity
{
    private static readonly (string Suffix, double Factor)[] CountSuffixes = [("K", 1e3), ("M", 1e6), ("B", 1e9), ("T", 1e12)];

    private const double MinBareBytes = 1e6;

    private static readonly (string Suffix, double Factor)[] ByteSuffixes =
    [
        ("KB", 1e3),
        ("MB", 1e6),
        ("GB", 1e9),
        ("TB", 1e12),
        ("PB", 1e15),
        ("KiB", 1024.0),
        ("MiB", 1048576.0),
        ("GiB", 1073741824.0),
        ("TiB", 1099511627776.0),
        ("PiB", 1125899906842624.0),
    ];

    /// <summary>Reads a count, if the text is one.</summary>
    public static bool TryParseCount(string text, out double value)
    {
        value = double.NaN;
        if (Split(text) is not (double number, string suffix))
        {
            return false;
        }
        int index = Array.FindIndex(CountSuffixes, s => s.Suffix.Equals(suffix, StringComparison.OrdinalIgnoreCase));
        if (suffix.Length > 0 && index < 0)
        {
            return false;
        }
        value = suffix.Length == 0 ? number : number * CountSuffixes[index].Factor;
        return double.IsFinite(value);
    }

    /// <summary>Reads a count; <paramref name="what"/> names it in the error, such as "a budget".</summary>
    /// <exception cref="UserException">Not a finite number with a known suffix.</exception>
    public static double ParseCount(string text, string what) =>
        TryParseCount(text, out double value) ? value : throw new UserException($"{what} '{text}' {WhyNoCount(text, value)}.");

    /// <summary>Reads a count of a setting, which is named in the error in the terms of whoever shows it.</summary>
    /// <exception cref="UserException">Not a finite number with a known suffix.</exception>
    public static double ParseCount(string text, Setting setting) =>
        TryParseCount(text, out double value) ? value : throw new UserException($"{setting} '{text}' {WhyNoCount(text, value)}.");

    /// <summary>Reads a count that must be above zero.</summary>
    /// <exception cref="UserException">Not a number, or not above zero.</exception>
    public static double ParsePositiveCount(string text, string what) => Positive(ParseCount(text, what), text, what);

    /// <summary>Reads bytes. <c>80B</c> and <c>80G</c> are refused: billions, bytes or GiB?</summary>
    /// <exception cref="UserException">Not a positive number of bytes.</exception>
    public static double ParseBytes(string text, string what)
    {
        (double number, string suffix) =
            Split(text)
            ?? throw new UserException($"{what} '{text}' is not a number of bytes. Write for example 80GB (1e9) or 80GiB (2^30).");
        if (suffix.Length == 0)
        {
            // 80 is 80 GB with the unit forgotten; 80e9 is meant.
            return Positive(Finite(number, text, what), text, what) >= MinBareBytes
                ? number
                : throw new UserException(
                    $"{what} '{text}' has no unit. Write for example {text.Trim()}GB (1e9 bytes each) or {text.Trim()}GiB (2^30)."
                );
        }
        foreach ((string known, double factor) in ByteSuffixes)
        {
            if (known.Equals(suffix, StringComparison.OrdinalIgnoreCase))
            {
                return Positive(Finite(number * factor, text, what), text, what);
            }
        }
        string reason = suffix.ToUpperInvariant() switch
        {
            "B" => "is ambiguous (bytes or billions?)",
            "K" or "M" or "G" or "T" or "P" => $"is ambiguous (1000s or 1024s of bytes?)",
            _ => $"has the unknown unit '{suffix}'",
        };
        throw new UserException($"{what} '{text}' {reason}. Write KB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB (powers of 1024).");
    }

    /// <summary>
    /// Three significant digits with a suffix: 1.70B, 88.6B, 669M; from a thousand T on, 1.23e16; below one, up to four decimals.
    /// </summary>
    public static string FormatCount(double value) => Format(value, 1000, ["", "K", "M", "B", "T"]);

    /// <summary>Three significant digits in powers of 1000: 80.0 GB.</summary>
    public static string FormatBytes(double value) => Format(value, 1000, [" bytes", " KB", " MB", " GB", " TB", " PB"]);

    private static string WhyNoCount(string text, double value) =>
        Split(text) is not (_, string suffix) ? "is not a number. Write for example 1e22, 100B or 16k"
        : double.IsInfinity(value) ? "is too large for a number"
        : suffix is "e" or "E" ? $"is not a number: the digits after the '{suffix}' are missing. Write for example 1e22"
        : $"has the unknown suffix '{suffix}'. Known are K (1e3), M (1e6), B (1e9) and T (1e12)";

    private static string Format(double value, double unit, string[] suffixes)
    {
        if (!double.IsFinite(value))
        {
            return "-";
        }
        int power = 0;
        double scaled = value;
        // 999.5 would print as 1000 with three digits: it belongs to the next suffix.
        while (Math.Abs(scaled) >= 0.9995 * unit && power < suffixes.Length - 1)
        {
            scaled /= unit;
            power++;
        }
        if (Math.Abs(scaled) >= 0.9995 * unit)
        {
            return value.ToString("0.00e0", CultureInfo.InvariantCulture);
        }
        bool wholeUnits = power == 0 && value == Math.Floor(value);
        string format = wholeUnits
            ? "0"
            : Math.Abs(scaled) switch
            {
                >= 99.95 => "0",
                >= 9.995 => "0.0",
                >= 0.9995 => "0.00",
                _ => "0.00##",
            };
        return scaled.ToString(format, CultureInfo.InvariantCulture) + suffixes[power];
    }

    private static (double Number, string Suffix)? Split(string text)
    {
        Match match = NumberAndSuffix().Match(text);
        return match.Success
            ? (double.Parse(match.Groups[1].ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture), match.Groups[2].Value)
            : null;
    }

    private static double Finite(double value, string text, string what) =>
        double.IsFinite(value) ? value : throw new UserException($"{what} '{text}' is too large for a number.");

    private static double Positive(double value, string text, string what) =>
        value > 0 ? value : throw new UserException($"{what} '{text}' must be above zero.");

    [GeneratedRegex(@"^\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*([A-Za-z]*)\s*$")]
    private static partial Regex NumberAndSuffix();
}
