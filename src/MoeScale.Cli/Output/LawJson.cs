using MoeScale.Laws;
using MoeScale.Laws.Procedure;

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
    string Note,
    ProcedureJson? Fit,
    FittedJson? Fitted
)
{
    public static LawJson Of(Law law) =>
        new(
            law.Id,
            law.Predicts,
            law.FormulaText,
            law.WhereTexts.ToDictionary(),
            law.Variables.ToDictionary(v => v.Name, v => new VariableJson(v.Column, v.Meaning)),
            law.Coefficients.ToDictionary(
                c => c.Name,
                c => new CoefficientJson(c.Value, c.Sign.ToString().ToLowerInvariant(), c.Low, c.High)
            ),
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
            law.Note,
            law.Procedure is null ? null : ProcedureJson.Of(law.Procedure),
            law.Fitted is null ? null : FittedJson.Of(law.Fitted)
        );
}

internal sealed record VariableJson(string Column, string Meaning);

internal sealed record CoefficientJson(double Value, string Sign, double? Low, double? High);

internal sealed record LawCostJson(string? Training, string? Inference);

/// <summary>How a paper fitted its law.</summary>
internal sealed record ProcedureJson(
    string Objective,
    double? Delta,
    string Reduce,
    double Ridge,
    string? Weight,
    IReadOnlyDictionary<string, IReadOnlyList<double>> Starts,
    IReadOnlyDictionary<string, string> Fix,
    string? HoldOut,
    string Select
)
{
    public static ProcedureJson Of(FitProcedure p)
    {
        FittedObjectiveJson objective = FittedObjectiveJson.Of(p.Objective, double.NaN);
        return new(
            objective.Kind,
            objective.Delta,
            objective.Reduce,
            objective.Ridge,
            p.Weight,
            p.Starts,
            p.Fix,
            p.HoldOut,
            p.SelectByError ? "training-and-held-out" : "objective"
        );
    }
}

/// <summary>Where the coefficients of a fitted law come from; its sample is told by the number of its draws.</summary>
internal sealed record FittedJson(
    int Rows,
    string Digest,
    string Call,
    bool Finished,
    FittedObjectiveJson Objective,
    FittedStartsJson Starts,
    double? GradientNorm,
    double? Condition,
    double Level,
    IReadOnlyDictionary<string, CertaintyJson> Coefficients,
    int Draws,
    IReadOnlyList<string> Warnings,
    IReadOnlyList<string> Checklist
)
{
    public static FittedJson Of(FittedLaw f) =>
        new(
            f.Rows,
            f.Digest,
            f.Call,
            f.Finished,
            FittedObjectiveJson.Of(f.Objective, f.Value),
            new FittedStartsJson(f.Starts.Tried, f.Starts.Agreeing, f.Starts.Moved),
            f.GradientNorm,
            f.Condition,
            f.Level,
            f.Certainties.ToDictionary(c => c.Name, c => new CertaintyJson(c.StandardError, c.LogStandardError, c.Low, c.High)),
            f.Sample?.Count ?? 0,
            f.Warnings,
            f.Checklist
        );
}

internal sealed record FittedObjectiveJson(string Kind, double? Delta, string Reduce, double Ridge, double Value)
{
    public static FittedObjectiveJson Of(Objective o, double value) =>
        new(
            o.Name,
            o.Kind is ObjectiveKind.LogHuber or ObjectiveKind.Huber ? o.Delta : null,
            o.Reduce == Reduction.Mean ? "mean" : "sum",
            o.Ridge,
            value
        );
}

internal sealed record FittedStartsJson(int Tried, int Agreeing, int Moved);

internal sealed record CertaintyJson(double? Se, double? LogSe, double? Low, double? High);
