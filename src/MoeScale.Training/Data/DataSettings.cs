namespace MoeScale.Training.Data;

/// <summary>How a run reads its data.</summary>
public sealed record DataSettings
{
    /// <summary>So many are scored where nobody says how many.</summary>
    public const long DefaultHeldOutTokens = 1 << 18;

    /// <summary>T: tokens that a sequence predicts.</summary>
    public required int Context { get; init; }

    /// <summary>How many tokens the run trains on; 0 where nothing is trained, as when a text is scored.</summary>
    public required long Tokens { get; init; }

    /// <summary>Another seed, another order of the documents, or other synthetic records. Held-out text is the same.</summary>
    public ulong Seed { get; init; }

    /// <summary>How often a token may be trained on.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>At most so many held-out tokens are scored.</summary>
    public long HeldOutTokens { get; init; } = DefaultHeldOutTokens;
}
