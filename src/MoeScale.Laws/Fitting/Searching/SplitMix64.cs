namespace MoeScale.Laws.Fitting;

/// <summary>
/// A stream of random numbers that a seed and a place decide (Steele, Lea and Flood 2014), so that draws may be made in any order.
/// </summary>
internal struct SplitMix64(ulong seed, ulong place)
{
    private ulong _state = Mix(seed + 0x9E3779B97F4A7C15) ^ Mix(~place);

    public ulong Next() => Mix(_state += 0x9E3779B97F4A7C15);

    /// <summary>From 0 up to, and without, 1.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1ul << 53));

    /// <summary>From 0 up to, and without, <paramref name="end"/>; the bias of at most end/2⁶⁴ is out of sight.</summary>
    public int NextInt(int end) => (int)Math.BigMul(Next(), (ulong)end, out _);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
