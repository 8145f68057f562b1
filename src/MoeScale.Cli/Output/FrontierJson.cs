using MoeScale.Planning;
using MoeScale.Reporting;

namespace MoeScale.Cli.Output;

/// <summary>The JSON of <c>plan --frontier</c>.</summary>
internal sealed record FrontierJson(
    string Law,
    string Family,
    string Axis,
    BudgetJson Budget,
    IReadOnlyList<FrontierPointJson> Points,
    IReadOnlyList<FrontierChangeJson> Changes
)
{
    public static FrontierJson Of(PlanRequest request, Frontier frontier) =>
        new(
            request.Law.Id,
            request.Family.Id,
            FrontierPage.Column(frontier.Axis),
            BudgetJson.Of(request.Budget),
            [
                .. frontier.Points.Select(p => new FrontierPointJson(
                    p.Value,
                    p.Plan.Best is null ? null : ChoiceJson.Of(p.Plan.Best),
                    [.. p.Plan.Candidates.Select(ChoiceJson.Of)]
                )),
            ],
            [
                .. frontier.Changes.Select(c => new FrontierChangeJson(
                    c.Value,
                    c.Before is null ? null : ChoiceJson.Of(c.Before),
                    c.After is null ? null : ChoiceJson.Of(c.After)
                )),
            ]
        );
}

internal sealed record FrontierPointJson(double Value, ChoiceJson? Best, IReadOnlyList<ChoiceJson> Candidates);

internal sealed record FrontierChangeJson(double Value, ChoiceJson? Before, ChoiceJson? After);
