using MoeScale.Training.Data.Synthetic;

namespace MoeScale.Training.Tests.Data;

/// <summary>
/// How far above the floor the best possible learners of a synthetic language stay, computed and not simulated: one that has seen so many
/// records and predicts by Bayes' rule, and one that knows only so many of the contexts. docs/synthetic-corpus.md derives it.
/// </summary>
internal sealed class IdealLearner
{
    // At the noise of 0.9 that a language may have, a place is still not certain after so many; at 0.1 what is left is below 1e-9 nats.
    private const int MaxSeen = 24;

    private readonly SyntheticLanguage _language;
    private readonly double[] _placeExcess;

    public IdealLearner(SyntheticLanguage language)
    {
        _language = language.Check();
        double before = 0;
        _placeExcess = new double[MaxSeen + 1];
        for (int seen = 0; seen <= MaxSeen; seen++)
        {
            double entropy = SequenceEntropy(seen + 1);
            _placeExcess[seen] = entropy - before - language.NoiseEntropy;
            before = entropy;
        }
    }

    /// <summary>
    /// Nats above h on one token of a context that was seen so often before: H(x_1..x_(n+1)) − H(x_1..x_n) − h under the even prior on
    /// which symbol belongs there. Counted as 0 beyond 24.
    /// </summary>
    public double PlaceExcess(int seen) => seen < _placeExcess.Length ? Math.Max(0, _placeExcess[seen]) : 0;

    /// <summary>Nats per token above the floor after that many tokens: L/R · Σ_c p_c · Σ_k Binomial(k; records, p_c) · excess(k).</summary>
    public double ExcessAfterTokens(double tokens)
    {
        double records = tokens / _language.RecordTokens;
        double sum = 0;
        for (int octave = 0; octave < _language.Octaves; octave++)
        {
            double octaveProbability = _language.OctaveProbability(octave);
            double each = octaveProbability / Math.Pow(2, octave);
            if (each >= 1)
            {
                sum += records >= MaxSeen ? 0 : PlaceExcess((int)records);
                continue;
            }
            double chance = Math.Exp(records * Math.Log(1 - each));
            for (int seen = 0; seen <= MaxSeen && chance > 0; seen++)
            {
                sum += octaveProbability * chance * PlaceExcess(seen);
                chance *= Math.Max(0, records - seen) / (seen + 1) * each / (1 - each);
            }
        }
        return sum * _language.ContextTokens / _language.RecordTokens;
    }

    /// <summary>
    /// Nats per token above the floor of one that knows the m most frequent contexts by heart and nothing of the others: L/R · P(rank &gt;
    /// m) · (ln S − h).
    /// </summary>
    public double ExcessKnowingContexts(double contexts)
    {
        double beyond = 1;
        for (int octave = 0; octave < _language.Octaves; octave++)
        {
            double inOctave = Math.Pow(2, octave);
            beyond -= _language.OctaveProbability(octave) * Math.Clamp((contexts - (inOctave - 1)) / inOctave, 0, 1);
        }
        return Math.Max(0, beyond) * PlaceExcess(0) * _language.ContextTokens / _language.RecordTokens;
    }

    /// <summary>
    /// The entropy of single tokens, nats: what a predictor reaches that knows how frequent tokens are and nothing else. An exact sum over
    /// all contexts.
    /// </summary>
    public double UnigramEntropy()
    {
        double[] probabilities = new double[_language.Vocabulary];
        double noise = _language.NoiseThreshold / (double)(1L << 32);
        int symbols = _language.Symbols;
        for (int octave = 0; octave < _language.Octaves; octave++)
        {
            double octaveProbability = _language.OctaveProbability(octave);
            probabilities[octave] += octaveProbability;
            for (int digit = 0; digit < _language.Digits; digit++)
            {
                int values = 1 << _language.DigitBits(octave, digit);
                for (int value = 0; value < values; value++)
                {
                    probabilities[_language.FirstSymbol + value] += octaveProbability / values;
                }
            }
            double each = octaveProbability / Math.Pow(2, octave) * (1 - noise);
            for (ulong rank = 1UL << octave; rank < 2UL << octave; rank++)
            {
                for (int place = 0; place < _language.ContextTokens; place++)
                {
                    probabilities[SyntheticSequences.TokenOf(_language, rank, place)] += each;
                }
            }
        }
        double sum = 0;
        for (int token = 0; token < probabilities.Length; token++)
        {
            double probability =
                (probabilities[token] + (token >= _language.FirstSymbol ? _language.ContextTokens * noise / symbols : 0))
                / _language.RecordTokens;
            sum -= probability == 0 ? 0 : probability * Math.Log(probability);
        }
        return sum;
    }

    // Sequences with the same counts, in any order and of whichever symbols, are equally likely, so it is a sum over the partitions of n:
    // P(x) = 1/S · Σ_f a^c_f · b^(n − c_f), and S!/(S − parts)!/Π (equal parts)! · n!/Π c! sequences have these counts.
    private double SequenceEntropy(int length)
    {
        int symbols = _language.Symbols;
        double other = _language.NoiseThreshold / (double)(1L << 32) / symbols;
        double own = 1 - ((symbols - 1) * other);
        double entropy = 0;
        List<int> parts = [];
        Visit(length, length);
        return entropy;

        void Visit(int rest, int most)
        {
            if (rest == 0)
            {
                Count();
                return;
            }
            for (int part = Math.Min(rest, most); part >= 1 && parts.Count < symbols; part--)
            {
                parts.Add(part);
                Visit(rest - part, part);
                parts.RemoveAt(parts.Count - 1);
            }
        }

        void Count()
        {
            double probability = (symbols - parts.Count) * Math.Pow(other, length);
            double logSequences = LogFactorial(length);
            int equal = 0;
            for (int i = 0; i < parts.Count; i++)
            {
                probability += Math.Pow(own, parts[i]) * Math.Pow(other, length - parts[i]);
                equal = i > 0 && parts[i] == parts[i - 1] ? equal + 1 : 1;
                logSequences += Math.Log(symbols - i) - LogFactorial(parts[i]) - Math.Log(equal);
            }
            probability /= symbols;
            if (probability > 0)
            {
                entropy -= Math.Exp(logSequences + Math.Log(probability)) * Math.Log(probability);
            }
        }
    }

    private static double LogFactorial(int n)
    {
        double sum = 0;
        for (int i = 2; i <= n; i++)
        {
            sum += Math.Log(i);
        }
        return sum;
    }
}
