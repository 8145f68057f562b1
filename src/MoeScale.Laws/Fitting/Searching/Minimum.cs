namespace MoeScale.Laws.Fitting.Searching;

/// <summary>When two minima, told by their scaled objectives, are one.</summary>
internal static class Minimum
{
    // Descents end within 1e-9 of theirs.
    private const double Same = 1e-6;

    /// <summary>Of the scaled objective: less is an exact fit.</summary>
    public const double ExactFit = 1e-18;

    /// <summary>Whether two are one.</summary>
    public static bool IsSame(double value, double reached) => Math.Abs(value - reached) <= (Same * reached) + ExactFit;

    /// <summary>Whether one lies so much higher that it is another.</summary>
    public static bool IsHigher(double value, double than) => value > (than * (1 + Same)) + ExactFit;

    /// <summary>Whether one lies so much lower that it is another.</summary>
    public static bool IsLower(double value, double than) => value < (than * (1 - Same)) - ExactFit;

    /// <summary>Whether the objective falls by so much from a minimum that it was none.</summary>
    /// <param name="rise">What it rises by.</param>
    /// <param name="from">The minimum.</param>
    public static bool IsFall(double rise, double from) => rise < -Same * from;
}
