using MoeScale.Training.Data.Tokenizers;

namespace MoeScale.Training.Diagnostics;

/// <summary>Which experts take which kinds of tokens: tokens and choices counted by kind and expert.</summary>
public sealed class Specialisation
{
    private readonly long[] _tokens;
    private readonly long[,] _counts;

    private Specialisation(IReadOnlyList<string> names, long[] tokens, long[,] counts) =>
        (Names, _tokens, _counts) = (names, tokens, counts);

    /// <summary>Of the kinds.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Tokens of each kind.</summary>
    public IReadOnlyList<long> Tokens => _tokens;

    public int Experts => _counts.GetLength(1);

    /// <summary>Of kinds of tokens: see <see cref="TokenClasses"/>.</summary>
    /// <param name="choices">On the probe.</param>
    /// <param name="probe">Its tokens.</param>
    /// <param name="tokenizer">Null where tokens are no text.</param>
    public static Specialisation OfTokens(ExpertChoices choices, ProbeHistory probe, ITokenizer? tokenizer)
    {
        TokenClasses classes = tokenizer is null ? TokenClasses.OfFrequent(probe.Tokens) : TokenClasses.OfText(tokenizer);
        return Count(choices, classes.Names, i => classes.Of(probe.Tokens[i]));
    }

    /// <summary>Of places in a sequence.</summary>
    public static Specialisation OfPositions(ExpertChoices choices, ProbeHistory probe) =>
        Count(choices, TokenClasses.PositionNames(probe.Sequence), i => TokenClasses.PositionOf(i % probe.Sequence, probe.Sequence));

    /// <summary>Of a kind's tokens, the share that goes to each expert, (kinds, experts): NaN where a kind has none.</summary>
    public double[,] Shares()
    {
        double[,] shares = new double[Names.Count, Experts];
        for (int kind = 0; kind < Names.Count; kind++)
        {
            for (int e = 0; e < Experts; e++)
            {
                shares[kind, e] = (double)_counts[kind, e] / _tokens[kind];
            }
        }
        return shares;
    }

    /// <summary>Of all tokens, the share that goes to an expert.</summary>
    public double ShareOf(int expert)
    {
        double own = 0;
        for (int kind = 0; kind < Names.Count; kind++)
        {
            own += _counts[kind, expert];
        }
        return own / _tokens.Sum();
    }

    /// <summary>
    /// The share of what the choice of an expert tells that its token's kind tells already: I(kind; expert)/H(expert), 0 where experts take
    /// all kinds alike,
    /// 1 where the kind decides; 0 too where one expert takes all. From n choices it is too high by about (kinds − 1)·(experts −
    /// 1)/(2n·H(expert)).
    /// </summary>
    public double Explained()
    {
        double all = 0;
        double[] ofExpert = new double[Experts];
        for (int kind = 0; kind < Names.Count; kind++)
        {
            for (int e = 0; e < Experts; e++)
            {
                ofExpert[e] += _counts[kind, e];
                all += _counts[kind, e];
            }
        }
        double information = 0,
            entropy = 0;
        for (int e = 0; e < Experts; e++)
        {
            entropy -= ofExpert[e] == 0 ? 0 : ofExpert[e] / all * Math.Log(ofExpert[e] / all);
            for (int kind = 0; kind < Names.Count; kind++)
            {
                double count = _counts[kind, e];
                information += count == 0 ? 0 : count / all * Math.Log(count * all / (ofExpert[e] * CountOf(kind)));
            }
        }
        return entropy > 0 ? information / entropy : 0;
    }

    private long CountOf(int kind)
    {
        long sum = 0;
        for (int e = 0; e < Experts; e++)
        {
            sum += _counts[kind, e];
        }
        return sum;
    }

    private static Specialisation Count(ExpertChoices choices, IReadOnlyList<string> names, Func<int, int> kindOf)
    {
        long[] tokens = new long[names.Count];
        long[,] counts = new long[names.Count, choices.Experts];
        for (int token = 0; token < choices.Tokens; token++)
        {
            int kind = kindOf(token);
            tokens[kind]++;
            for (int e = 0; e < choices.Experts; e++)
            {
                counts[kind, e] += choices[token, e] ? 1 : 0;
            }
        }
        return new Specialisation(names, tokens, counts);
    }
}
