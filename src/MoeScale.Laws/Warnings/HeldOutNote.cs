namespace MoeScale.Laws.Warnings;

/// <summary>What was skipped or cannot be trusted where rows are held out.</summary>
public abstract record HeldOutNote : FitWarning
{
    private protected HeldOutNote() { }

    /// <summary>A fold that leaves too few rows to fit.</summary>
    public sealed record FoldTooSmall(string Fold, int Rows, int Needed) : HeldOutNote;

    /// <summary>A fold where the formula has no value.</summary>
    public sealed record FoldWithoutValue(string Fold) : HeldOutNote;

    /// <summary>A fold whose rows do not tell all coefficients apart.</summary>
    public sealed record FoldUnidentified(string Fold) : HeldOutNote;

    /// <summary>A fold whose fit ended at no minimum.</summary>
    public sealed record FoldWithoutMinimum(string Fold) : HeldOutNote;

    /// <summary>The user stopped it: later folds are missing.</summary>
    public sealed record FoldsInterrupted : HeldOutNote;

    /// <summary>The formula has no value at some of the rows held out.</summary>
    public sealed record NoValue : HeldOutNote;
}
