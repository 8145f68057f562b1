using MoeScale.Planning;
using MoeScale.Reporting;

namespace MoeScale.Cli.Output;

/// <summary>The memory that curves over budgets keep to, in one line.</summary>
internal static class MemoryLine
{
    /// <summary>Of curves over budgets: the limit of memory, if it is the same for all, the cache in it, and what stays free.</summary>
    public static void Write(Budget budget)
    {
        string? limit = budget.MemoryBytes is double memory ? $"in {HeadroomWords.Limit(memory, budget.MemoryHeadroom)}" : null;
        string? cache = budget.KvTokens > 0 ? $"with a KV cache of {CacheWords.Sequences(budget)}" : null;
        bool isFree = limit is null && budget.MemoryHeadroom != Headroom.None;
        string? free = isFree ? $"{HeadroomWords.Amount(budget.MemoryHeadroom)} of the memory stays free" : null;
        string[] parts = [.. new[] { limit, cache, free }.OfType<string>()];
        if (parts.Length > 0)
        {
            Page.Field("", string.Join("; ", parts));
        }
    }
}
