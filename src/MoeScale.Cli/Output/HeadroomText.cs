using System.Globalization;
using MoeScale.Basics;
using MoeScale.Planning;

namespace MoeScale.Cli.Output;

/// <summary>A limit of memory, and what of it stays free, in words.</summary>
internal static class HeadroomText
{
    /// <summary>"10 %" or "4.00 GB".</summary>
    public static string Amount(Headroom headroom) =>
        headroom.Bytes > 0
            ? Quantity.FormatBytes(headroom.Bytes)
            : string.Create(CultureInfo.InvariantCulture, $"{100 * headroom.Share:0.##} %");

    /// <summary>"80.0 GB, of which 10 % stays free".</summary>
    public static string Limit(double limit, Headroom headroom) =>
        $"{Quantity.FormatBytes(limit)}, {(headroom == Headroom.None ? "no headroom" : $"of which {Amount(headroom)} stays free")}";

    /// <summary>Of curves over budgets: the limit of memory, if it is the same for all, the cache in it, and what stays free.</summary>
    public static void WriteMemory(Budget budget)
    {
        string? limit = budget.MemoryBytes is double memory ? $"in {Limit(memory, budget.MemoryHeadroom)}" : null;
        string? cache = budget.KvTokens > 0 ? $"with a KV cache of {CacheAdvice.Sequences(budget)}" : null;
        bool isFree = limit is null && budget.MemoryHeadroom != Headroom.None;
        string? free = isFree ? $"{Amount(budget.MemoryHeadroom)} of the memory stays free" : null;
        string[] parts = [.. new[] { limit, cache, free }.OfType<string>()];
        if (parts.Length > 0)
        {
            Page.Field("", string.Join("; ", parts));
        }
    }

    /// <summary>"80.0 GB", or "72.0 GB (80.0 GB, of which 10 % stays free)".</summary>
    public static string Usable(double limit, Headroom headroom) =>
        headroom == Headroom.None
            ? Quantity.FormatBytes(limit)
            : $"{Quantity.FormatBytes(headroom.Within(limit))} ({Limit(limit, headroom)})";
}
