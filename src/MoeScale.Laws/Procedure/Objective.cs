namespace MoeScale.Laws.Procedure;

/// <summary>What a fit makes small for each row, with r = predicted − observed, or the difference of their logarithms.</summary>
public enum ObjectiveKind
{
    /// <summary>Huber loss of the difference of logarithms.</summary>
    LogHuber,

    /// <summary>r²/2 up to δ, then δ·(|r| − δ/2).</summary>
    Huber,

    /// <summary>r² of the difference of logarithms.</summary>
    LogSquares,

    /// <summary>r².</summary>
    Squares,

    /// <summary>|r| of the difference of logarithms.</summary>
    LogAbs,

    /// <summary>|r|.</summary>
    Abs,
}

/// <summary>How the rows are taken together.</summary>
public enum Reduction
{
    Sum,
    Mean,
}

/// <summary>The function that a fit minimises: Σ weight · ρ(r), over the sum of the weights where it is a mean, plus the ridge.</summary>
/// <param name="Kind">ρ and r.</param>
/// <param name="Delta">δ, where Huber's loss turns from squares to absolute values; in the unit of r. Ignored by the other kinds.</param>
/// <param name="Reduce">Sum or mean over rows.</param>
/// <param name="Ridge">λ of λ·Σθ², with θ the logarithm of a coefficient that the formula multiplies with and whose sign is declared, else
/// the coefficient.</param>
public sealed record Objective(
    ObjectiveKind Kind = ObjectiveKind.LogHuber,
    double Delta = 1e-3,
    Reduction Reduce = Reduction.Sum,
    double Ridge = 0
)
{
    /// <summary>Names of the kinds on the command line and in files, in the order of <see cref="ObjectiveKind"/>.</summary>
    public static IReadOnlyList<string> Names { get; } = ["log-huber", "huber", "log-squares", "squares", "log-abs", "abs"];

    public string Name => Names[(int)Kind];

    /// <summary>Whether r is a difference of logarithms.</summary>
    public bool IsLog => Kind is ObjectiveKind.LogHuber or ObjectiveKind.LogSquares or ObjectiveKind.LogAbs;

    /// <summary>Whether ρ has a corner at 0, so that its optimum has no gradient.</summary>
    public bool IsAbs => Kind is ObjectiveKind.LogAbs or ObjectiveKind.Abs;

    /// <summary>
    /// The kind as factor·ρ with Huber's ρ at some δ: squares at δ = ∞, absolute values at a small δ that rounds the corner off.
    /// </summary>
    internal (double Delta, double Factor) Shape(double delta) =>
        Kind switch
        {
            ObjectiveKind.LogSquares or ObjectiveKind.Squares => (double.PositiveInfinity, 2),
            ObjectiveKind.LogAbs or ObjectiveKind.Abs => (delta, 1 / delta),
            _ => (delta, 1),
        };
}
