using System.Numerics;

namespace MoeScale.Training.Diagnostics;

/// <summary>Which experts of a layer each token of a probe meets: a bit for each token and expert.</summary>
public sealed class ExpertChoices
{
    private readonly byte[] _bits;
    private readonly int _bytesOfToken;

    /// <param name="tokens">Tokens of the probe.</param>
    /// <param name="experts">Experts of the layer.</param>
    public ExpertChoices(int tokens, int experts)
        : this(tokens, experts, new byte[tokens * BytesOfToken(experts)]) { }

    internal ExpertChoices(int tokens, int experts, byte[] bits)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bits.Length, tokens * BytesOfToken(experts));
        (Tokens, Experts, _bits, _bytesOfToken) = (tokens, experts, bits, BytesOfToken(experts));
    }

    public int Tokens { get; }

    public int Experts { get; }

    /// <summary>(tokens, ⌈experts/8⌉): expert e of a token is bit e mod 8, the lowest first, of byte e/8.</summary>
    public ReadOnlySpan<byte> Bits => _bits;

    /// <summary>Choices of all tokens.</summary>
    public long Count
    {
        get
        {
            long count = 0;
            foreach (byte bits in _bits)
            {
                count += BitOperations.PopCount(bits);
            }
            return count;
        }
    }

    /// <summary>Whether a token meets an expert.</summary>
    public bool this[int token, int expert]
    {
        get => (_bits[(token * _bytesOfToken) + (expert >> 3)] >> (expert & 7) & 1) != 0;
        set
        {
            ref byte bits = ref _bits[(token * _bytesOfToken) + (expert >> 3)];
            bits = (byte)(value ? bits | (1 << (expert & 7)) : bits & ~(1 << (expert & 7)));
        }
    }

    /// <summary>Forgets all.</summary>
    public void Clear() => Array.Clear(_bits);

    /// <summary>
    /// The share of the choices of <paramref name="final"/> that are here too: router saturation, with those of the end (OLMoE,
    /// arXiv:2409.02060). NaN without any.
    /// </summary>
    public double OverlapWith(ExpertChoices final)
    {
        if (final.Tokens != Tokens || final.Experts != Experts)
        {
            throw new ArgumentException(
                $"Choices of {final.Tokens} tokens among {final.Experts} experts cannot be compared with those of {Tokens} among "
                    + $"{Experts}.",
                nameof(final)
            );
        }
        long both = 0;
        for (int i = 0; i < _bits.Length; i++)
        {
            both += BitOperations.PopCount((uint)(_bits[i] & final._bits[i]));
        }
        return (double)both / final.Count;
    }

    /// <summary>n[i, j]: tokens that meet both i and j; on the diagonal, those that meet i. Symmetric.</summary>
    public long[,] Together()
    {
        long[,] counts = new long[Experts, Experts];
        int[] met = new int[Experts];
        for (int token = 0; token < Tokens; token++)
        {
            int count = 0;
            for (int e = 0; e < Experts; e++)
            {
                if (this[token, e])
                {
                    met[count++] = e;
                }
            }
            for (int a = 0; a < count; a++)
            {
                for (int b = 0; b < count; b++)
                {
                    counts[met[a], met[b]]++;
                }
            }
        }
        return counts;
    }

    /// <summary>
    /// n[i, j]/n[i, i]: of the tokens that meet i, the share that also meets j (OLMoE, arXiv:2409.02060). NaN where i meets none, and on
    /// the diagonal, which says nothing.
    /// </summary>
    public double[,] CoActivation()
    {
        long[,] together = Together();
        double[,] shares = new double[Experts, Experts];
        for (int i = 0; i < Experts; i++)
        {
            for (int j = 0; j < Experts; j++)
            {
                shares[i, j] = i == j ? double.NaN : (double)together[i, j] / together[i, i];
            }
        }
        return shares;
    }

    private static int BytesOfToken(int experts) => (experts + 7) / 8;
}
