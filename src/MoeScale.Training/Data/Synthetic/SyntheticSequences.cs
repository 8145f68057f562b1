using MoeScale.Basics;
using MoeScale.Training.Data.Tokens;

namespace MoeScale.Training.Data.Synthetic;

/// <summary>
/// Sequences of a synthetic language. Each begins with a record of its own, and its last one is cut, so that no token
/// stands where its context is out of sight and the floor can be reached. Record i is a pure function of the language,
/// the stream and i.
/// </summary>
public sealed class SyntheticSequences : ISequences
{
    private const ulong TrainingStream = 0x747261696E; // "train"
    private const ulong HeldOutStream = 0x68656C64; // "held"

    private readonly ulong _language;
    private readonly ulong _stream;
    private readonly int _symbolBits;
    private readonly int _digits;
    private readonly int _firstSymbol;
    private readonly int _recordTokens;
    private readonly uint _noise;
    private readonly double[] _cumulative;
    private readonly int _recordsEach;

    private SyntheticSequences(SyntheticLanguage language, int context, long count, ulong stream)
    {
        language.Check();
        Context = context;
        Count = count;
        _language = CounterRandom.Key(language.Seed, 0x6C616E67); // "lang"
        _stream = CounterRandom.Key(_language, stream);
        _symbolBits = language.SymbolBits;
        _digits = language.Digits;
        _firstSymbol = language.FirstSymbol;
        _recordTokens = language.RecordTokens;
        _noise = language.NoiseThreshold;
        _recordsEach = context / _recordTokens + 1;
        _cumulative = new double[language.Octaves - 1];
        double sum = 0;
        for (int octave = 0; octave < _cumulative.Length; octave++)
        {
            _cumulative[octave] = sum += language.OctaveProbability(octave);
        }
    }

    public int Context { get; }

    public long Count { get; }

    /// <summary>What a run of this seed trains on: more than any run can use, and never the same record again.</summary>
    public static SyntheticSequences Training(SyntheticLanguage language, int context, ulong seed) =>
        new(language, context, 1L << 40, CounterRandom.Key(TrainingStream, seed));

    /// <summary>What is held out: the same for all runs of a language, and drawn apart from what any of them trains on.</summary>
    public static SyntheticSequences HeldOut(SyntheticLanguage language, int context, long count) =>
        new(language, context, count, HeldOutStream);

    public void Read(long position, Span<int> tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, Count);
        tokens = tokens[..(Context + 1)];
        for (long record = position * _recordsEach; !tokens.IsEmpty; record++)
        {
            Span<int> target = tokens[..Math.Min(_recordTokens, tokens.Length)];
            Write(CounterRandom.Key(_stream, (ulong)record), target);
            tokens = tokens[target.Length..];
        }
    }

    // Number 0 of the record's key is its octave, 1 its index, and from 2 on its tokens.
    private void Write(ulong record, Span<int> tokens)
    {
        double unit = CounterRandom.Unit(CounterRandom.Bits(record, 0));
        int octave = 0;
        while (octave < _cumulative.Length && unit >= _cumulative[octave])
        {
            octave++;
        }
        ulong index = CounterRandom.Bits(record, 1) & ((1UL << octave) - 1);
        ulong context = CounterRandom.Key(_language, (1UL << octave) | index);
        ulong symbolMask = (1UL << _symbolBits) - 1;
        for (int place = 0; place < tokens.Length; place++)
        {
            if (place == 0)
            {
                tokens[0] = octave;
                continue;
            }
            ulong symbol;
            if (place <= _digits)
            {
                symbol = index >> (_symbolBits * (_digits - place));
            }
            else
            {
                ulong bits = CounterRandom.Bits(record, (ulong)place + 1);
                // The high half says whether it is noise, the low half what noise.
                symbol = (uint)(bits >> 32) < _noise ? bits : CounterRandom.Bits(context, (ulong)(place - _digits));
            }
            tokens[place] = _firstSymbol + (int)(symbol & symbolMask);
        }
    }

    /// <summary>The token that belongs to a context at a place behind its spelling.</summary>
    internal static int TokenOf(SyntheticLanguage language, ulong rank, int place)
    {
        ulong context = CounterRandom.Key(CounterRandom.Key(language.Seed, 0x6C616E67), rank);
        return language.FirstSymbol + (int)(CounterRandom.Bits(context, (ulong)place + 1) & ((1UL << language.SymbolBits) - 1));
    }
}
