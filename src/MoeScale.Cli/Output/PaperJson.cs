using MoeScale.Planning.Papers;

namespace MoeScale.Cli.Output;

/// <summary>The JSON of <c>reproduce</c>.</summary>
internal sealed record PaperJson(string Paper, string Title, IReadOnlyList<PaperTableJson> Tables)
{
    public static PaperJson Of(PaperComparison paper) =>
        new(paper.Id, paper.Title, [.. paper.Tables.Select(t => new PaperTableJson(t.Title, t.Note, [.. t.Rows.Select(PaperRowJson.Of)]))]);
}

internal sealed record PaperTableJson(string Title, string Note, IReadOnlyList<PaperRowJson> Rows);

/// <summary>
/// A null <c>printed</c> means that the paper prints an interval, which <c>low</c> and <c>high</c> then are; a null end is open.
/// </summary>
internal sealed record PaperRowJson(
    string Row,
    string Quantity,
    double? Printed,
    double Low,
    double High,
    double Computed,
    double? Difference,
    double? RelativeDifference,
    bool Agrees,
    string Note
)
{
    public static PaperRowJson Of(Comparison c) =>
        new(
            c.Label,
            c.Quantity,
            c.Printed,
            c.Low,
            c.High,
            c.Computed,
            c.Difference,
            c.RelativeDifference,
            c.Agrees,
            c.Agrees ? "" : c.Note
        );
}
