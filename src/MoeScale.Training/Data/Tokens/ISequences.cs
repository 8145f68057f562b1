namespace MoeScale.Training.Data.Tokens;

/// <summary>
/// A stream of sequences that any position opens at once: sequence i is the same whenever and after whatever it is read. Not for two
/// threads at once.
/// </summary>
public interface ISequences
{
    /// <summary>T: how many tokens a sequence predicts.</summary>
    int Context { get; }

    /// <summary>How many there are, with all repeats that are allowed.</summary>
    long Count { get; }

    /// <summary>Writes sequence <paramref name="position"/>: (T + 1) tokens; each but the first is a target. Allocates nothing.</summary>
    void Read(long position, Span<int> tokens);
}
