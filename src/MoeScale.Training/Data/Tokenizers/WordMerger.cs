namespace MoeScale.Training.Data.Tokenizers;

/// <summary>
/// Byte-pair encoding of one word: while a pair of neighbours merges, the pair of lowest rank does, the leftmost of equals first. Short
/// words look through all pairs each time; long ones keep the pairs in a heap, so a megabyte without a space takes n·log n.
/// </summary>
internal sealed class WordMerger(MergeTable merges)
{
    // Looking through n pairs n times and a heap take equally long at about this many.
    private const int ShortWord = 64;

    private readonly PriorityQueue<int, ulong> _heap = new();
    private int[] _ids = new int[ShortWord];
    private int[] _ranks = new int[ShortWord];
    private int[] _next = [];
    private int[] _previous = [];

    /// <summary>Pairs looked at since it was made: what its time goes by.</summary>
    internal long Looked { get; private set; }

    /// <summary>The ids of the word, valid until the next call.</summary>
    /// <param name="bytes">At least one.</param>
    /// <param name="idOfByte">(256) the id of each single byte.</param>
    public ReadOnlySpan<int> Merge(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> idOfByte) =>
        bytes.Length <= ShortWord ? MergeByScan(bytes, idOfByte) : MergeByHeap(bytes, idOfByte);

    /// <inheritdoc cref="Merge"/>
    public ReadOnlySpan<int> MergeByScan(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> idOfByte)
    {
        Load(bytes, idOfByte);
        int count = bytes.Length;
        for (int i = 0; i + 1 < count; i++)
        {
            _ranks[i] = merges.Rank(_ids[i], _ids[i + 1]);
        }
        while (count > 1)
        {
            int best = 0;
            Looked += count - 1;
            for (int i = 1; i + 1 < count; i++)
            {
                best = _ranks[i] < _ranks[best] ? i : best;
            }
            if (_ranks[best] == MergeTable.NoMerge)
            {
                break;
            }
            _ids[best] = merges.Merged(_ids[best], _ids[best + 1]);
            _ids.AsSpan(best + 2, count - best - 2).CopyTo(_ids.AsSpan(best + 1));
            _ranks.AsSpan(best + 1, count - best - 2).CopyTo(_ranks.AsSpan(best));
            count--;
            if (best > 0)
            {
                _ranks[best - 1] = merges.Rank(_ids[best - 1], _ids[best]);
            }
            if (best + 1 < count)
            {
                _ranks[best] = merges.Rank(_ids[best], _ids[best + 1]);
            }
        }
        return _ids.AsSpan(0, count);
    }

    /// <inheritdoc cref="Merge"/>
    public ReadOnlySpan<int> MergeByHeap(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> idOfByte)
    {
        Load(bytes, idOfByte);
        int count = bytes.Length;
        if (_next.Length < count)
        {
            _next = new int[_ids.Length];
            _previous = new int[_ids.Length];
        }
        for (int i = 0; i < count; i++)
        {
            _next[i] = i + 1;
            _previous[i] = i - 1;
        }
        _heap.Clear();
        for (int i = 0; i + 1 < count; i++)
        {
            Push(i, count);
        }
        while (_heap.TryDequeue(out int at, out ulong priority))
        {
            Looked++;
            // A pair that has changed since was pushed again with its new rank; this is what is left of the old one.
            if (_ids[at] < 0 || _next[at] >= count || (int)(priority >> 32) != merges.Rank(_ids[at], _ids[_next[at]]))
            {
                continue;
            }
            int gone = _next[at];
            _ids[at] = merges.Merged(_ids[at], _ids[gone]);
            _ids[gone] = -1;
            _next[at] = _next[gone];
            if (_next[at] < count)
            {
                _previous[_next[at]] = at;
            }
            Push(_previous[at], count);
            Push(at, count);
        }
        int kept = 0;
        for (int i = 0; i < count; i = _next[i])
        {
            _ids[kept++] = _ids[i];
        }
        return _ids.AsSpan(0, kept);
    }

    private void Push(int at, int count)
    {
        if (at >= 0 && _next[at] < count && merges.Rank(_ids[at], _ids[_next[at]]) is int rank and not MergeTable.NoMerge)
        {
            _heap.Enqueue(at, ((ulong)(uint)rank << 32) | (uint)at);
        }
    }

    private void Load(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> idOfByte)
    {
        if (_ids.Length < bytes.Length)
        {
            int length = Math.Max(bytes.Length, 2 * _ids.Length);
            _ids = new int[length];
            _ranks = new int[length];
        }
        for (int i = 0; i < bytes.Length; i++)
        {
            _ids[i] = idOfByte[bytes[i]];
        }
    }
}
