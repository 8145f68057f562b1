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

    /// <summary>With x·Φ(x) of the normal distribution.</summary>
    GeGlu,
    Relu,

    /// <summary>x·Φ(x).</summary>
    Gelu,

    /// <summary><see cref="GeGlu"/> with tanh in the place of Φ.</summary>
    GeGluTanh,

    /// <summary>x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))), as GPT-2 has it; up to 5e−4 from <see cref="Gelu"/>.</summary>
    GeluTanh,
}

/// <summary>Whether queries and keys are normalised before they meet.</summary>
public enum QueryKeyNorm
{
    None,

    /// <summary>A gain for each channel of each head: (heads + KV heads)·head_dim parameters a block.</summary>
    Full,

    /// <summary>One gain of head_dim for all heads: 2·head_dim parameters a block.</summary>
    PerHead,
}

/// <summary>Parts of a model that may have a bias.</summary>
[Flags]
public enum BiasSet
{
    None = 0,
    Qkv = 1,
    AttentionOutput = 2,

    /// <summary>Dense feed-forward layers.</summary>
    FeedForward = 4,

    /// <summary>Routed experts.</summary>
    Experts = 8,
    SharedExperts = 16,

    /// <summary>One number an expert, whether added to its logit or used for its selection only.</summary>
    Router = 32,
    Head = 64,

    /// <summary>Every layer of a block, as GPT-2 has it.</summary>
    Layers = Qkv | AttentionOutput | FeedForward | Experts | SharedExperts,
}

/// <summary>How a token knows its place: rotary embeddings hold no parameters, learned positions one row each.</summary>
public enum Positions
{
    Rope,
    Learned,
}

/// <summary>
/// Multi-head latent attention: keys and values of all heads are rebuilt from one latent vector, which is what the cache
/// holds, beside one rotary key for all heads. DeepSeek-V2 (arXiv 2405.04434).
/// </summary>
/// <param name="QueryRank">Width of the latent of queries; 0 where queries are projected directly.</param>
/// <param name="KvRank">Width of the latent of keys and values.</param>
/// <param name="NopeWidth">Channels of a head's query and key without position.</param>
/// <param name="RopeWidth">Channels of a head's query, and of the one shared key, with rotary position.</param>
/// <param name="ValueWidth">Channels of a head's value.</param>
public sealed record LatentAttention(double QueryRank, double KvRank, double NopeWidth, double RopeWidth, double ValueWidth);

