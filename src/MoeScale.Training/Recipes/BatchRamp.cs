namespace MoeScale.Training.Recipes;

/// <summary>
/// The batch as a function of the tokens seen: a quarter for the first half of the ramp, a half for the second, then
/// all of it. The joint MoE law was measured so: 64K tokens up to 0.5B, 128K up to 1B, then 256K (arXiv:2502.05172).
/// </summary>
/// <param name="Sequences">Of a whole batch.</param>
/// <param name="Tokens">Where the ramp ends; 0 for none.</param>
/// <param name="Group">Sequences of a routing group; a step has whole ones, and one at least.</param>
public readonly record struct BatchRamp(int Sequences, double Tokens, int Group = 1)
{
    /// <summary>Where each of its sizes begins, in whole tokens seen, and its sequences.</summary>
    public IReadOnlyList<(long Tokens, int Sequences)> Sizes
    {
        get
        {
            long[] starts = [0, (long)Math.Ceiling(Tokens / 2), (long)Math.Ceiling(Tokens)];
            return [.. starts.Zip(starts.Select(At))];
        }
    }

    /// <summary>Sequences of the step that begins where <paramref name="tokens"/> are seen.</summary>
    public int At(long tokens) =>
        Math.Max(
            1,
            (
                tokens >= Tokens ? Sequences
                : tokens < Tokens / 2 ? Sequences / 4
                : Sequences / 2
            ) / Group
        ) * Group;
}
