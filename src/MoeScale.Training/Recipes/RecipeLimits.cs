namespace MoeScale.Training.Recipes;

/// <summary>What no run is trained beyond, the same for <c>train</c> and for a study that will call it.</summary>
public static class RecipeLimits
{
    /// <summary>Adam moves a weight by about the rate in each step, and weights are smaller than this.</summary>
    public const double HighestRate = 1;

    /// <summary>Tokens of a run.</summary>
    public const double MaxTokens = 1e15;

    /// <summary>Sequences of a step.</summary>
    public const double MaxSequences = 1 << 24;

    /// <summary>Tokens of a sequence.</summary>
    public const double LongestContext = 1 << 20;

    /// <summary>How often a token is met.</summary>
    public const double MaxEpochs = 1e6;

    /// <summary>Held-out tokens that are scored.</summary>
    public const double MaxHeldOutTokens = 1e12;

    /// <summary>Steps between checkpoints.</summary>
    public const double MaxCheckpointSteps = 1e12;

    /// <summary>A larger seed is no whole number in JSON.</summary>
    public const double LargestSeed = 1L << 53;
}
