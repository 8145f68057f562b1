using MoeScale.Cli.Input;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.HeldOut;
using MoeScale.Laws.Warnings;
using MoeScale.Reporting;

namespace MoeScale.Cli.Output;

/// <summary>The JSON of <c>fit</c>.</summary>
internal sealed record FitJson
{
    public required string? Law { get; init; }

    public required string Formula { get; init; }

    public required string Predicts { get; init; }

    public required IReadOnlyDictionary<string, string> Columns { get; init; }

    public required int Rows { get; init; }

    public required IReadOnlyList<string> LeftOut { get; init; }

    public required int SkippedRows { get; init; }

    public required string Digest { get; init; }

    public required string Status { get; init; }

    public required bool Finished { get; init; }

    public required FittedObjectiveJson Objective { get; init; }

    public required IReadOnlyDictionary<string, FitCoefficientJson> Coefficients { get; init; }

    public required double Level { get; init; }

    public required string IntervalsFrom { get; init; }

    public required FittedStartsJson Starts { get; init; }

    public required double GradientNorm { get; init; }

    public required double? Condition { get; init; }

    public required IReadOnlyList<WarningJson> OpenDirections { get; init; }

    public required ErrorJson? Error { get; init; }

    public required HeldOutJson? HoldOut { get; init; }

    public required BootstrapJson? Bootstrap { get; init; }

    public required IReadOnlyList<FitGroupJson> By { get; init; }

    public required ParabolasJson? Isoflop { get; init; }

    public required IReadOnlyList<WarningJson> Warnings { get; init; }

    public required string? Out { get; init; }

    public required double Seconds { get; init; }

    public static FitJson Of(FitAnswer answer, string? path)
    {
        Fit fit = answer.Fit;
        FitQuestion question = answer.Question;
        return new FitJson
        {
            Law = question.Law?.Id,
            Formula = question.FormulaText,
            Predicts = question.Columns.Observed.Source,
            Columns = question.Columns.Letters.Append(question.Columns.Observed).ToDictionary(l => l.Name, l => l.Source),
            Rows = fit.Rows.Count,
            LeftOut = answer.LeftOut,
            SkippedRows = fit.Rows.Skipped.Count,
            Digest = $"sha256:{fit.Rows.Digest}",
            Status = FitStatusWords.Name(fit.Status),
            Finished = fit.Status != FitStatus.Interrupted && !answer.IsStopped,
            Objective = FittedObjectiveJson.Of(fit.Request.Options.Objective, fit.Value),
            Coefficients = Named(fit),
            Level = fit.Request.Level,
            IntervalsFrom = FitStatusWords.Name(fit.IntervalsFrom),
            Starts = new FittedStartsJson(fit.Starts.Tried, fit.Starts.Agreeing, fit.Starts.Moved),
            GradientNorm = fit.GradientNorm,
            Condition = fit.Condition,
            OpenDirections = Told(fit.OpenDirections),
            Error = ErrorJson.Of(answer.Errors),
            HoldOut = answer.HeldOut is { Text.Length: > 0 } held ? HeldOutJson.Of(held) : null,
            Bootstrap = fit.Bootstrap is BootstrapCounts b ? new BootstrapJson(b.Draws, b.Failed, b.Units) : null,
            By = [.. answer.Groups.Select(FitGroupJson.Of)],
            Isoflop = answer.Parabolas is null ? null : ParabolasJson.Of(answer.Parabolas),
            Warnings = Told(answer.Warnings),
            Out = path,
            Seconds = answer.Seconds,
        };
    }

    /// <summary>Warnings with the words that the command has for them.</summary>
    public static IReadOnlyList<WarningJson> Told(IEnumerable<FitWarning> warnings) =>
        [.. warnings.Select(w => WarningJson.Of(w, CommandTerms.All))];

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
    IReadOnlyList<WarningJson> Warnings
)
{
    public static FitGroupJson Of(FitGroup group) =>
        new(
            group.Label,
            group.Rows,
            group.Fit is Fit fit ? FitStatusWords.Name(fit.Status) : null,
            group.Reason,
            group.Fit?.Value,
            group.Fit is null ? new Dictionary<string, FitCoefficientJson>() : FitJson.Named(group.Fit),
            group.Fit is { HasValue: true } f ? ErrorJson.Of(ErrorSummary.Of(f, f.Rows)) : null,
            FitJson.Told(group.Fit?.Warnings ?? [])
        );
}
