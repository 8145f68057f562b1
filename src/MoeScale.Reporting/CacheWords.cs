using MoeScale.Basics;
using MoeScale.Planning;

namespace MoeScale.Reporting;

/// <summary>What is told of a KV cache.</summary>
public static class CacheWords
{
    private const string Family = " (n_kv_heads and kv_lora_rank of a shape family; no law here tells what they cost in loss)";

    /// <summary>"64 sequences of 32.0K tokens".</summary>
    public static string Sequences(Budget budget) => Sequences(budget.Sequences, budget.ContextTokens);

    /// <inheritdoc cref="Sequences(Budget)"/>
    public static string Sequences(double sequences, double tokens) =>
        $"{Plural.Of(Figures.Exact(sequences), "sequence")} of {Plural.Of(Quantity.FormatCount(tokens), "token")}";

    internal static Phrase Of(PlanWarning.TooFewPositions w) =>
        $"{Sequences(w.Sequences, w.ContextTokens)} cannot be: the model has {w.Positions:#,0} learned positions, "
        + $"and no sequence is longer; give a shorter context";

    internal static Phrase Of(PlanWarning.LargeCache w)
    {
        Phrase cures = Phrase.Join("; with ", w.Cures.Select((cure, i) => Cure(cure, isLast: i == w.Cures.Count - 1)));
        Phrase smaller = $"it is smaller with {cures}";
        Phrase cure = w.Cures.Count == 0 ? "fewer or shorter sequences take less" : smaller;
        return $"the KV cache of {Sequences(w.Sequences, w.ContextTokens)} is {100 * w.Share:0} % of the memory, "
            + $"which limits the plan: {cure}";
    }

    private static Phrase Cure(CacheCure cure, bool isLast)
    {
        string smaller = FormattableString.Invariant($"{cure.Factor:0.#} times: {Quantity.FormatBytes(cure.Bytes)}");
        return cure.Kind switch
        {
            CacheCureKind.Fp8 => (Phrase)$"{PlanSettings.Kv.To("fp8")}, {smaller}",
            CacheCureKind.GroupedHeads => $"{cure.Value:0} heads to a KV head, {smaller}{(isLast ? Family : "")}",
            _ => $"latent attention of {cure.Value:0} values a block, {smaller}{Family}",
        };
    }
}
