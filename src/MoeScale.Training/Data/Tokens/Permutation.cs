using MoeScale.Basics;

namespace MoeScale.Training.Data.Tokens;

/// <summary>
/// A shuffle of 0 … count − 1 that takes no memory and gives any element at once: four rounds of a Feistel network on the
/// smallest even number of bits that holds count, walked along its cycle until the number is below count (at most four steps on average).
/// </summary>
internal readonly struct Permutation
{
    private readonly ulong _count;
    private readonly ulong _key;
    private readonly int _halfBits;

    /// <param name="count">At least 1.</param>
    /// <param name="key">Another key, another order.</param>
    public Permutation(long count, ulong key)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _count = (ulong)count;
        _key = key;
        _halfBits = Math.Max(1, (65 - System.Numerics.BitOperations.LeadingZeroCount((ulong)count - 1)) / 2);
    }

    /// <summary>The element at <paramref name="index"/>, which lies in [0, count).</summary>
    public long this[long index]
    {
        get
        {
            ulong value = (ulong)index;
            do
            {
                value = Encipher(value);
            } while (value >= _count);
            return (long)value;
        }
    }

    private ulong Encipher(ulong value)
    {
        ulong mask = (1UL << _halfBits) - 1;
        ulong left = value >> _halfBits;
        ulong right = value & mask;
        for (ulong round = 0; round < 4; round++)
        {
            ulong mixed = CounterRandom.Bits(_key ^ (round << 56), right) & mask;
            (left, right) = (right, left ^ mixed);
        }
        return (left << _halfBits) | right;
    }
}
