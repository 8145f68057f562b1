using MoeScale.Basics;

namespace MoeScale.Models;

/// <summary>Whether a model can be trained as it stands: whole blocks and heads, widths that suit the machine.</summary>
public static class Buildable
{
    /// <summary>Beyond this no count of parameters is exact, nor any model near.</summary>
    private const double LargestSize = 1e12;

    /// <summary>The reason why not, or null.</summary>
    /// <param name="m">The model.</param>
    /// <param name="multipleOf">What d_model, d_ff and d_expert must be a multiple of.</param>
    public static string? WhyNot(Model m, double multipleOf)
    {
        ReadOnlySpan<(string Name, double Value, double Unit)> sizes =
        [
            ("d_model", m.ModelWidth, multipleOf),
            ("n_blocks", m.Blocks, 1),
            ("n_heads", m.Heads, 1),
            ("n_kv_heads", m.KvHeads, 1),
            // Rotary positions turn pairs of channels.
            ("head_dim", m.HeadWidth, m.Positions == Positions.Rope ? 2 : 1),
            ("d_expert", m.ExpertWidth, multipleOf),
            ("expert_count", m.ExpertCount, 1),
            ("top_k", m.TopK, 1),
            ("vocab_size", m.VocabularySize, 1),
            ("vocab_multiple_of", m.VocabularyMultipleOf, 1),
            ("context", m.Context, 1),
        ];
        foreach ((string name, double value, double unit) in sizes)
        {
            if (NotWhole(name, value, unit) is string reason)
            {
                return reason;
            }
        }
        if (m.DenseBlocks > 0 && NotWhole("d_ff", m.FeedForwardWidth, multipleOf) is string wrongWidth)
        {
            return wrongWidth;
        }
        return (m.SharedWidth > 0 ? NotWhole("d_shared", m.SharedWidth, multipleOf) : null)
            ?? (m.PredictionModules > 0 ? NotWhole("mtp_modules", m.PredictionModules, 1) : null)
            ?? (m.LeadingDenseBlocks > 0 ? NotWhole("leading_dense_blocks", m.LeadingDenseBlocks, 1) : null)
            ?? (m.TrailingDenseBlocks > 0 ? NotWhole("trailing_dense_blocks", m.TrailingDenseBlocks, 1) : null)
            ?? (m.SlidingWindow > 0 ? NotWhole("sliding_window", m.SlidingWindow, 1) : null)
            ?? (m.FullAttentionBlocks > 0 ? NotWhole("full_attention_blocks", m.FullAttentionBlocks, 1) : null)
            ?? (
                m.FullAttentionBlocks > m.Blocks
                    ? $"full_attention_blocks {m.FullAttentionBlocks} is above the {Plural.Of(m.Blocks, "block")}"
                    : null
            )
            ?? (m.TopK > m.ExpertCount ? $"top_k {m.TopK} is above the {Plural.Of(m.ExpertCount, "expert")}" : null)
            ?? (!IsMultiple(m.Heads, m.KvHeads) ? $"n_heads {m.Heads} is not a multiple of n_kv_heads {m.KvHeads}" : null)
            ?? WrongBlocks(m)
            ?? (m.IsDense ? null : m.Routing.Kind.WhyNot(m))
            ?? WrongLatent(m)
            ?? WrongIndexer(m);
    }

    /// <summary>A model that can be built, with the last bits of its sizes put right: 4.1 * 1920 is not quite 7872.</summary>
    public static Model Whole(Model m) =>
        m with
        {
            ModelWidth = Math.Round(m.ModelWidth),
            Blocks = Math.Round(m.Blocks),
            Heads = Math.Round(m.Heads),
            KvHeads = Math.Round(m.KvHeads),
            HeadWidth = Math.Round(m.HeadWidth),
            // Where every block has experts, d_ff is a measure only and may be a fraction.
            FeedForwardWidth = IsMultiple(m.FeedForwardWidth, 1) ? Math.Round(m.FeedForwardWidth) : m.FeedForwardWidth,
            ExpertCount = Math.Round(m.ExpertCount),
            ExpertWidth = Math.Round(m.ExpertWidth),
            TopK = Math.Round(m.TopK),
            SharedWidth = Math.Round(m.SharedWidth),
            LeadingDenseBlocks = Math.Round(m.LeadingDenseBlocks),
            MoeEvery = Math.Round(m.MoeEvery),
            TrailingDenseBlocks = Math.Round(m.TrailingDenseBlocks),
            PredictionModules = Math.Round(m.PredictionModules),
            RoutingGroup = Math.Round(m.RoutingGroup),
            VocabularySize = Math.Round(m.VocabularySize),
            VocabularyMultipleOf = Math.Round(m.VocabularyMultipleOf),
            Context = Math.Round(m.Context),
        };

