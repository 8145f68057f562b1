using MoeScale.Laws;

namespace MoeScale.Cli.Output;

internal sealed record LawSummaryJson(string Id, string Predicts, string Source);

internal sealed record EvaluationJson(string Law, string Predicts, double Value, IReadOnlyList<string> OutsideRange);

/// <summary>The JSON of <c>laws show</c>: the law file, whole.</summary>
internal sealed record LawJson(
    string Id,
    string Predicts,
    string Formula,
    IReadOnlyDictionary<string, string> Where,
    IReadOnlyDictionary<string, VariableJson> Variables,
    IReadOnlyDictionary<string, CoefficientJson> Coefficients,
    double? Error,
    LawCostJson? Cost,
    string? Family,
    IReadOnlyDictionary<string, double> Fixed,
    IReadOnlyDictionary<string, IReadOnlyList<double>> Candidates,
    IReadOnlyDictionary<string, double[]> Range,
    string? DensePartner,
    IReadOnlyList<string> Rates,
    IReadOnlyList<string> Allocations,
    string Source,
    string Note)
{
    public static LawJson Of(Law law) => new(
        law.Id,
        law.Predicts,
        law.FormulaText,
        law.WhereTexts.ToDictionary(),
        law.Variables.ToDictionary(v => v.Name, v => new VariableJson(v.Column, v.Meaning)),
        law.Coefficients.ToDictionary(c => c.Name, c => new CoefficientJson(c.Value, c.Sign.ToString().ToLowerInvariant())),
        law.Error,
        law.TrainingCost is null && law.InferenceCost is null ? null : new LawCostJson(law.TrainingCost?.Text, law.InferenceCost?.Text),
        law.Family,
        law.Fixed,
        law.Candidates,
        law.Range.ToDictionary(r => r.Key, r => new[] { r.Value.Low, r.Value.High }),
        law.DensePartner,
        law.Rates,
        law.Allocations,
        law.Source,
        law.Note);
}

internal sealed record VariableJson(string Column, string Meaning);

internal sealed record CoefficientJson(double Value, string Sign);

internal sealed record LawCostJson(string? Training, string? Inference);
