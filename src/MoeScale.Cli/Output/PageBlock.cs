namespace MoeScale.Cli.Output;

/// <summary>A part of a page, whoever shows it: a terminal or a browser.</summary>
internal abstract record PageBlock
{
    private PageBlock() { }

    /// <param name="Text">One line.</param>
    /// <param name="Level">2 or deeper; the page's own title is 1.</param>
    public sealed record Heading(string Text, int Level) : PageBlock;

    /// <param name="Text">Any length.</param>
    /// <param name="IsItem">Whether it is one of a list.</param>
    public sealed record Paragraph(string Text, bool IsItem) : PageBlock;

    /// <param name="Label">Empty where it goes on with the field before.</param>
    /// <param name="Text">What it is.</param>
    public sealed record Field(string Label, string Text) : PageBlock;

    /// <param name="Columns">Headers; one that starts with '&lt;' is aligned to the left.</param>
    /// <param name="Rows">One text for each column.</param>
    /// <param name="Title">What stands for it while it is folded; null for one that is open.</param>
    public sealed record Table(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, string? Title = null) : PageBlock;

    /// <param name="Svg">A chart.</param>
    /// <param name="Caption">Under it; may be empty.</param>
    public sealed record Figure(string Svg, string Caption) : PageBlock;
}
