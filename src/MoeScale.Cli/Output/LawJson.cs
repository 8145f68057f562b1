using MoeScale.Laws;
using MoeScale.Laws.Procedure;
using MoeScale.Reporting;

namespace MoeScale.Cli.Output;

internal sealed record LawSummaryJson(string Id, string Predicts, string Source);

internal sealed record EvaluationJson(string Law, string Predicts, double Value, IReadOnlyList<string> OutsideRange);

/// <summary>The JSON of <c>laws show</c>: the law file, whole.</summary>
internal sealed record LawJson
{
    public required string Id { get; init; }

    public required string Predicts { get; init; }

    public required string Formula { get; init; }

    public required IReadOnlyDictionary<string, string> Where { get; init; }

    public required IReadOnlyDictionary<string, VariableJson> Variables { get; init; }

    public required IReadOnlyDictionary<string, CoefficientJson> Coefficients { get; init; }

    public required double? Error { get; init; }

    public required LawCostJson? Cost { get; init; }

    public required string? Family { get; init; }

    public required IReadOnlyDictionary<string, double> Fixed { get; init; }

    public required IReadOnlyDictionary<string, IReadOnlyList<double>> Candidates { get; init; }

    public required IReadOnlyDictionary<string, double[]> Range { get; init; }

    public required string? DensePartner { get; init; }

    public required IReadOnlyList<string> Rates { get; init; }

    public required IReadOnlyList<string> Allocations { get; init; }

    public required string Source { get; init; }

    public required ReferenceJson? Reference { get; init; }

    public required string Note { get; init; }

    public required ProcedureJson? Fit { get; init; }

    public required FittedJson? Fitted { get; init; }

    public static LawJson Of(Law law) =>
        new()
        {
            Id = law.Id,
            Predicts = law.Predicts,
            Formula = law.FormulaText,
            Where = law.WhereTexts.ToDictionary(),
            Variables = law.Variables.ToDictionary(v => v.Name, v => new VariableJson(v.Source, v.Meaning)),
            Coefficients = law.Coefficients.ToDictionary(
                c => c.Name,
                c => new CoefficientJson(c.Value, c.Sign.ToString().ToLowerInvariant(), c.Low, c.High)
            ),
            Error = law.Error,
            Cost =
                law.TrainingCost is null && law.InferenceCost is null
                    ? null
                    : new LawCostJson(law.TrainingCost?.Text, law.InferenceCost?.Text),
            Family = law.Family,
            Fixed = law.Fixed,
            Candidates = law.Candidates,
            Range = law.Range.ToDictionary(r => r.Key, r => new[] { r.Value.Low, r.Value.High }),
            DensePartner = law.DensePartner,
            Rates = law.Rates,
            Allocations = law.Allocations,
            Source = law.Source,
            Reference = law.Reference is Reference r ? new ReferenceJson(r.Authors, r.Title, r.Year, r.Arxiv) : null,
            Note = law.Note,
            Fit = law.Procedure is null ? null : ProcedureJson.Of(law.Procedure),
            Fitted = law.Fitted is null ? null : FittedJson.Of(law.Fitted),
        };
}

internal sealed record ReferenceJson(IReadOnlyList<string> Authors, string Title, int Year, string? Arxiv);

internal sealed record VariableJson(string Column, string Meaning);

internal sealed record CoefficientJson(double Value, string Sign, double? Low, double? High);

internal sealed record LawCostJson(string? Training, string? Inference);

/// <summary>How a paper fitted its law.</summary>
internal sealed record ProcedureJson
{
    public required string Objective { get; init; }

    public required double? Delta { get; init; }

    public required string Reduce { get; init; }

    public required double Ridge { get; init; }

    public required string? Weight { get; init; }

    public required IReadOnlyDictionary<string, IReadOnlyList<double>> Starts { get; init; }

    public required IReadOnlyDictionary<string, string> Fix { get; init; }

    public required string? HoldOut { get; init; }

    public required string Select { get; init; }

    public static ProcedureJson Of(FitProcedure p)
    {
        FittedObjectiveJson objective = FittedObjectiveJson.Of(p.Objective, double.NaN);
        return new ProcedureJson
        {
            Objective = objective.Kind,
            Delta = objective.Delta,
            Reduce = objective.Reduce,
            Ridge = objective.Ridge,
            Weight = p.Weight,
            Starts = p.Starts,
            Fix = p.Fix,
            HoldOut = p.HoldOut,
            Select = p.SelectByError ? "training-and-held-out" : "objective",
        };
    }
}

/// <summary>Where the coefficients of a fitted law come from; its sample is told by the number of its draws.</summary>
internal sealed record FittedJson
{
    public required int Rows { get; init; }

    public required string Digest { get; init; }

    public required string Call { get; init; }

    public required bool Finished { get; init; }

    public required FittedObjectiveJson Objective { get; init; }

    public required FittedStartsJson Starts { get; init; }

    public required double? GradientNorm { get; init; }

    public required double? Condition { get; init; }

    public required double Level { get; init; }

    public required IReadOnlyDictionary<string, CertaintyJson> Coefficients { get; init; }

    public required int Draws { get; init; }

    public required IReadOnlyList<WarningJson> Warnings { get; init; }

    public required IReadOnlyList<string> Checklist { get; init; }

    public static FittedJson Of(FittedLaw f) =>
        new()
        {
            Rows = f.Rows,
            Digest = f.Digest,
            Call = f.Call,
            Finished = f.Finished,
            Objective = FittedObjectiveJson.Of(f.Objective, f.Value),
            Starts = new FittedStartsJson(f.Starts.Tried, f.Starts.Agreeing, f.Starts.Moved),
            GradientNorm = f.GradientNorm,
            Condition = f.Condition,
            Level = f.Level,
            Coefficients = f.Certainties.ToDictionary(
                c => c.Name,
                c => new CertaintyJson(c.StandardError, c.LogStandardError, c.Low, c.High)
            ),
            Draws = f.Sample?.Count ?? 0,
            Warnings = FitJson.Told(f.Warnings),
            Checklist = f.Checklist,
        };
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
