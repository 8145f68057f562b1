namespace MoeScale.Laws.Warnings;

/// <summary>What holds for all laws of a comparison.</summary>
public abstract record ComparisonNote : FitWarning
{
    private protected ComparisonNote() { }

    /// <summary>Rows that some law cannot read, and that are left out for all.</summary>
    public sealed record RowsLackValues(int Rows, int All) : ComparisonNote;

    /// <summary>Laws are ranked by their error on the rows that they were fitted to.</summary>
    public sealed record NothingHeldOut : ComparisonNote;
}
