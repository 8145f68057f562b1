using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.HeldOut;

namespace MoeScale.Cli.Output;

/// <summary>The JSON of <c>fit --compare</c>: laws by rank, then those without.</summary>
internal sealed record LawComparisonJson(
    int Rows,
    string RankedBy,
    bool Finished,
    IReadOnlyList<ComparedLawJson> Compare,
    IReadOnlyList<string> Warnings,
    double Seconds
)
{
    public static LawComparisonJson Of(LawComparison comparison, bool finished, double seconds) =>
        new(
            comparison.Rows,
            comparison.RankedByHeldOut ? "hold_out" : "fitted",
            finished,
            [
                .. comparison.Laws.Select(l => new ComparedLawJson(
                    l.Id,
                    l.Rank,
                    l.Coefficients,
                    l.Fit is Fit fit ? FitJson.Name(fit.Status) : null,
                    l.Reason,
                    l.Fit?.Value,
                    l.Fit is null ? new Dictionary<string, FitCoefficientJson>() : FitJson.Named(l.Fit),
                    ErrorJson.Of(l.Fitted),
                    ErrorJson.Of(l.HeldOut),
                    l.Aic,
                    l.Bic,
                    [.. l.Fit?.Warnings ?? [], .. l.Notes]
                )),
            ],
            comparison.Notes,
            seconds
        );
}

internal sealed record ComparedLawJson(
    string Law,
    int? Rank,
    int? FreeCoefficients,
    string? Status,
    string? Reason,
    double? Objective,
    IReadOnlyDictionary<string, FitCoefficientJson> Coefficients,
    ErrorJson? Error,
    ErrorJson? HoldOut,
    double? Aic,
    double? Bic,
    IReadOnlyList<string> Warnings
);
