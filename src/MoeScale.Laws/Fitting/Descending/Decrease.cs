namespace MoeScale.Laws.Fitting.Descending;

/// <summary>When a decrease is too small to go on for.</summary>
internal static class Decrease
{
    /// <summary>Of the objective, for a quasi-Newton descent to end.</summary>
    public const double Loose = 1e-9;

    /// <summary>Of the objective, for Newton's steps to end.</summary>
    public const double Final = 1e-13;

    // Of the objective at the best constant, which is 1.
    private const double ExactFit = 1e-26;

    /// <summary>Whether a decrease is a part of the objective, or less, or vanishes beside that of the best constant.</summary>
    public static bool IsNil(double decrease, double part, double value) => decrease <= (part * value) + ExactFit;
}
