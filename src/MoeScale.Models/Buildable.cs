namespace MoeScale.Models;

/// <summary>Whether a model can be trained as it stands: whole blocks and heads, widths that suit the machine.</summary>
public static class Buildable
{
    /// <summary>Beyond this no count of parameters is exact, nor any model near.</summary>
    private const double LargestSize = 1e12;

    /// <summary>The first reason why not, or null.</summary>
    /// <param name="m">The model.</param>
    /// <param name="multipleOf">What d_model, d_ff and d_expert must be a multiple of.</param>
    public static BuildFault? WhyNot(Model m, double multipleOf)
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
            // What is not there suits.
            ("d_ff", m.DenseBlocks > 0 ? m.FeedForwardWidth : multipleOf, multipleOf),
            ("d_shared", m.SharedWidth > 0 ? m.SharedWidth : multipleOf, multipleOf),
            ("mtp_modules", m.PredictionModules > 0 ? m.PredictionModules : 1, 1),
            ("leading_dense_blocks", m.LeadingDenseBlocks > 0 ? m.LeadingDenseBlocks : 1, 1),
            ("trailing_dense_blocks", m.TrailingDenseBlocks > 0 ? m.TrailingDenseBlocks : 1, 1),
            ("sliding_window", m.SlidingWindow > 0 ? m.SlidingWindow : 1, 1),
            ("attention_chunk", m.AttentionChunk > 0 ? m.AttentionChunk : 1, 1),
            ("full_attention_blocks", m.FullAttentionBlocks > 0 ? m.FullAttentionBlocks : 1, 1),
        ];
        foreach ((string name, double value, double unit) in sizes)
        {
            if (NotWhole(name, value, unit) is BuildFault fault)
            {
                return fault;
            }
        }
        if (m.TopK > m.ExpertCount)
        {
            return new BuildFault.TooFewExperts(m.TopK, m.ExpertCount);
        }
        if (m.FullAttentionBlocks > m.Blocks)
        {
            return new BuildFault.TooManyFullBlocks(m.FullAttentionBlocks, m.Blocks);
        }
        if (m.SlidingWindow > 0 && m.AttentionChunk > 0)
        {
            return new BuildFault.TwoOfAttention("sliding_window", "attention_chunk");
        }
        if (m.FullAttentionBlocks > 0 && m.AttentionPattern.Length > 0)
        {
            return new BuildFault.TwoOfAttention("full_attention_blocks", "attention_pattern");
        }
        if (!IsMultiple(m.Heads, m.KvHeads))
        {
            return new BuildFault.UnevenHeads(m.Heads, m.KvHeads);
        }
        return (m.IsDense ? null : WrongBlocks(m) ?? m.Routing.Kind.WhyNot(m)) ?? WrongLatent(m) ?? WrongIndexer(m);
    }

    /// <summary>A model that can be built, with the last bits of its sizes put right: 4.1 * 1920 is not quite 7872.</summary>
    public static Model Whole(Model m)
    {
        Model whole = m with
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
        return whole.AttentionPattern.Length == 0 ? whole : LayerPattern.Apply(whole, LayerPattern.Of(whole));
    }

    internal static BuildFault? NotWhole(string name, double value, double unit)
    {
        if (value <= LargestSize && IsMultiple(value, unit))
        {
            return null;
        }
        return value <= 0 ? new BuildFault.NotAboveZero(name, value)
            : !(value <= LargestSize) ? new BuildFault.TooLarge(name, value, LargestSize)
            : new BuildFault.NotAMultiple(name, value, unit);
    }

    private static BuildFault? WrongBlocks(Model m)
    {
        double withExperts = m.Blocks - m.LeadingDenseBlocks - m.TrailingDenseBlocks;
        if (withExperts <= 0)
        {
            return new BuildFault.NoBlockForExperts(m.LeadingDenseBlocks, m.TrailingDenseBlocks, m.Blocks);
        }
        return !IsMultiple(m.MoeEvery, 1) ? new BuildFault.NotAMultiple("moe_every", m.MoeEvery, 1)
            : !IsMultiple(withExperts, m.MoeEvery) ? new BuildFault.UnevenBlocks(withExperts, m.MoeEvery)
            : null;
    }

    private static BuildFault? WrongLatent(Model m)
    {
        if (m.Latent is not LatentAttention latent)
        {
            return null;
        }
        if (m.Biases.HasFlag(BiasSet.Qkv))
        {
            return new BuildFault.LatentBiases();
        }
        BuildFault? width =
            (latent.QueryRank > 0 ? NotWhole("q_lora_rank", latent.QueryRank, 1) : null)
            ?? NotWhole("kv_lora_rank", latent.KvRank, 1)
            ?? NotWhole("qk_nope_head_dim", latent.NopeWidth, 1)
            ?? NotWhole("qk_rope_head_dim", latent.RopeWidth, 2)
            ?? NotWhole("v_head_dim", latent.ValueWidth, 1);
        if (width is not null)
        {
            return width;
        }
        if (m.KvHeads != m.Heads)
        {
            return new BuildFault.LatentKvHeads(m.KvHeads, m.Heads);
        }
        return m.HeadWidth != latent.NopeWidth + latent.RopeWidth ? new BuildFault.LatentHeadWidth(m.HeadWidth) : null;
    }

    private static BuildFault? WrongIndexer(Model m)
    {
        if (m.Indexer is not SparseIndexer indexer)
        {
            return null;
        }
        return m.Latent is null
            ? new BuildFault.IndexerAlone()
            : NotWhole("index_n_heads", indexer.Heads, 1)
                ?? NotWhole("index_head_dim", indexer.Width, 1)
                ?? NotWhole("index_topk", indexer.TopK, 1);
    }

    // Sizes come out of formulas such as 4.1*d_model, whose last bit may be off.
    internal static bool IsMultiple(double value, double unit)
    {
        double copies = value / unit;
        return copies >= 1 - 1e-9 && Math.Abs(copies - Math.Round(copies)) <= 1e-9 * copies;
    }
}
