namespace MoeScale.Training.Kernels.Attention;

/// <summary>
/// Sizes of causal self-attention. A row of its input holds [queries | keys | values]: Heads, KvHeads and again KvHeads heads side by side,
/// as one product leaves them. Head h reads the keys and values of head h/Group.
/// </summary>
/// <param name="Sequence">Rows of a sequence.</param>
/// <param name="Heads">Of the queries: a multiple of KvHeads.</param>
/// <param name="KvHeads">Of keys and values.</param>
/// <param name="HeadWidth">Any; multiples of 32, and 16, waste nothing.</param>
internal readonly record struct AttentionShape(int Sequence, int Heads, int KvHeads, int HeadWidth)
{
    /// <summary>Rows of queries that are worked on together.</summary>
    public const int BlockRows = 64;

    /// <summary>Query heads that share one head of keys and values.</summary>
    public int Group => Heads / KvHeads;

    /// <summary>Floats of a row of queries, keys and values.</summary>
    public int InputWidth => (Heads + (2 * KvHeads)) * HeadWidth;

    /// <summary>Floats of a row of the output.</summary>
    public int OutputWidth => Heads * HeadWidth;

    /// <summary>1/√HeadWidth</summary>
    public float Scale => (float)(1 / Math.Sqrt(HeadWidth));

    /// <summary>Working memory of one call, in floats and whole cache lines: about 6·Sequence·HeadWidth, and 128·Sequence.</summary>
    public nint ScratchFloats
    {
        get
        {
            // The widest tile decides; an operand with padded rows is never smaller than one without.
            nint keys = (nint)RoundUp(Sequence, 32) * (RoundUp(HeadWidth, 32) + RowPadding);
            nint block = BlockRows * (RoundUp(HeadWidth, 32) + RowPadding);
            nint scores = BlockRows * (nint)(RoundUp(Sequence, 32) + RowPadding);
            return (5 * keys) + (3 * block) + (2 * scores) + HalfPage;
        }
    }

    /// <summary>Rows whose length is a power of two would all fall into a few lines of the cache.</summary>
    public const int RowPadding = 16;

    /// <summary>
    /// Between two tables of scores that are written side by side. Their size is a whole number of 4 KiB, and a processor that compares the
    /// low
    /// 12 bits of addresses takes a load from one for a load of what was just stored to the other: half the speed.
    /// </summary>
    public const int HalfPage = 512;

    public static int RoundUp(int x, int multiple) => (x + multiple - 1) / multiple * multiple;
}
