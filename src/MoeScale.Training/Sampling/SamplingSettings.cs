using MoeScale.Basics;

namespace MoeScale.Training.Sampling;

/// <summary>
/// How the next token is drawn: the logits are divided by the temperature, all but the K largest are left out, then all behind the first
/// whose probabilities reach P.
/// </summary>
/// <remarks>The order is that of Hugging Face's transformers, so that its settings mean the same here.</remarks>
public sealed record SamplingSettings
{
    /// <summary>1 draws as the model says; lower, likely tokens become likelier; 0 always takes the likeliest.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>K; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>
    /// P: the likeliest tokens whose probabilities together reach it; 1 for all. Holtzman et al. 2019 (arXiv:1904.09751).
    /// </summary>
    public double TopP { get; init; } = 1;

    /// <summary>The same seed, the same text.</summary>
    public ulong Seed { get; init; }

    /// <exception cref="UserException">A setting is outside its range.</exception>
    public SamplingSettings Check()
    {
        Need(Temperature is >= 0 and <= 100, $"a temperature of {Temperature}", "0 to 100");
        Need(TopK >= 0, $"the top {TopK} tokens", "1 or more, or 0 for all");
        Need(TopP is > 0 and <= 1, $"a top-p of {TopP}", "more than 0 and at most 1");
        return this;

        static void Need(bool holds, FormattableString given, string needed)
        {
            if (!holds)
            {
                throw new UserException(
                    FormattableString.Invariant($"No token can be drawn with {FormattableString.Invariant(given)}; it takes {needed}.")
                );
            }
        }
    }
}
