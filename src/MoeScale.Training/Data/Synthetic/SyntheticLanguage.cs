using System.Numerics;
using MoeScale.Basics;

namespace MoeScale.Training.Data.Synthetic;

/// <summary>
/// A language whose entropy is known exactly, and whose loss falls as a power of the data and of the memory:
/// independent records of R tokens, each a context drawn from a Zipf distribution and spelt in a few tokens, then
/// tokens that belong to this context, with noise. docs/synthetic-corpus.md.
/// </summary>
/// <remarks>
/// Zipf's law by octaves: octave j holds the 2^j contexts of ranks 2^j to 2^(j+1) − 1, equally likely, and has probability (1 − r)·r^j,
/// r = 2^(1 − s); the last has all the rest, r^(J−1). So a context of rank k has about k^−s, what is rarer than rank 2^j has exactly r^j
/// for each j &lt; J, and
/// the spelling (octave, then the index in it, whose digits are even) is soon learnt. The power laws are those of Hutter 2021
/// (arXiv:2102.04074).
/// </remarks>
public sealed record SyntheticLanguage
{
    private const int MaxOctaves = 32;

    /// <summary>Ids lie in [0, Vocabulary): 32 for octaves, and the largest power of two that fits for everything else.</summary>
    public int Vocabulary { get; init; } = 256;

    /// <summary>J: there are 2^J − 1 contexts.</summary>
    public int Octaves { get; init; } = 20;

    /// <summary>s &gt; 1: loss above the floor falls as memory^(1 − s) and as tokens^((1 − s)/s).</summary>
    public double Exponent { get; init; } = 1.4;

    /// <summary>R: tokens of a record.</summary>
    public int RecordTokens { get; init; } = 16;

    /// <summary>ε: this share of a context's tokens is drawn from all symbols instead, as a multiple of 2^−32.</summary>
    public double Noise { get; init; } = 0.1;

    /// <summary>Another seed, another language: other tokens belong to the contexts. Records are drawn by the seed of the run.</summary>
    public ulong Seed { get; init; }

    /// <summary>S, a power of two: how many symbols spell indices and stand behind contexts.</summary>
    public int Symbols => 1 << SymbolBits;

    internal int SymbolBits => BitOperations.Log2((uint)(Vocabulary - MaxOctaves));

    /// <summary>The symbols have the last ids.</summary>
    internal int FirstSymbol => Vocabulary - Symbols;

    internal int Digits => Math.Max(1, (Octaves - 1 + SymbolBits - 1) / SymbolBits);

    /// <summary>Tokens of a record that spell its context: its octave and the digits of its index.</summary>
    public int SpellingTokens => 1 + Digits;

    /// <summary>L: tokens of a record that belong to its context.</summary>
    public int ContextTokens => RecordTokens - SpellingTokens;

    internal uint NoiseThreshold => (uint)Math.Round(Noise * (1L << 32));

    /// <exception cref="UserException">A parameter is outside its range.</exception>
    public SyntheticLanguage Check()
    {
        Need(Vocabulary is >= 64 and <= ushort.MaxValue + 1, $"a vocabulary of {Vocabulary}", "64 to 65536 tokens");
        Need(Octaves is >= 1 and <= MaxOctaves, $"{Octaves} octaves of contexts", $"1 to {MaxOctaves}");
        Need(Exponent is > 1 and <= 4, $"an exponent of {Exponent}", "above 1 and at most 4");
        Need(Noise is >= 0 and <= 0.9, $"noise of {Noise}", "0 to 0.9");
        Need(
            RecordTokens > SpellingTokens && RecordTokens <= 4096,
            $"records of {RecordTokens} tokens",
            $"{SpellingTokens + 1} to 4096, since {SpellingTokens} spell the context"
        );
        return this;

        static void Need(bool holds, string given, string needed)
        {
            if (!holds)
            {
                throw new UserException(FormattableString.Invariant($"A synthetic text with {given} cannot be made; it takes {needed}."));
            }
        }
    }

    /// <summary>The probability of octave j; of a context in it, this by 2^j.</summary>
    public double OctaveProbability(int octave)
    {
        double ratio = Math.Pow(2, 1 - Exponent);
        return octave == Octaves - 1 ? Math.Pow(ratio, octave) : (1 - ratio) * Math.Pow(ratio, octave);
    }

    /// <summary>
    /// What a predictor that knows the language loses on token p of a record, in nats: H(octave), bits of the digit · ln 2, or the noise's
    /// entropy.
    /// </summary>
    public double EntropyAt(int place)
    {
        if (place >= SpellingTokens)
        {
            return NoiseEntropy;
        }
        double sum = 0;
        for (int octave = 0; octave < Octaves; octave++)
        {
            double probability = OctaveProbability(octave);
            sum += probability * (place == 0 ? -Math.Log(probability) : DigitBits(octave, place - 1) * Math.Log(2));
        }
        return sum;
    }

    /// <summary>The entropy of the text, nats per token: the exact mean over a record.</summary>
    public double EntropyPerToken => MeanEntropy(0, RecordTokens);

    /// <summary>
    /// The lowest loss on sequences of this context, nats per token: they begin with a record, whose first token is no target.
    /// </summary>
    public double Floor(int context) => MeanEntropy(1, context);

    /// <summary>h = −a·ln a − (S − 1)·b·ln b, b = ε/S, a = 1 − ε + b.</summary>
    internal double NoiseEntropy
    {
        get
        {
            double other = NoiseThreshold / (double)(1L << 32) / Symbols;
            double own = 1 - ((Symbols - 1) * other);
            return other == 0 ? 0 : (-own * Math.Log(own)) - ((Symbols - 1) * other * Math.Log(other));
        }
    }

    /// <summary>How many bits of a digit, the highest first, an index of <paramref name="octave"/> bits fills.</summary>
    internal int DigitBits(int octave, int digit) => Math.Clamp(octave - (SymbolBits * (Digits - 1 - digit)), 0, SymbolBits);

    private double MeanEntropy(int from, int count)
    {
        double[] entropies = [.. Enumerable.Range(0, RecordTokens).Select(EntropyAt)];
        double sum = 0;
        for (int i = from; i < from + count; i++)
        {
            sum += entropies[i % RecordTokens];
        }
        return sum / count;
    }
}
