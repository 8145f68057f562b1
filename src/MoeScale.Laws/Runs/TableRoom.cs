namespace MoeScale.Laws.Runs;

/// <summary>The memory that a table takes while it is read, as far as it grows with the file.</summary>
internal sealed class TableRoom
{
    /// <summary>More is refused: a packed file of some megabytes may unfold to anything.</summary>
    public const long MaxBytes = 1L << 29;

    /// <summary>Of the place of a text in its column.</summary>
    public const int ReferenceBytes = 8;

    /// <summary>Of a text, beside its characters.</summary>
    public const int TextBytes = 24;

    public long Bytes { get; set; }
}
