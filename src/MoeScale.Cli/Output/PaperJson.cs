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
internal sealed record PaperRowJson
{
    public required string Row { get; init; }

    public required string Quantity { get; init; }

    public required double? Printed { get; init; }

    public required double Low { get; init; }

    public required double High { get; init; }

    public required double Computed { get; init; }

    public required double? Difference { get; init; }

    public required double? RelativeDifference { get; init; }

    public required bool Agrees { get; init; }

    public required string Note { get; init; }

    public static PaperRowJson Of(Comparison c) =>
        new()
        {
            Row = c.Label,
            Quantity = c.Quantity,
            Printed = c.Printed,
            Low = c.Low,
            High = c.High,
            Computed = c.Computed,
            Difference = c.Difference,
            RelativeDifference = c.RelativeDifference,
            Agrees = c.Agrees,
            Note = c.Agrees ? "" : c.Note,
        };
}
