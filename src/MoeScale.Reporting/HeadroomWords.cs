using System.Globalization;
using MoeScale.Basics;
using MoeScale.Planning;

namespace MoeScale.Reporting;

/// <summary>A limit of memory, and what of it stays free, in words.</summary>
public static class HeadroomWords
{
    /// <summary>"10 %" or "4.00 GB".</summary>
    public static string Amount(Headroom headroom) =>
        headroom.Bytes > 0
            ? Quantity.FormatBytes(headroom.Bytes)
            : string.Create(CultureInfo.InvariantCulture, $"{100 * headroom.Share:0.##} %");

    /// <summary>"80.0 GB, of which 10 % stays free".</summary>
    public static string Limit(double limit, Headroom headroom) =>
        $"{Quantity.FormatBytes(limit)}, {(headroom == Headroom.None ? "no headroom" : $"of which {Amount(headroom)} stays free")}";

    /// <summary>"80.0 GB", or "72.0 GB (80.0 GB, of which 10 % stays free)".</summary>
    public static string Usable(double limit, Headroom headroom) =>
        headroom == Headroom.None
            ? Quantity.FormatBytes(limit)
            : $"{Quantity.FormatBytes(headroom.Within(limit))} ({Limit(limit, headroom)})";
}
