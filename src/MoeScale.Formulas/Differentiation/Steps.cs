namespace MoeScale.Formulas.Differentiation;

/// <summary>What a step does to whole columns.</summary>
internal enum StepKind
{
    /// <summary>s₀ + Σ sₖ·xₖ</summary>
    Linear,

    /// <summary>exp(s₀ + Σ sₖ·xₖ): a product of powers</summary>
    Exponential,

    Ln,
    Reciprocal,
    Multiply,
    Divide,
    Abs,
    Min,
    Max,
}

/// <summary>One scalar times one column.</summary>
/// <param name="Scalar">Index of a scalar of the program.</param>
/// <param name="Column">A data column from 0 up, or −1 − index of an earlier step.</param>
internal readonly record struct Term(int Scalar, int Column);

/// <summary>A step that fills one column.</summary>
internal sealed record ColumnStep(StepKind Kind, int Constant, Term[] Terms, int Left = 0, int Right = 0)
{
    /// <summary>Columns that the step reads.</summary>
    public IEnumerable<int> Reads =>
        Kind switch
        {
            StepKind.Linear or StepKind.Exponential => Terms.Select(t => t.Column),
            StepKind.Multiply or StepKind.Divide or StepKind.Min or StepKind.Max => [Left, Right],
            _ => [Left],
        };
}
