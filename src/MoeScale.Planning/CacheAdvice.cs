using MoeScale.Models;

namespace MoeScale.Planning;

/// <summary>What a KV cache that leaves little room for weights takes, and what would make it smaller.</summary>
public static class CacheAdvice
{
    /// <summary>Query heads that share a KV head in Llama-3-70B; Ainslie et al. 2023 (arXiv 2305.13245).</summary>
    private const double DefaultGroup = 8;

    /// <summary>Numbers that latent attention keeps of a token in a block of DeepSeek-V3: its latent and the rotary key.</summary>
    private const double DefaultLatent = 512 + 64;

    /// <summary>Below this share of the memory no cure makes room for much more.</summary>
    private const double TellingShare = 0.1;

    /// <summary>Below this a cure is not worth its name.</summary>
    private const double TellingFactor = 1.2;

    /// <summary>Warnings of the cache of a plan's best model; none where it is small, or memory does not limit the plan.</summary>
    public static IEnumerable<PlanWarning> Of(Budget budget, Configuration best)
    {
        Model model = best.Model;
        if (model.Positions == Positions.Learned && budget.ContextTokens > model.Context)
        {
            yield return new PlanWarning.TooFewPositions(budget.Sequences, budget.ContextTokens, model.Context);
        }
        double share = best.KvCacheBytes / best.MemoryBytes;
        if (share >= TellingShare && best.Binding.Contains(Limit.Memory))
        {
            yield return new PlanWarning.LargeCache(budget.Sequences, budget.ContextTokens, share, [.. Cures(best, budget.Kv)]);
        }
    }

    private static IEnumerable<CacheCure> Cures(Configuration best, NumberType kv)
    {
        Model model = best.Model;
        if (kv.Bytes() > 1)
        {
            yield return Cure(CacheCureKind.Fp8, 8, kv.Bytes());
        }
        if (model.Latent is not null)
        {
            yield break;
        }
        double grouped = DefaultGroup * model.KvHeads / model.Heads;
        if (grouped >= TellingFactor && model.Heads >= DefaultGroup)
        {
            yield return Cure(CacheCureKind.GroupedHeads, DefaultGroup, grouped);
        }
        double latent = 2 * model.KvHeads * model.HeadWidth / DefaultLatent;
        if (latent >= TellingFactor)
        {
            yield return Cure(CacheCureKind.Latent, DefaultLatent, latent);
        }

        CacheCure Cure(CacheCureKind kind, double value, double factor) => new(kind, value, factor, best.KvCacheBytes / factor);
    }
}
