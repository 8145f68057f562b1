namespace MoeScale.Basics;

/// <summary>The numbers of a seed and a place, one after the other, so that draws may be made in any order of places.</summary>
/// <param name="seed">What all places share.</param>
/// <param name="place">Such as which refit.</param>
public struct RandomSequence(ulong seed, ulong place)
{
    private readonly ulong _key = CounterRandom.Mix(seed + CounterRandom.GoldenGamma) ^ CounterRandom.Mix(~place);
    private ulong _count;

    /// <summary>64 even bits.</summary>
    public ulong Next() => CounterRandom.Bits(_key, _count++);

    /// <summary>From 0 up to, and without, 1.</summary>
    public double NextDouble() => CounterRandom.Unit(Next());

    /// <summary>From 0 up to, and without, <paramref name="end"/>, which is at least 1.</summary>
    public int NextInt(int end) => (int)CounterRandom.Below(Next(), (ulong)end);
}
