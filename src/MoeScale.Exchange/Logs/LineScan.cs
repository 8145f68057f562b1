using System.Globalization;

namespace MoeScale.Exchange.Logs;

/// <summary>What readers of console logs share.</summary>
internal static class LineScan
{
    // Before the first report a log has what the program was started with, and warnings of its libraries.
    private const int LinesBeforeReports = 200_000;

    /// <summary>Whether a text file has a line that is a report.</summary>
    public static bool HasLine(LogFile file, Func<string, bool> isReport) =>
        !file.Head.Contains('\0', StringComparison.Ordinal) && file.Lines().Take(LinesBeforeReports).Any(isReport);

    /// <summary>A number as programs print it: "1,234.5", "1.2E+01", "nan", "-inf", "9.72%", "2.39B"; null if it is none.</summary>
    public static double? Number(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        double factor = 1;
        if (text.Length > 1 && "%KMBT".IndexOf(text[^1], StringComparison.Ordinal) is int unit and >= 0)
        {
            factor = unit == 0 ? 0.01 : Math.Pow(1000, unit);
            text = text[..^1];
        }
        return text.ToString().ToLowerInvariant() switch
        {
            "nan" or "-nan" => double.NaN,
            "inf" or "infinity" => double.PositiveInfinity,
            "-inf" or "-infinity" => double.NegativeInfinity,
            string plain => double.TryParse(
                plain,
                NumberStyles.Float | NumberStyles.AllowThousands,
                CultureInfo.InvariantCulture,
                out double value
            )
                ? value * factor
                : null,
        };
    }

    /// <summary>A time stamp: "2024-10-16 04:23:00", with or without fractions after '.' or ','.</summary>
    public static DateTime? Time(string text) =>
        DateTime.TryParse(
            text.Replace(',', '.'),
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out DateTime time
        )
            ? time
            : null;
}
