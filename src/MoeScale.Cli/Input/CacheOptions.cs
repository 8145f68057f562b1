using System.CommandLine;
using MoeScale.Basics;

namespace MoeScale.Cli.Input;

/// <summary>The options that say which KV cache is held: of <c>plan</c> and <c>cost</c>.</summary>
internal static class CacheOptions
{
    // More sequences, and longer ones, than anybody serves.
    private const double Max = 1e12;

    private static readonly Option<string> Sequences = new("--sequences")
    {
        HelpName = "N",
        Description = "Sequences that are served together, each with --context tokens in the KV cache. Default 1.",
    };

    private static readonly Option<string> Context = new("--context")
    {
        HelpName = "N",
        Description = "Tokens of each sequence, kept in the KV cache and attended to.",
    };

    private static readonly Option<string> KvTokens = new("--kv-tokens")
    {
        HelpName = "N",
        Description = "The KV cache in tokens: 32k for one sequence of 32k, 32k*64 for 64 of 32k each, or all --sequences together.",
    };

    /// <summary>In the order of the help.</summary>
    public static IReadOnlyList<Option> All { get; } = [Sequences, Context, KvTokens];

    /// <summary>What the cache holds: so many sequences, and the tokens of all of them together.</summary>
    /// <param name="Sequences">1 where nothing else was said.</param>
    /// <param name="Tokens">0 for no cache.</param>
    public readonly record struct Cache(double Sequences, double Tokens)
    {
        /// <summary>Of one sequence.</summary>
        public double ContextTokens => Tokens / Sequences;
    }

    /// <summary>The cache; any two of its numbers tell the third.</summary>
    /// <exception cref="UserException">A number that makes no sense, too few of them, or some that contradict each other.</exception>
    public static Cache Read(ParseResult parsed)
    {
        double? sequences = Options.Whole(parsed, Sequences, Max);
        double? context = Options.Whole(parsed, Context, Max);
        string? tokens = parsed.GetValue(KvTokens);
        if (tokens is null)
        {
            return context is double each ? new Cache(sequences ?? 1, each * (sequences ?? 1))
                : sequences is null ? new Cache(1, 0)
                : throw new UserException(
                    $"--sequences {parsed.GetValue(Sequences)} have no length. Give the tokens of each, for example --context 32k."
                );
        }
        if (tokens.Contains('*'))
        {
            return sequences is null && context is null
                ? Product(tokens)
                : throw new UserException(
                    $"--kv-tokens '{tokens}' says how many sequences there are and how long each is. Leave --sequences and --context out."
                );
        }
        double all = Options.Count(parsed, KvTokens)!.Value;
        if (sequences is null && context is null)
        {
            return new Cache(1, all);
        }
        return Wrong(all, sequences, context) is string wrong
            ? throw new UserException($"--kv-tokens {tokens} are the tokens of all sequences together, but {wrong}.")
            : new Cache(sequences ?? (all / context!.Value), all);
    }

    /// <summary>Why so many tokens are not those of so many sequences of one whole length; null if they are.</summary>
    private static string? Wrong(double all, double? sequences, double? context) =>
        (sequences, context) switch
        {
            (double n, double each) => n * each == all
                ? null
                : $"--sequences times --context is {Figures.Exact(n * each)}. Leave --kv-tokens out",
            (double n, null) => all > 0 && all % n == 0
                ? null
                : $"that is {Figures.Exact(all / n)} for each of the {Figures.Exact(n)}. Give --sequences and --context",
            (_, double each) => all > 0 && all % each == 0
                ? null
                : $"that is {Figures.Exact(all / each)} sequences of {Figures.Exact(each)} tokens. Give --sequences and --context",
            _ => null,
        };

    private static Cache Product(string text)
    {
        string[] factors = text.Split('*');
        if (factors.Length != 2)
        {
            throw new UserException(
                $"--kv-tokens '{text}' is no product of two numbers. Write the tokens of a sequence, then the sequences: 32k*64."
            );
        }
        double tokens = Factor(factors[0]);
        double sequences = Factor(factors[1]);
        // 64*32k would be 32,000 sequences of 64 tokens, and is hardly meant so.
        return tokens >= sequences
            ? new Cache(sequences, tokens * sequences)
            : throw new UserException(
                $"--kv-tokens '{text}' would be {Figures.Exact(sequences)} sequences of {Figures.Exact(tokens)} tokens: the tokens of a "
                    + $"sequence stand first, as in 32k*64. If that is meant, write --sequences {sequences:0} --context {tokens:0.##}."
            );
    }

    private static double Factor(string text)
    {
        double value = Options.Bounded(Quantity.ParsePositiveCount(text, KvTokens.Name), KvTokens, Max);
        return value == Math.Floor(value)
            ? value
            : throw new UserException(
                $"{KvTokens.Name} '{text}' must be a whole number: tokens of a sequence, then sequences, as in 32k*64."
            );
    }
}
