using MoeScale.Models;

namespace MoeScale.Planning.Hardware;

/// <summary>
/// Generating text: each step reads the weights once and gives one more token to each sequence. An upper bound of its speed
/// by the roofline (Williams, Waterman and Patterson 2009): a step takes at least as long as reading its bytes, and at least
/// as long as computing its FLOPs.
/// </summary>
/// <param name="Sequences">B, sequences that are continued together, at least 1.</param>
/// <param name="ContextTokens">Tokens cached for each of them, which the next one attends to.</param>
public sealed record Serving(double Sequences, double ContextTokens)
{
    /// <summary>How weights are stored; those of one byte are multiplied at the fp8 rate where the device has one.</summary>
    public NumberType Weights { get; init; } = NumberType.Bf16;

    /// <summary>How cached keys and values are stored.</summary>
    public NumberType Kv { get; init; } = NumberType.Bf16;

    /// <summary>One step of a model on a cluster whose devices share bytes and FLOPs perfectly, without a word between them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one sequence, or a negative context.</exception>
    public ServingStep Step(Census census, Cluster cluster)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Sequences, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(ContextTokens);
        double kvBytes = census.KvCacheBytes(Sequences * ContextTokens, Kv, Sequences);
        return new ServingStep
        {
            Sequences = Sequences,
            WeightBytes = census.Rows.Sum(row => Touched(row, Sequences)) * Weights.Bytes(),
            KvBytes = kvBytes,
            Flops = Sequences * (census.MatrixFlopsPerToken + census.FullAttentionFlopsPerToken(ContextTokens)),
            HeldBytes = census.WeightBytes(Weights) + kvBytes,
            Bandwidth = cluster.Bandwidth,
            PeakFlops = cluster.Count * cluster.Accelerator.PeakFlops(Weights),
            MemoryBytes = cluster.MemoryBytes,
        };
    }

    /// <summary>
    /// Weights of a row that a step reads, in expectation. A token uses the share p = active/copies of experts; if B tokens
    /// choose uniformly and independently of one another, an expert is chosen by none of them with probability (1 − p)^B.
    /// Routing that favours some experts touches fewer.
    /// </summary>
    private static double Touched(CensusRow row, double tokens)
    {
        if (row.Role is Role.Embedding or Role.Positions)
        {
            // A lookup reads one row a token. A tied embedding has no active copy: it is read whole, as the head.
            return Math.Min(tokens, row.Rows) * row.Columns * row.Active;
        }
        // Whatever every token uses is read once, a tied head too, which has no copy of its own.
        return row.Active >= row.Copies
            ? row.Rows * row.Columns * (row.Copies == 0 ? row.Active : row.Copies)
            : row.Stored * (1 - Math.Pow(1 - (row.Active / row.Copies), tokens));
    }
}

/// <summary>What one step of generation moves and computes, and how fast a cluster could be at best.</summary>
public sealed record ServingStep
{
    /// <summary>Tokens that a step generates, one a sequence.</summary>
    public required double Sequences { get; init; }

    /// <summary>Bytes of the weights that a step reads: of the experts, those that are expected to be chosen.</summary>
    public required double WeightBytes { get; init; }

    /// <summary>Bytes of all cached keys and values, each read once a step.</summary>
    public required double KvBytes { get; init; }

    /// <summary>FLOPs of matrix products and attention, over all sequences.</summary>
    public required double Flops { get; init; }

    /// <summary>Bytes that must be held: all weights, chosen or not, and the cache.</summary>
    public required double HeldBytes { get; init; }

    /// <summary>Bytes a second of the cluster.</summary>
    public required double Bandwidth { get; init; }

    /// <summary>FLOPs a second of the cluster.</summary>
    public required double PeakFlops { get; init; }

    /// <summary>Bytes of the cluster.</summary>
    public required double MemoryBytes { get; init; }

    /// <summary>Seconds that reading takes at least.</summary>
    public double ReadSeconds => (WeightBytes + KvBytes) / Bandwidth;

    /// <summary>Seconds that computing takes at least.</summary>
    public double ComputeSeconds => Flops / PeakFlops;

    /// <summary>Seconds of a step at least: reading and computing overlap perfectly.</summary>
    public double Seconds => Math.Max(ReadSeconds, ComputeSeconds);

    /// <summary>Generated tokens a second at most, over all sequences.</summary>
    public double TokensPerSecond => Sequences / Seconds;

    /// <summary>Whether bandwidth rather than arithmetic bounds the speed.</summary>
    public bool IsBoundByBandwidth => ReadSeconds >= ComputeSeconds;

    /// <summary>Whether weights and cache fit into the cluster's memory; the bound means nothing where they do not.</summary>
    public bool Fits => HeldBytes <= MemoryBytes;
}
