namespace MoeScale.Models;

/// <summary>Which blocks attend to all tokens and which to near ones only: a letter a block, repeated up to the last block.</summary>
public static class LayerPattern
{
    /// <summary>A block that attends to all tokens before it.</summary>
    public const char Full = 'f';

    /// <summary>A block with a window or chunks.</summary>
    public const char Local = 'l';

    /// <summary>The model with what says these kinds of its blocks, always the same for the same kinds.</summary>
    /// <param name="m">The model.</param>
    /// <param name="full">Whether a block attends to all tokens, for each block.</param>
    public static Model Apply(Model m, IReadOnlyList<bool> full)
    {
        int first = full.TakeWhile(f => f).Count();
        if (!full.Skip(first).Contains(true))
        {
            return m with { FullAttentionBlocks = first, AttentionPattern = "" };
        }
        int period = Enumerable.Range(1, full.Count).First(p => full.Select((f, i) => f == full[i % p]).All(same => same));
        return m with { FullAttentionBlocks = 0, AttentionPattern = string.Concat(full.Take(period).Select(f => f ? Full : Local)) };
    }

    /// <summary>Whether each block attends to all tokens.</summary>
    /// <param name="m">A model with a whole number of blocks.</param>
    public static IReadOnlyList<bool> Of(Model m) =>
        [
            .. Enumerable
                .Range(0, (int)Math.Round(m.Blocks))
                .Select(i =>
                    m.AttentionPattern.Length == 0 ? i < m.FullAttentionBlocks : m.AttentionPattern[i % m.AttentionPattern.Length] == Full
                ),
        ];

    /// <summary>Blocks that attend to all tokens; of a fraction of a block that fraction.</summary>
    internal static double CountFull(string pattern, double blocks)
    {
        double rounds = Math.Floor(blocks / pattern.Length);
        double rest = blocks - (rounds * pattern.Length);
        return pattern.Select((letter, i) => letter == Full ? rounds + Math.Clamp(rest - i, 0, 1) : 0).Sum();
    }
}
