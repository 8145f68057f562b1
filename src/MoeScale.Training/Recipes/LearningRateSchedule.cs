namespace MoeScale.Training.Recipes;

/// <summary>How the learning rate moves behind its warm-up.</summary>
public enum RateShape
{
    /// <summary>Constant, then linear to 0.</summary>
    Wsd,

    /// <summary>Half a cosine, down to a tenth.</summary>
    Cosine,

    /// <summary>Constant to the end: the trunk of decayed branches.</summary>
    Constant,
}

/// <summary>
/// The learning rate as a function of the tokens seen. Warm-up: peak · t / W. Behind it, wsd: peak · min(1, (D − t) / decay); cosine:
/// peak · (0.1 + 0.9 · (1 + cos(π · (t − W) / (D − W))) / 2).
/// </summary>
/// <param name="Shape">Behind the warm-up.</param>
/// <param name="Peak">The highest rate.</param>
/// <param name="Tokens">D, the length of the run.</param>
/// <param name="WarmupTokens">W; 0 for none.</param>
/// <param name="DecayTokens">Of <see cref="RateShape.Wsd"/>: the end of the run in which the rate falls to 0.</param>
/// <remarks>
/// Both published recipes: Ludziejewski et al. 2025 (arXiv:2502.05172) decay over the last fifth, 2024 (arXiv:2402.07871) by a cosine to a
/// tenth.
/// </remarks>
public sealed record LearningRateSchedule(RateShape Shape, double Peak, double Tokens, double WarmupTokens, double DecayTokens)
{
    /// <summary>Of the highest rate, what is left at the end of a cosine.</summary>
    public const double CosineEnd = 0.1;

    /// <summary>The rate where <paramref name="tokens"/> are seen.</summary>
    public double Rate(double tokens)
    {
        double warm = WarmupTokens > 0 ? Math.Min(1, tokens / WarmupTokens) : 1;
        return Peak
            * Shape switch
            {
                RateShape.Wsd => Math.Min(warm, DecayTokens > 0 ? Math.Clamp((Tokens - tokens) / DecayTokens, 0, 1) : 1),
                RateShape.Cosine when warm >= 1 => CosineEnd
                    + ((1 - CosineEnd) * (1 + Math.Cos(Math.PI * Math.Clamp((tokens - WarmupTokens) / (Tokens - WarmupTokens), 0, 1))) / 2),
                _ => warm,
            };
    }

    /// <summary>The rate of one step: that in its middle, which is the mean over its tokens wherever the schedule is a line.</summary>
    /// <param name="before">Tokens seen before it.</param>
    /// <param name="count">Its own tokens.</param>
    public double RateOfStep(long before, long count) => Rate(before + (count / 2.0));
}
