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

    internal static Phrase Of(PlanWarning.LargeCache w) =>
        $"the KV cache of {Sequences(w.Sequences, w.ContextTokens)} is {100 * w.Share:0} % of the memory, "
        + $"which limits the plan: {Cures(w.Cures)}";

    private static Phrase Cures(IReadOnlyList<CacheCure> cures)
    {
        const string none = "fewer or shorter sequences take less";
        CacheCure? fp8 = cures.FirstOrDefault(c => c.Kind == CacheCureKind.Fp8);
        string[] shapes = [.. cures.Where(c => c != fp8).Select(Shape)];
        string others = shapes.Length > 0 ? $"{string.Join("; with ", shapes)}{Family}" : "";
        if (fp8 is null)
        {
            return shapes.Length > 0 ? $"it is smaller with {others}" : none;
        }
        Setting kv = PlanSettings.Kv.To("fp8");
        Phrase smaller = $"{kv}, {Smaller(fp8)}";
        return shapes.Length > 0
            ? (Phrase)$"it is smaller with {Phrase.If(kv, $"{smaller}; with ")}{others}"
            : Phrase.If(kv, $"it is smaller with {smaller}", none);
    }

    private static string Shape(CacheCure cure) =>
        cure.Kind == CacheCureKind.GroupedHeads
            ? FormattableString.Invariant($"{cure.Value:0} heads to a KV head, {Smaller(cure)}")
            : FormattableString.Invariant($"latent attention of {cure.Value:0} values a block, {Smaller(cure)}");

    private static string Smaller(CacheCure cure) =>
        FormattableString.Invariant($"{cure.Factor:0.#} times: {Quantity.FormatBytes(cure.Bytes)}");
}
