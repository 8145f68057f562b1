using MoeScale.Cli.Input;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.HeldOut;
using MoeScale.Laws.Runs;
using MoeScale.Reporting;

namespace MoeScale.Cli.Output;

/// <summary>The JSON of <c>fit --compare</c>: laws by rank, then those without.</summary>
internal sealed record LawComparisonJson(
    int Rows,
    string RankedBy,
    bool Finished,
    IReadOnlyList<ComparedLawJson> Compare,
    IReadOnlyList<WarningJson> Warnings,
    double Seconds
)
{
    public static LawComparisonJson Of(LawComparison comparison, RunTable table, bool finished, double seconds) =>
        new(
            comparison.Rows,
            comparison.RankedByHeldOut ? "hold_out" : "fitted",
            finished,
            [.. comparison.Laws.Select(ComparedLawJson.Of)],
            FitJson.Told([.. table.Notes, .. comparison.Notes]),
            seconds
        );
}

/// <summary>One law of a comparison; null where it was not fitted.</summary>
internal sealed record ComparedLawJson
{
    public required string Law { get; init; }

    public required int? Rank { get; init; }

    public required int? FreeCoefficients { get; init; }

    public required string? Status { get; init; }

    public required string? Reason { get; init; }

    public required double? Objective { get; init; }

    public required IReadOnlyDictionary<string, FitCoefficientJson> Coefficients { get; init; }

    public required ErrorJson? Error { get; init; }

    public required ErrorJson? HoldOut { get; init; }

    public required double? Aic { get; init; }

    public required double? Bic { get; init; }

    public required IReadOnlyList<WarningJson> Warnings { get; init; }

    public static ComparedLawJson Of(ComparedLaw law) =>
        new()
        {
            Law = law.Id,
            Rank = law.Rank,
            FreeCoefficients = law.Coefficients,
            Status = law.Fit is Fit fit ? FitStatusWords.Name(fit.Status) : null,
            Reason = law.Reason is NotCompared reason ? ComparisonWords.Of(reason).Say(CommandTerms.All) : null,
            Objective = law.Fit?.Value,
            Coefficients = law.Fit is null ? new Dictionary<string, FitCoefficientJson>() : FitJson.Named(law.Fit),
            Error = ErrorJson.Of(law.Fitted),
            HoldOut = ErrorJson.Of(law.HeldOut),
            Aic = law.Aic,
            Bic = law.Bic,
            Warnings = FitJson.Told((law.Fit?.Warnings ?? []).Concat(law.Notes)),
        };
}
