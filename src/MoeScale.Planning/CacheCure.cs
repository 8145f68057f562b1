namespace MoeScale.Planning;

/// <summary>What makes a KV cache smaller.</summary>
public enum CacheCureKind
{
    /// <summary>Numbers of 8 bits.</summary>
    Fp8,

    /// <summary>Several query heads that share a KV head.</summary>
    GroupedHeads,

    /// <summary>A latent of keys and values.</summary>
    Latent,
}

/// <summary>One way to a smaller KV cache.</summary>
/// <param name="Kind">What changes.</param>
/// <param name="Value">Bits of a number, query heads to a KV head, or values that a latent keeps of a token in a block.</param>
/// <param name="Factor">How many times smaller the cache becomes.</param>
/// <param name="Bytes">Of the cache then.</param>
public sealed record CacheCure(CacheCureKind Kind, double Value, double Factor, double Bytes);
