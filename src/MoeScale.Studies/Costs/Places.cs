namespace MoeScale.Studies.Costs;

/// <summary>How a machine is shared out among cells.</summary>
/// <param name="Threads">Together.</param>
/// <param name="SideBySide">Cells at once.</param>
public sealed record Places(int Threads, int SideBySide)
{
    /// <summary>Of one cell, while as many are trained as can be at once.</summary>
    public int ThreadsEach => Math.Max(1, Threads / SideBySide);

    /// <summary>As cells are shared out: no more at once than there are threads or cells.</summary>
    /// <param name="threads">To share out.</param>
    /// <param name="sideBySide">Cells at once, at most.</param>
    /// <param name="cells">To be trained.</param>
    public static Places For(int threads, int sideBySide, int cells) =>
        new(threads, Math.Max(1, Math.Min(Math.Min(threads, sideBySide), cells)));
}
