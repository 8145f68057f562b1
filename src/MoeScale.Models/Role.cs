namespace MoeScale.Models;

/// <summary>What a group of parameters is for.</summary>
public enum Role
{
    Embedding,
    Positions,
    Query,
    Key,
    Value,
    AttentionOutput,
    FeedForward,
    RoutedExperts,
    SharedExperts,
    Router,
    Norms,
    Biases,
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

    /// <summary>Matrices at the two ends of the model, which "non-embedding" counts leave out.</summary>
    Embeddings = (1 << Role.Embedding) | (1 << Role.Positions) | (1 << Role.Head),

    /// <summary>Matrices that a token's activations are multiplied with; looking up an embedding costs no multiplication.</summary>
    Multiplied = (1 << Role.Query) | (1 << Role.Key) | (1 << Role.Value) | (1 << Role.AttentionOutput)
        | (1 << Role.FeedForward) | (1 << Role.RoutedExperts) | (1 << Role.SharedExperts) | (1 << Role.Router) | (1 << Role.Head),
}

public static class RoleSets
{
    public static bool Holds(this RoleSet set, Role role) => ((int)set & (1 << (int)role)) != 0;
}
