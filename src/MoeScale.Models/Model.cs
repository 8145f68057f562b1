namespace MoeScale.Models;

/// <summary>How the residual stream is normalised before each part of a block, and once before the head.</summary>
public enum Normalization
{
    /// <summary>A gain for each channel.</summary>
    RmsNorm,

    /// <summary>A gain and a bias for each channel.</summary>
    LayerNorm,
}

/// <summary>The non-linearity of the feed-forward layer. Gated ones have three matrices, the others two.</summary>
public enum Activation
{
    SwiGlu,
    GeGlu,
    Relu,
    Gelu,
}

/// <summary>How a token knows its place: rotary embeddings hold no parameters, learned positions one row each.</summary>
public enum Positions
{
    Rope,
    Learned,
}

/// <summary>
/// One decoder-only Transformer. Sizes are double precision, because the papers treat them as continuous; a model that can
/// be built has whole ones (<see cref="Buildable"/>).
/// </summary>
public sealed record Model
{
    public required string Name { get; init; }

    /// <summary>d_model, the width of the residual stream.</summary>
    public required double ModelWidth { get; init; }

    /// <summary>n_blocks; each has attention and a feed-forward or Mixture-of-Experts layer.</summary>
    public required double Blocks { get; init; }

    /// <summary>n_heads.</summary>
    public required double Heads { get; init; }

    /// <summary>n_kv_heads: equal to <see cref="Heads"/> in multi-head attention, fewer in grouped-query attention.</summary>
    public required double KvHeads { get; init; }

    /// <summary>head_dim.</summary>
    public required double HeadWidth { get; init; }

    /// <summary>d_ff, the hidden width of the dense layer from which experts are cut.</summary>
    public required double FeedForwardWidth { get; init; }

    public required double VocabularySize { get; init; }

    /// <summary>Tokens in a training sequence; the number of rows of learned positions.</summary>
    public required double Context { get; init; }

    public Activation Activation { get; init; }

    public Normalization Normalization { get; init; }

    /// <summary>One more normalisation, on the merged output of each Mixture-of-Experts layer.</summary>
    public bool NormAfterExperts { get; init; }

    public Positions Positions { get; init; }

    /// <summary>Biases in attention and feed-forward layers.</summary>
    public bool Biases { get; init; }

    /// <summary>Whether input embedding and head are one matrix.</summary>
    public bool TiedEmbeddings { get; init; }

    /// <summary>E: parameters of the routed experts over those of the dense layer; 1 is dense.</summary>
    public double Expansion { get; init; } = 1;

    /// <summary>G = d_ff / d_expert.</summary>
    public double Granularity { get; init; } = 1;

    /// <summary>Routed experts that process a token; <see cref="Granularity"/> of them cost what the dense layer costs.</summary>
    public double TopK { get; init; } = 1;

    /// <summary>Experts that process every token, each of the width of a routed one.</summary>
    public double SharedExperts { get; init; }

    /// <summary>
    /// Roles that are stored, and counted in bytes, but left out of every count of parameters, because the paper whose N is
    /// meant leaves them out.
    /// </summary>
    public RoleSet NotCounted { get; init; }

    /// <summary>Routed experts in a layer, E·G.</summary>
    public double ExpertCount => Expansion * Granularity;

    /// <summary>d_expert = d_ff / G.</summary>
    public double ExpertWidth => FeedForwardWidth / Granularity;

    /// <summary>A model with one routed expert and no shared one is dense: there is nothing to route.</summary>
    public bool IsDense => ExpertCount <= 1 && SharedExperts == 0;

    /// <summary>Three matrices in a feed-forward layer rather than two.</summary>
    public bool IsGated => Activation is Activation.SwiGlu or Activation.GeGlu;
}
