namespace MoeScale.Models;

/// <summary>Whether a model can be trained as it stands: whole blocks and heads, widths that suit the machine.</summary>
public static class Buildable
{
    /// <summary>The reason why not, or null.</summary>
    /// <param name="m">The model.</param>
    /// <param name="multipleOf">What d_model, d_ff and d_expert must be a multiple of.</param>
    public static string? WhyNot(Model m, double multipleOf)
    {
        ReadOnlySpan<(string Name, double Value, double Unit)> sizes =
        [
            ("d_model", m.ModelWidth, multipleOf),
            ("d_ff", m.FeedForwardWidth, multipleOf),
            ("d_expert", m.ExpertWidth, multipleOf),
            ("n_blocks", m.Blocks, 1),
            ("n_heads", m.Heads, 1),
            ("n_kv_heads", m.KvHeads, 1),
            // Rotary positions turn pairs of channels.
            ("head_dim", m.HeadWidth, m.Positions == Positions.Rope ? 2 : 1),
            ("expert_count", m.ExpertCount, 1),
            ("top_k", m.TopK, 1),
        ];
        foreach ((string name, double value, double unit) in sizes)
        {
            if (!IsMultiple(value, unit))
            {
                return unit == 1 ? $"{name} {value} is not a whole number" : $"{name} {value} is not a multiple of {unit}";
            }
        }
        return m.SharedExperts != 0 && !IsMultiple(m.SharedExperts, 1) ? $"shared_experts {m.SharedExperts} is not a whole number"
            : m.TopK > m.ExpertCount ? $"top_k {m.TopK} is above the {m.ExpertCount} experts"
            : !IsMultiple(m.Heads, m.KvHeads) ? $"n_heads {m.Heads} is not a multiple of n_kv_heads {m.KvHeads}"
            : null;
    }

    /// <summary>A model that can be built, with the last bits of its sizes put right: 4.1 * 1920 is not quite 7872.</summary>
    public static Model Whole(Model m) => m with
    {
        ModelWidth = Math.Round(m.ModelWidth),
        Blocks = Math.Round(m.Blocks),
        Heads = Math.Round(m.Heads),
        KvHeads = Math.Round(m.KvHeads),
        HeadWidth = Math.Round(m.HeadWidth),
        FeedForwardWidth = Math.Round(m.FeedForwardWidth),
        TopK = Math.Round(m.TopK),
        SharedExperts = Math.Round(m.SharedExperts),
    };

    // Sizes come out of formulas such as 4.1*d_model, whose last bit may be off.
    private static bool IsMultiple(double value, double unit)
    {
        double copies = value / unit;
        return copies >= 1 - 1e-9 && Math.Abs(copies - Math.Round(copies)) <= 1e-9 * copies;
    }
}