/// <summary>
/// A small attention beside latent attention, whose scores choose the tokens that a token attends to. Its keys are cached too.
/// DeepSeek-V3.2-Exp (its report, section 2.1).
/// </summary>
/// <param name="Heads">Of its queries.</param>
/// <param name="Width">Channels of a query of it, and of its one key.</param>
/// <param name="TopK">Tokens that are chosen.</param>
public sealed record SparseIndexer(double Heads, double Width, double TopK);

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

    /// <summary>head_dim, of queries and keys.</summary>
    public required double HeadWidth { get; init; }

    /// <summary>Latent attention; null for the usual kind, with <see cref="KvHeads"/> keys and values of <see cref="HeadWidth"/>.</summary>
    public LatentAttention? Latent { get; init; }

    /// <summary>What chooses the tokens that a token attends to; null where it attends to all before it.</summary>
    public SparseIndexer? Indexer { get; init; }

    /// <summary>
    /// d_ff, the hidden width of a dense feed-forward layer: of this model's, or of the one that experts are measured by.
    /// </summary>
    public required double FeedForwardWidth { get; init; }

    /// <summary>Routed experts in a Mixture-of-Experts layer, E·G; 1 is dense.</summary>
    public double ExpertCount { get; init; } = 1;

    /// <summary>d_expert, the hidden width of a routed expert.</summary>
    public required double ExpertWidth { get; init; }

    /// <summary>Routed experts that process a token; <see cref="Granularity"/> of them cost what the dense layer costs.</summary>
    public double TopK { get; init; } = 1;

    /// <summary>How tokens find their experts.</summary>
    public Routing Routing { get; init; } = new();

    /// <summary>
    /// Sequences of a group: where experts choose, they choose among the tokens at one position of these. 0 where tokens choose.
    /// </summary>
    public double RoutingGroup { get; init; }

    /// <summary>Hidden width of all shared experts together, which process every token; 0 for none.</summary>
    public double SharedWidth { get; init; }

    /// <summary>Whether the shared experts' output is scaled by a gate of its own, d_model parameters a layer.</summary>
    public bool SharedGate { get; init; }

    /// <summary>Blocks at the start of a Mixture-of-Experts model whose feed-forward layer is dense.</summary>
    public double LeadingDenseBlocks { get; init; }

    /// <summary>
    /// Between leading and trailing dense blocks, each block of this many has a Mixture-of-Experts layer, the last of them; 1 for all.
    /// </summary>
    public double MoeEvery { get; init; } = 1;

    /// <summary>Blocks at the end of a Mixture-of-Experts model whose feed-forward layer is dense.</summary>
    public double TrailingDenseBlocks { get; init; }

    public required double VocabularySize { get; init; }

    /// <summary>Embedding and head have rows for the next multiple of this.</summary>
    public double VocabularyMultipleOf { get; init; } = 1;

    /// <summary>Tokens in a sequence; the number of rows of learned positions.</summary>
    public required double Context { get; init; }

    public Activation Activation { get; init; }

    public Normalization Normalization { get; init; }

    /// <summary>One more normalisation after attention and after the feed-forward layer of each block.</summary>
    public bool NormAfterParts { get; init; }

    /// <summary>One more normalisation, on the merged output of each Mixture-of-Experts layer.</summary>
    public bool NormAfterExperts { get; init; }

    public QueryKeyNorm QueryKeyNorm { get; init; }

    /// <summary>A learned logit for each head, to which a token may attend instead of to any other.</summary>
    public bool AttentionSinks { get; init; }

    public Positions Positions { get; init; }

    /// <summary>θ of rotary positions: pair i of w channels turns by θ^(−2i/w) a token.</summary>
    public double RopeTheta { get; init; } = DefaultRopeTheta;

    /// <summary>ε that norms add to the variance or the mean square.</summary>
    public double NormEpsilon { get; init; } = DefaultNormEpsilon;

    /// <summary>A token attends to so many tokens at most, itself among them, in some blocks or in all; 0: to all before it.</summary>
    public double SlidingWindow { get; init; }

    /// <summary>
    /// The sequence is cut into chunks of so many tokens, and in some blocks or in all a token attends to those before it in its own
    /// chunk; 0 for none. Not beside a <see cref="SlidingWindow"/>. Llama 4.
    /// </summary>
    public double AttentionChunk { get; init; }

    /// <summary>
    /// Blocks, the first ones, that attend to all tokens although others have windows or chunks; 0 where
    /// <see cref="AttentionPattern"/> says which.
    /// </summary>
    public double FullAttentionBlocks { get; init; }

    /// <summary>
    /// Which blocks attend to all tokens, where these are not the first ones: a letter a block, repeated up to the last block, of
    /// <see cref="LayerPattern.Full"/> and <see cref="LayerPattern.Local"/>. Else empty.
    /// </summary>
    public string AttentionPattern { get; init; } = "";

    public BiasSet Biases { get; init; }

    /// <summary>Whether input embedding and head are one matrix.</summary>
    public bool TiedEmbeddings { get; init; }

    /// <summary>
    /// Modules that predict tokens further ahead, used in training: one more block each, of the last kind, with a projection
    /// of 2·d_model to d_model and three norms. Counted apart from the model itself. DeepSeek-V3 (arXiv 2412.19437).
    /// </summary>
    public double PredictionModules { get; init; }

    /// <summary>
    /// Roles that are stored, and counted in bytes, but left out of every count of parameters, because the paper whose N is
    /// meant leaves them out.
    /// </summary>
    public RoleSet NotCounted { get; init; }

    /// <summary>How the weights of this model are stored where it was found; null for one number type of all.</summary>
    public Quantization? Quantization { get; init; }

    /// <summary>Total parameters as the model's makers print them; empty if unknown.</summary>
    public string PublishedTotal { get; init; } = "";

    /// <summary>Active parameters as the model's makers print them; empty if unknown.</summary>
    public string PublishedActive { get; init; } = "";

    /// <summary>What of the model the counts do not show; empty if nothing.</summary>
    public string Note { get; init; } = "";

    /// <summary>
    /// What the model computes otherwise than these properties say, without another number of parameters, such as a limited choice of
    /// experts; empty if nothing. Costs can be counted all the same, but it cannot be trained as what it is.
    /// </summary>
    public string LeftOut { get; init; } = "";

    /// <summary>
    /// The keys of a config.json that <see cref="LeftOut"/> names, with their values: a JSON object. Empty where they are not known.
    /// </summary>
    public string ConfigKeys { get; init; } = "";

    /// <summary>θ of Su et al. 2021 (arXiv 2104.09864), where a file gives none.</summary>
    public const double DefaultRopeTheta = 10_000;

    /// <summary>Of PyTorch's LayerNorm, and of Llama, where a file gives none.</summary>
    public const double DefaultNormEpsilon = 1e-5;

    /// <summary>G = d_ff / d_expert.</summary>
    public double Granularity => FeedForwardWidth / ExpertWidth;

    /// <summary>E: parameters of a layer's routed experts over those of the dense layer; 1 is dense.</summary>
    public double Experts => ExpertCount / Granularity;

    /// <summary>Shared experts, if each has the width of a routed one.</summary>
    public double SharedExperts => SharedWidth / ExpertWidth;

    /// <summary>A model with one routed expert and no shared one is dense: there is nothing to route.</summary>
    public bool IsDense => ExpertCount <= 1 && SharedWidth == 0;

    /// <summary>Blocks with a Mixture-of-Experts layer.</summary>
    public double MoeBlocks => IsDense ? 0 : (Blocks - LeadingDenseBlocks - TrailingDenseBlocks) / MoeEvery;

    /// <summary>Blocks with a dense feed-forward layer.</summary>
    public double DenseBlocks => Blocks - MoeBlocks;

    /// <summary>Whether a block has a Mixture-of-Experts layer: dense blocks first, then one with experts at the end of each few, and dense
    /// ones last.</summary>
    /// <param name="block">From 0.</param>
    public bool HasExperts(int block) =>
        !IsDense && block >= LeadingDenseBlocks && block < Blocks - TrailingDenseBlocks && (block - LeadingDenseBlocks + 1) % MoeEvery == 0;

    /// <summary>Blocks whose attention has a <see cref="SlidingWindow"/>.</summary>
    public double WindowedBlocks => SlidingWindow > 0 ? Blocks - FullBlocks : 0;

    /// <summary>Blocks whose attention has an <see cref="AttentionChunk"/>.</summary>
    public double ChunkedBlocks => AttentionChunk > 0 ? Blocks - FullBlocks : 0;

    private double FullBlocks => AttentionPattern.Length == 0 ? FullAttentionBlocks : LayerPattern.CountFull(AttentionPattern, Blocks);

    /// <summary>Channels of a head's value.</summary>
    public double ValueWidth => Latent?.ValueWidth ?? HeadWidth;

    /// <summary>Rows of embedding and head.</summary>
    public double VocabularyRows =>
        VocabularyMultipleOf == 1 ? VocabularySize : Math.Ceiling(VocabularySize / VocabularyMultipleOf) * VocabularyMultipleOf;

    /// <summary>Three matrices in a feed-forward layer rather than two.</summary>
    public bool IsGated => Activation is Activation.SwiGlu or Activation.GeGlu or Activation.GeGluTanh;
}
