using MoeScale.Training.Data;

namespace MoeScale.Training.Recipes;

/// <summary>
/// What a run does where nobody says otherwise, the same from <c>train</c> and from a study; docs/training.md gives the reasons.
/// </summary>
public static class DefaultRecipe
{
    /// <summary>Share of the run in which the rate rises.</summary>
    public const double WarmupShare = 0.01;

    /// <summary>Share of the run in which the rate falls, of wsd.</summary>
    public const double DecayShare = 0.2;

    /// <summary>Held-out tokens to score at the end.</summary>
    public const long HeldOutTokens = DataSettings.DefaultHeldOutTokens;

    private const double StepsAtLeast = 500;
    private const double LargestBatch = 1 << 18;
    private const double ComputedTokens = 4096;

    // Small runs like a rate near 0.256 / d_model: 4e-3 at 64, 2e-3 at 128, 1e-3 at 256. Beyond these it was not measured.
    private const double RateTimesWidth = 0.256;
    private const double LowestRate = 1e-3;
    private const double HighestRate = 4e-3;

    /// <summary>The highest learning rate of a run that is smaller than those that a law was fitted to.</summary>
    /// <param name="width">d_model.</param>
    public static double RateOfSmallRun(double width) => Math.Clamp(RateTimesWidth / width, LowestRate, HighestRate);

    /// <summary>Sequences of a step: a power of two of routing groups, so that lengths near each other are trained alike.</summary>
    /// <param name="tokens">Of the run.</param>
    /// <param name="context">Tokens of a sequence.</param>
    /// <param name="group">What sequences must be a multiple of.</param>
    public static int BatchSequences(double tokens, int context, int group)
    {
        double groups = Math.Min(tokens / StepsAtLeast, LargestBatch) / ((double)context * group);
        return group * (int)Math.Pow(2, Math.Floor(Math.Log2(Math.Max(1, groups))));
    }

    /// <summary>Sequences to compute at once, if a step has as many: whole routing groups of some thousand tokens.</summary>
    /// <inheritdoc cref="BatchSequences"/>
    public static int MicroBatchSequences(int context, int group) =>
        group * (int)Math.Max(1, Math.Floor(ComputedTokens / ((double)context * group)));
}
