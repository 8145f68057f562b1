using MoeScale.Basics;

namespace MoeScale.Training.Data.Tokens;

/// <summary>
/// Documents, shuffled, strung together with their separators and cut into sequences, which are shuffled once more: the
/// first shuffle mixes what stands beside each other in a sequence, the second what stands in one batch, since a long
/// document fills many sequences in a row. Sequence i covers tokens [i·T, (i+1)·T] of the string: the token that ends
/// one begins the next, so each but the first is a target once.
/// </summary>
/// <remarks>Holds 24 bytes a document. The last targets, fewer than T, are left out; in another epoch they are others.</remarks>
internal sealed class PackedSequences : ISequences
{
    private readonly TokenDocuments _documents;
    private readonly ulong _key;
    private readonly int[] _order;
    private readonly long[] _ends;
    private long _epoch = -1;
    private Permutation _sequences;

    /// <param name="documents">With T + 1 tokens at least; the caller has seen to it.</param>
    /// <param name="context">T.</param>
    /// <param name="seed">Another seed, another order.</param>
    /// <param name="epochs">How often each token may be met; each time in another order.</param>
    public PackedSequences(TokenDocuments documents, int context, ulong seed, int epochs)
    {
        Context = context;
        PerEpoch = CountIn(documents, context);
        Count = PerEpoch * epochs;
        _documents = documents;
        _key = CounterRandom.Key(seed, 0x73687566666C65); // "shuffle"
        _order = new int[documents.Count];
        _ends = new long[documents.Count];
    }

    public int Context { get; }

    public long Count { get; }

    /// <summary>Sequences in which no token is met twice.</summary>
    public long PerEpoch { get; }

    public static long CountIn(TokenDocuments documents, int context) => Math.Max(0, documents.Tokens - 1) / context;

    public void Read(long position, Span<int> tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, Count);
        Begin(position / PerEpoch);
        long at = _sequences[position % PerEpoch] * Context;
        tokens = tokens[..(Context + 1)];
        // The first document that ends behind the place.
        int place = Array.BinarySearch(_ends, at + 1);
        for (place = place < 0 ? ~place : place; !tokens.IsEmpty; place++)
        {
            int document = _order[place];
            int length = _documents.Lengths[document];
            long skipped = at - (_ends[place] - length);
            int taken = (int)Math.Min(length - skipped, tokens.Length);
            _documents.File.Read(_documents.Starts[document] + skipped, tokens[..taken]);
            tokens = tokens[taken..];
            at += taken;
        }
    }

    // A function of the seed and the epoch, so a run that resumes in any epoch finds the order it left.
    private void Begin(long epoch)
    {
        if (epoch == _epoch)
        {
            return;
        }
        ulong key = CounterRandom.Key(_key, (ulong)epoch);
        for (int i = 0; i < _order.Length; i++)
        {
            _order[i] = i;
        }
        for (int i = _order.Length - 1; i > 0; i--)
        {
            int other = (int)CounterRandom.Below(CounterRandom.Bits(key, (ulong)i), (ulong)i + 1);
            (_order[i], _order[other]) = (_order[other], _order[i]);
        }
        long end = 0;
        for (int i = 0; i < _order.Length; i++)
        {
            end += _documents.Lengths[_order[i]];
            _ends[i] = end;
        }
        _sequences = new Permutation(PerEpoch, key);
        _epoch = epoch;
    }
}
