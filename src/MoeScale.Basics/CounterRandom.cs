using System.Runtime.CompilerServices;

namespace MoeScale.Basics;

/// <summary>
/// Random numbers by counter: number i of a key is a pure function of (key, i), so any place of a stream is reached at once and
/// a run that resumes sees what it would have seen.
/// </summary>
/// <remarks>
/// SplitMix64 (Steele, Lea and Flood 2014) at its i-th step; the finaliser is Stafford's variant 13. It passes BigCrush
/// as a sequence, and keys are passed through it too, so near keys give unrelated sequences.
/// </remarks>
public static class CounterRandom
{
    internal const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    /// <summary>A key made of a key and a number, such as a seed and a record.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Key(ulong key, ulong number) => Mix(Mix(key + GoldenGamma) ^ (number * 0xD1342543DE82EF95));

    /// <summary>Number <paramref name="counter"/> of the key, 64 even bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Bits(ulong key, ulong counter) => Mix(key + (counter + 1) * GoldenGamma);

    /// <summary>A whole number in [0, bound), bound ≥ 1.</summary>
    /// <remarks>The high half of a product: uneven by less than bound/2^64, which no run of any length can see.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Below(ulong bits, ulong bound) => Math.BigMul(bits, bound, out _);

    /// <summary>In [0, 1), a multiple of 2^-53.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Unit(ulong bits) => (bits >> 11) * (1.0 / (1L << 53));

    /// <summary>Makes near numbers unrelated.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
