using MoeScale.Cli.Verbs;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.HeldOut;

namespace MoeScale.Cli.Output;

/// <summary>The JSON of <c>fit</c>.</summary>
internal sealed record FitJson(
    string? Law,
    string Formula,
    string Predicts,
    IReadOnlyDictionary<string, string> Columns,
    int Rows,
    IReadOnlyList<string> LeftOut,
    int SkippedRows,
    string Digest,
    string Status,
    bool Finished,
    FittedObjectiveJson Objective,
    IReadOnlyDictionary<string, FitCoefficientJson> Coefficients,
    double Level,
    string IntervalsFrom,
    FittedStartsJson Starts,
    double GradientNorm,
    double? Condition,
    IReadOnlyList<string> OpenDirections,
    ErrorJson? Error,
    HeldOutJson? HoldOut,
    BootstrapJson? Bootstrap,
    IReadOnlyList<FitGroupJson> By,
    ParabolasJson? Isoflop,
    IReadOnlyList<string> Warnings,
    string? Out,
    double Seconds
)
{
    public static FitJson Of(FitAnswer answer, string? path)
    {
        Fit fit = answer.Fit;
        return new FitJson(
            answer.Question.Law?.Id,
            answer.Question.FormulaText,
            answer.Question.Columns.Observed.Column,
            answer.Question.Columns.Letters.Append(answer.Question.Columns.Observed).ToDictionary(l => l.Name, l => l.Column),
            fit.Rows.Count,
            answer.LeftOut,
            fit.Rows.Skipped.Count,
            $"sha256:{fit.Rows.Digest}",
            Name(fit.Status),
            fit.Status != FitStatus.Interrupted && !answer.IsStopped,
            FittedObjectiveJson.Of(fit.Request.Options.Objective, fit.Value),
            Named(fit),
            fit.Request.Level,
            fit.IntervalsFrom,
            new FittedStartsJson(fit.Starts.Tried, fit.Starts.Agreeing, fit.Starts.Moved),
            fit.GradientNorm,
            fit.Condition,
            [.. fit.OpenDirections.Distinct()],
            ErrorJson.Of(answer.Errors),
            answer.HeldOut is { Text.Length: > 0 } held ? HeldOutJson.Of(held) : null,
            fit.Bootstrap is BootstrapCounts b ? new BootstrapJson(b.Draws, b.Failed, b.Units) : null,
            [.. answer.Groups.Select(FitGroupJson.Of)],
            answer.Parabolas is null ? null : ParabolasJson.Of(answer.Parabolas),
            answer.Warnings,
            path,
            answer.Seconds
        );
    }

    public static string Name(FitStatus status) =>
        status switch
        {
            FitStatus.Converged => "converged",
            FitStatus.Unidentifiable => "unidentifiable",
            FitStatus.RefitsFailed => "refits_failed",
            FitStatus.NotAtMinimum => "not_at_minimum",
            FitStatus.NoValue => "no_value",
            _ => "interrupted",
        };

    public static IReadOnlyDictionary<string, FitCoefficientJson> Named(Fit fit) =>
        fit
            .Coefficients.Select((c, i) => (Coefficient: c, Open: fit.Request.Form.Coefficients[i]))
            .ToDictionary(
                p => p.Coefficient.Name,
                p => new FitCoefficientJson(
                    p.Coefficient.Value,
                    p.Coefficient.StandardError,
                    p.Coefficient.LogStandardError,
                    p.Coefficient.Low,
                    p.Coefficient.High,
                    p.Coefficient.AtBound,
                    p.Open.Held is not null,
                    p.Open.TiedTo
                )
            );
}

internal sealed record FitCoefficientJson(
    double Value,
    double? Se,
    double? LogSe,
    double? Low,
    double? High,
    bool AtBound,
    bool Held,
    string? TiedTo
);

internal sealed record ErrorJson(int Rows, double Rmse, double Mape, double MaxAbs, double? Coverage)
{
    public static ErrorJson? Of(ErrorSummary? e) => e is null ? null : new ErrorJson(e.Rows, e.Rmse, e.Mape, e.MaxAbs, e.Coverage);
}

/// <summary>Errors on rows held out; null where nothing could be predicted.</summary>
internal sealed record HeldOutJson(
    string Text,
    int Rows,
    double? Rmse,
    double? Mape,
    double? MaxAbs,
    double? Coverage,
    IReadOnlyList<FoldJson> Folds
)
{
    public static HeldOutJson Of(HeldOutFit held) =>
        new(
            held.Text,
            held.HeldOut?.Rows ?? 0,
            held.HeldOut?.Rmse,
            held.HeldOut?.Mape,
            held.HeldOut?.MaxAbs,
            held.HeldOut?.Coverage,
            [.. held.Folds.Select(f => new FoldJson(f.Label, ErrorJson.Of(f.Fitted)!, ErrorJson.Of(f.HeldOut)!))]
        );
}

internal sealed record FoldJson(string Label, ErrorJson Fitted, ErrorJson HeldOut);

internal sealed record BootstrapJson(int Draws, int Failed, int Units);

/// <summary>The fit of the rows that agree in a column.</summary>
internal sealed record FitGroupJson(
    string Value,
    int Rows,
    string? Status,
    string? Reason,
    double? Objective,
    IReadOnlyDictionary<string, FitCoefficientJson> Coefficients,
    ErrorJson? Error,
    IReadOnlyList<string> Warnings
)
{
    public static FitGroupJson Of(FitGroup group) =>
        new(
            group.Label,
            group.Rows,
            group.Fit is Fit fit ? FitJson.Name(fit.Status) : null,
            group.Reason,
            group.Fit?.Value,
            group.Fit is null ? new Dictionary<string, FitCoefficientJson>() : FitJson.Named(group.Fit),
            group.Fit is { HasValue: true } f ? ErrorJson.Of(ErrorSummary.Of(f, f.Rows)) : null,
            group.Fit?.Warnings ?? []
        );
}
