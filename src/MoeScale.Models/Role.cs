namespace MoeScale.Models;

/// <summary>What a group of parameters is for.</summary>
public enum Role : byte
{
    Embedding,
    Positions,

    /// <summary>Both steps of it, where queries go through a latent.</summary>
    Query,

    /// <summary>Down to the latent of keys and values, and to the shared rotary key.</summary>
    KvLatent,
    Key,
    Value,
    AttentionOutput,
    AttentionSinks,
    FeedForward,
    RoutedExperts,
    SharedExperts,
    SharedGate,
    Router,
    Norms,
    Biases,

    /// <summary>Queries, keys and weights of heads of the small attention that chooses tokens.</summary>
    Indexer,

    /// <summary>Where a prediction module joins the stream with the embedding of the next token.</summary>
    PredictionProjection,
    HeadBias,
    Head,
}

/// <summary>A set of roles.</summary>
[Flags]
public enum RoleSet
{
    None = 0,
    Positions = 1 << Role.Positions,
    Router = 1 << Role.Router,
    Norms = 1 << Role.Norms,
    Biases = 1 << Role.Biases,

    /// <summary>The two ends of the model, which "non-embedding" counts leave out.</summary>
    Embeddings = (1 << Role.Embedding) | (1 << Role.Positions) | (1 << Role.Head) | (1 << Role.HeadBias),

    Queries = 1 << Role.Query,
    KvLatent = 1 << Role.KvLatent,
    Keys = 1 << Role.Key,
    Values = 1 << Role.Value,
    AttentionOutput = 1 << Role.AttentionOutput,
    Indexer = 1 << Role.Indexer,

    /// <summary>The matrices of attention.</summary>
    Attention = Queries | KvLatent | Keys | Values | AttentionOutput | Indexer,

    SharedExperts = 1 << Role.SharedExperts,

    /// <summary>All layers that stand in the place of a feed-forward layer, with router and gate.</summary>
    FeedForwardParts =
        (1 << Role.FeedForward) | (1 << Role.RoutedExperts) | (1 << Role.SharedExperts) | (1 << Role.SharedGate) | (1 << Role.Router),

    /// <summary>The large matrices of blocks, which quantization is for.</summary>
    Matrices =
        (1 << Role.Query)
        | (1 << Role.KvLatent)
        | (1 << Role.Key)
        | (1 << Role.Value)
        | (1 << Role.AttentionOutput)
        | (1 << Role.FeedForward)
        | (1 << Role.RoutedExperts)
        | (1 << Role.SharedExperts)
        | (1 << Role.Indexer),

    RoutedExperts = 1 << Role.RoutedExperts,

    /// <summary>Matrices that a token's activations are multiplied with; looking up an embedding costs no multiplication.</summary>
    Multiplied =
        (1 << Role.Query)
        | (1 << Role.KvLatent)
        | (1 << Role.Key)
        | (1 << Role.Value)
        | (1 << Role.AttentionOutput)
        | (1 << Role.FeedForward)
        | (1 << Role.RoutedExperts)
        | (1 << Role.SharedExperts)
        | (1 << Role.SharedGate)
        | (1 << Role.Router)
        | (1 << Role.Indexer)
        | (1 << Role.PredictionProjection)
        | (1 << Role.Head),
}

public static class RoleSets
{
    /// <summary>In words, as of a matrix: "shared experts".</summary>
    public static string Name(this Role role) =>
        role switch
        {
            Role.Query => "queries",
            Role.KvLatent => "latents of keys and values",
            Role.Key => "keys",
            Role.Value => "values",
            Role.AttentionOutput => "attention's output",
            Role.FeedForward => "dense layers",
            Role.RoutedExperts => "routed experts",
            Role.SharedExperts => "shared experts",
            Role.Indexer => "indexer",
            _ => role.ToString().ToLowerInvariant(),
        };

    public static bool Holds(this RoleSet set, Role role) => ((int)set & (1 << (int)role)) != 0;
}