    internal static string? NotWhole(string name, double value, double unit) =>
        value <= LargestSize && IsMultiple(value, unit) ? null
        : value <= 0 ? $"{name} is {value}"
        : !(value <= LargestSize) ? $"{name} {value} is more than {LargestSize:0e0}"
        : unit == 1 ? $"{name} {value} is not a whole number"
        : $"{name} {value} is not a multiple of {unit}";

    private static string? WrongBlocks(Model m) =>
        m.IsDense ? null
        : m.LeadingDenseBlocks >= m.Blocks
            ? $"leading_dense_blocks {m.LeadingDenseBlocks} leaves none of the {Plural.Of(m.Blocks, "block")} for experts"
        : WithExperts(m) <= 0
            ? $"leading_dense_blocks {m.LeadingDenseBlocks} and trailing_dense_blocks {m.TrailingDenseBlocks} leave none of the "
                + $"{Plural.Of(m.Blocks, "block")} for experts"
        : !IsMultiple(m.MoeEvery, 1) ? $"moe_every {m.MoeEvery} is not a whole number"
        : !IsMultiple(WithExperts(m), m.MoeEvery)
            ? $"the {Plural.Of(WithExperts(m), "block")} after the leading ones are not a multiple of moe_every {m.MoeEvery}; "
                + "trailing_dense_blocks says how many at the end have no experts"
        : null;

    private static double WithExperts(Model m) => m.Blocks - m.LeadingDenseBlocks - m.TrailingDenseBlocks;

    private static string? WrongLatent(Model m)
    {
        if (m.Latent is not LatentAttention latent)
        {
            return null;
        }
        return (latent.QueryRank > 0 ? NotWhole("q_lora_rank", latent.QueryRank, 1) : null)
            ?? (
                m.Biases.HasFlag(BiasSet.Qkv)
                    ? "biases of queries, keys and values are not known for latent attention; list the other biases"
                    : null
            )
            ?? NotWhole("kv_lora_rank", latent.KvRank, 1)
            ?? NotWhole("qk_nope_head_dim", latent.NopeWidth, 1)
            ?? NotWhole("qk_rope_head_dim", latent.RopeWidth, 2)
            ?? NotWhole("v_head_dim", latent.ValueWidth, 1)
            ?? (
                m.KvHeads != m.Heads
                    ? $"latent attention rebuilds keys for every head: n_kv_heads {m.KvHeads} must be n_heads {m.Heads}"
                    : null
            )
            ?? (
                m.HeadWidth != latent.NopeWidth + latent.RopeWidth
                    ? $"head_dim {m.HeadWidth} is not qk_nope_head_dim + qk_rope_head_dim"
                    : null
            );
    }

    private static string? WrongIndexer(Model m) =>
        m.Indexer is not SparseIndexer indexer ? null
        : m.Latent is null ? "an indexer (index_n_heads) belongs to latent attention; give kv_lora_rank and its widths"
        : NotWhole("index_n_heads", indexer.Heads, 1)
            ?? NotWhole("index_head_dim", indexer.Width, 1)
            ?? NotWhole("index_topk", indexer.TopK, 1);

    // Sizes come out of formulas such as 4.1*d_model, whose last bit may be off.
    internal static bool IsMultiple(double value, double unit)
    {
        double copies = value / unit;
        return copies >= 1 - 1e-9 && Math.Abs(copies - Math.Round(copies)) <= 1e-9 * copies;
    }
}
