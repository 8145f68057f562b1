using System.Globalization;
using MoeScale.Basics;
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

    /// <summary>"64 sequences of 32.0K tokens".</summary>
    public static string Sequences(Budget budget) => Sequences(budget.Sequences, budget.ContextTokens);

    /// <inheritdoc cref="Sequences(Budget)"/>
    public static string Sequences(double sequences, double tokens) =>
        $"{Plural.Of(sequences.ToString("#,0.##", CultureInfo.InvariantCulture), "sequence")} of {Plural.Of(Quantity.FormatCount(tokens), "token")}";

    /// <summary>Sentences about the cache of a plan's best model; none where it is small, or memory does not limit the plan.</summary>
    public static IEnumerable<string> Of(Budget budget, Configuration best)
    {
        Model model = best.Model;
        if (model.Positions == Positions.Learned && budget.ContextTokens > model.Context)
        {
            yield return $"{Sequences(budget)} cannot be: the model has {model.Context.ToString("#,0", CultureInfo.InvariantCulture)} "
                + "learned positions, and no sequence is longer; give a shorter context";
        }
        double share = best.KvCacheBytes / best.MemoryBytes;
        if (share < TellingShare || !best.Binding.Contains("memory"))
        {
            yield break;
        }
        string[] cures = [.. Cures(best, budget.Kv)];
        string cure = cures.Length == 0 ? "fewer or shorter sequences take less" : $"it is smaller with {string.Join("; with ", cures)}";
        string percent = (100 * share).ToString("0", CultureInfo.InvariantCulture);
        yield return $"the KV cache of {Sequences(budget)} is {percent} % of the memory, which limits the plan: {cure}";
    }

    private static IEnumerable<string> Cures(Configuration best, NumberType kv)
    {
        Model model = best.Model;
        if (kv.Bytes() > 1)
        {
            yield return $"--kv fp8, {Smaller(kv.Bytes())}";
        }
        if (model.Latent is not null)
        {
            yield break;
        }
        double grouped = DefaultGroup * model.KvHeads / model.Heads;
        double latent = 2 * model.KvHeads * model.HeadWidth / DefaultLatent;
        string family = " (n_kv_heads and kv_lora_rank of a shape family; no law here tells what they cost in loss)";
        if (grouped >= TellingFactor && model.Heads >= DefaultGroup)
        {
            yield return $"{DefaultGroup:0} heads to a KV head, {Smaller(grouped)}{(latent >= TellingFactor ? "" : family)}";
        }
        if (latent >= TellingFactor)
        {
            yield return $"latent attention of {DefaultLatent:0} values a block, {Smaller(latent)}{family}";
        }

        string Smaller(double factor) =>
            FormattableString.Invariant($"{factor:0.#} times: {Quantity.FormatBytes(best.KvCacheBytes / factor)}");
    }
}
