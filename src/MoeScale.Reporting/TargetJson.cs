using MoeScale.Planning;

namespace MoeScale.Reporting;

/// <summary>What the JSON of a plan has beside where a loss is to be reached: what each choice needs.</summary>
public sealed record TargetJson(double Loss, string Least, IReadOnlyList<TargetChoiceJson> Choices)
{
    public static TargetJson Of(double loss, bool memory, TargetResult result) =>
        new(
            loss,
            memory ? "memory_bytes" : "flops",
            [
                .. result.Choices.Select(c => new TargetChoiceJson(
                    c.Experts,
                    c.Granularity,
                    c.Budget,
                    c.Configuration is null ? null : ChoiceJson.Of(c.Configuration)
                )),
            ]
        );
}

public sealed record TargetChoiceJson(double Experts, double Granularity, double? Budget, ChoiceJson? Configuration);
