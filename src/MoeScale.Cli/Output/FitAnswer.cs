using MoeScale.Basics;
using MoeScale.Cli.Input;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.HeldOut;
using MoeScale.Laws.Fitting.IsoFlop;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Warnings;

namespace MoeScale.Cli.Output;

/// <summary>What <c>fit</c> found.</summary>
/// <param name="Question">What was asked.</param>
/// <param name="Fit">The fit whose coefficients are told.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record FitAnswer(FitQuestion Question, Fit Fit, double Seconds)
{
    /// <summary>The fit beside rows that it has not seen; null where none were held out.</summary>
    public HeldOutFit? HeldOut { get; init; }

    public IReadOnlyList<FitGroup> Groups { get; init; } = [];

    public IsoFlopApproach? Parabolas { get; init; }

    /// <summary>Why the parabolas that were asked for are not there; null otherwise.</summary>
    public IsoFlopNote.NoCurves? NoParabolas { get; init; }

    /// <summary>Whether the user stopped it.</summary>
    public bool IsStopped { get; init; }

    /// <summary>Errors on the fitted rows; null where the formula has no value.</summary>
    public ErrorSummary? Errors { get; } = Fit.HasValue ? ErrorSummary.Of(Fit, Fit.Rows) : null;

    /// <summary>Whether the fit may be written as a law: its coefficients are those of a minimum, or the best so far.</summary>
    public bool IsLaw => Fit.HasValue && Fit.Status is FitStatus.Converged or FitStatus.Interrupted;

    /// <summary>Rows that the fit did not read, and why.</summary>
    public IReadOnlyList<string> LeftOut =>
        [.. Question.LeftOut, .. HeldOutRows > 0 ? [$"{HeldOutRows} held out ({HeldOut!.Text})"] : Array.Empty<string>()];

    /// <summary>What a user must know before trusting it, each once.</summary>
    public IReadOnlyList<FitWarning> Warnings =>
        [
            .. Question
                .Suspects.Select(s => (FitWarning)new FitWarning.LetterAsCoefficient(s))
                .Concat(Fit.Warnings)
                .Concat(HeldOut?.Notes ?? [])
                .Concat(Parabolas?.Notes ?? [])
                .Concat(NoParabolas is null ? [] : [NoParabolas])
                .Distinct(),
        ];

    public FittedLawDraft Draft => Question.Draft with { LeftOut = LeftOut };

    // Rolling forward fits all rows in the end.
    private int HeldOutRows => HeldOut is { Folds.Count: 0, HeldOut: ErrorSummary e } ? e.Rows : 0;
}

/// <summary>The fit of the rows that agree in a column.</summary>
/// <param name="Label">Their value in it.</param>
/// <param name="Rows">How many.</param>
/// <param name="Fit">Null where there was none.</param>
/// <param name="Reason">Why there was none; null where there was.</param>
internal sealed record FitGroup(string Label, int Rows, Fit? Fit, string? Reason)
{
    /// <summary>That a group cannot be fitted is no mistake of the user's: it is listed with the reason.</summary>
    public static FitGroup Run(RowGroup group, FitRequest request)
    {
        int free = request.Form.Free.Count;
        if (group.Rows.Count < free + 1)
        {
            return new FitGroup(
                group.Label,
                group.Rows.Count,
                null,
                $"too few rows: {Plural.Of(free, "coefficient")} {(free == 1 ? "needs" : "need")} at least {free + 1}"
            );
        }
        try
        {
            return new FitGroup(group.Label, group.Rows.Count, LawFitter.Run(request), null);
        }
        catch (UserException e)
        {
            return new FitGroup(group.Label, group.Rows.Count, null, e.Phrase.Say(CommandTerms.All));
        }
    }
}
