using MoeScale.Models;

namespace MoeScale.Cli.Output;

/// <summary>One model in the list that <c>cost</c> prints.</summary>
internal sealed record ModelSummaryJson(
    string Model,
    double TotalParams,
    double ActiveParams,
    double ExpertCount,
    double TopK,
    double KvValuesPerToken
)
{
    public static ModelSummaryJson Of(Census census) =>
        new(
            census.Model.Name,
            census.TotalParams,
            census.ActiveParams,
            census.Model.ExpertCount,
            census.Model.TopK,
            census.KvValuesPerToken
        );
}
