using MoeScale.Basics;

namespace MoeScale.Models;

/// <summary>Why a model cannot be built, with the sizes that stand in the way.</summary>
public abstract record BuildFault
{
    private protected BuildFault() { }

    /// <summary>In words that follow a colon, for whoever refuses the model.</summary>
    public abstract Phrase Reason { get; }

    /// <summary>A size that is zero or below.</summary>
    public sealed record NotAboveZero(string Key, double Value) : BuildFault
    {
        public override Phrase Reason => $"{Key} is {Value}";
    }

    /// <summary>A size beyond any model's.</summary>
    public sealed record TooLarge(string Key, double Value, double Largest) : BuildFault
    {
        public override Phrase Reason => $"{Key} {Value:G6} is more than {Largest:0e0}";
    }

    /// <summary>A size that is no multiple of what it must be one of; <paramref name="Unit"/> 1 where it must be whole.</summary>
    public sealed record NotAMultiple(string Key, double Value, double Unit) : BuildFault
    {
        public override Phrase Reason =>
            Unit == 1 ? (Phrase)$"{Key} {Value} is not a whole number" : $"{Key} {Value} is not a multiple of {Unit}";
    }

    /// <summary>A token is to meet more experts than there are.</summary>
    public sealed record TooFewExperts(double TopK, double Experts) : BuildFault
    {
        public override Phrase Reason => $"top_k {TopK} is above the {Plural.Of(Experts, "expert")}";
    }

    /// <summary>More blocks without a window than there are blocks.</summary>
    public sealed record TooManyFullBlocks(double Full, double Blocks) : BuildFault
    {
        public override Phrase Reason => $"full_attention_blocks {Full} is above the {Plural.Of(Blocks, "block")}";
    }

    /// <summary>Two keys of attention of which a model has one.</summary>
    public sealed record TwoOfAttention(string Key, string Other) : BuildFault
    {
        public override Phrase Reason => $"{Key} and {Other} exclude each other; leave one of them out";
    }

    /// <summary>Heads that KV heads do not divide.</summary>
    public sealed record UnevenHeads(double Heads, double KvHeads) : BuildFault
    {
        public override Phrase Reason => $"n_heads {Heads} is not a multiple of n_kv_heads {KvHeads}";
    }

    /// <summary>Dense blocks at both ends that leave none for experts; the leading ones alone where there are no others.</summary>
    public sealed record NoBlockForExperts(double Leading, double Trailing, double Blocks) : BuildFault
    {
        public override Phrase Reason =>
            Leading >= Blocks
                ? (Phrase)$"leading_dense_blocks {Leading} leaves none of the {Plural.Of(Blocks, "block")} for experts"
                : $"leading_dense_blocks {Leading} and trailing_dense_blocks {Trailing} leave none of the "
                    + $"{Plural.Of(Blocks, "block")} for experts";
    }

    /// <summary>Blocks after the leading ones that cannot be counted off by <c>moe_every</c>.</summary>
    public sealed record UnevenBlocks(double Blocks, double Every) : BuildFault
    {
        public override Phrase Reason =>
            $"the {Plural.Of(Blocks, "block")} after the leading ones are not a multiple of moe_every {Every}; "
            + $"trailing_dense_blocks says how many at the end have no experts";
    }

    /// <summary>Latent attention with biases of queries, keys and values.</summary>
    public sealed record LatentBiases : BuildFault
    {
        public override Phrase Reason => "biases of queries, keys and values are not known for latent attention; list the other biases";
    }

    /// <summary>Latent attention with fewer KV heads than heads.</summary>
    public sealed record LatentKvHeads(double KvHeads, double Heads) : BuildFault
    {
        public override Phrase Reason => $"latent attention rebuilds keys for every head: n_kv_heads {KvHeads} must be n_heads {Heads}";
    }

    /// <summary>Latent attention whose head is not its two parts.</summary>
    public sealed record LatentHeadWidth(double Width) : BuildFault
    {
        public override Phrase Reason => $"head_dim {Width} is not qk_nope_head_dim + qk_rope_head_dim";
    }

    /// <summary>An indexer without the attention that it belongs to.</summary>
    public sealed record IndexerAlone : BuildFault
    {
        public override Phrase Reason => "an indexer (index_n_heads) belongs to latent attention; give kv_lora_rank and its widths";
    }
}
