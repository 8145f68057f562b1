using System.Numerics;

namespace MoeScale.Training.Data.Tokenizers;

/// <summary>Which pairs of tokens merge, into what, and in which order: an open hash table on the two ids, half full at most.</summary>
internal sealed class MergeTable
{
    /// <summary>The rank of a pair that does not merge: behind all others.</summary>
    public const int NoMerge = int.MaxValue;

    private readonly uint[] _pairs;
    private readonly int[] _ranks;
    private readonly ushort[] _merged;
    private readonly int _shift;

    /// <param name="capacity">How many merges will be added.</param>
    public MergeTable(int capacity)
    {
        int bits = BitOperations.Log2((uint)Math.Max(capacity, 1)) + 2;
        _pairs = new uint[1 << bits];
        _ranks = new int[1 << bits];
        _merged = new ushort[1 << bits];
        _shift = 32 - bits;
        Array.Fill(_ranks, NoMerge);
    }

    /// <summary>False if the pair is there already.</summary>
    public bool Add(int left, int right, int rank, int merged)
    {
        int slot = Slot(left, right);
        if (_ranks[slot] != NoMerge)
        {
            return false;
        }
        (_pairs[slot], _ranks[slot], _merged[slot]) = (Pair(left, right), rank, (ushort)merged);
        return true;
    }

    /// <summary>The lower, the earlier; <see cref="NoMerge"/> if the pair does not merge.</summary>
    public int Rank(int left, int right) => _ranks[Slot(left, right)];

    /// <summary>What a pair that merges becomes.</summary>
    public int Merged(int left, int right) => _merged[Slot(left, right)];

    private int Slot(int left, int right)
    {
        uint pair = Pair(left, right);
        // Fibonacci hashing: the high bits of the product depend on all bits of the pair.
        int slot = (int)((pair * 0x9E3779B1) >> _shift);
        while (_ranks[slot] != NoMerge && _pairs[slot] != pair)
        {
            slot = (slot + 1) & (_pairs.Length - 1);
        }
        return slot;
    }

    private static uint Pair(int left, int right) => ((uint)left << 16) | (uint)right;
}
