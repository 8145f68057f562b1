using MoeScale.Basics;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Fitting.HeldOut;

/// <summary>One step of rolling forward.</summary>
/// <param name="Label">Which rows, in words.</param>
/// <param name="Fit">To the groups before; without bootstrap and profiles.</param>
/// <param name="Fitted">Its errors there.</param>
/// <param name="HeldOut">Its errors on the next group.</param>
public sealed record HeldOutFold(string Label, Fit Fit, ErrorSummary Fitted, ErrorSummary HeldOut);

/// <summary>
/// A fit together with how well it predicts rows that it has not seen. Where rows are held out by a filter or as the lowest ones, its
/// coefficients are those of the rows that are not held out. Where it rolls forward they are those of all rows, and the errors
/// on rows held out are those of the folds, each a fit to fewer rows.
/// </summary>
public sealed record HeldOutFit
{
    /// <summary>What was held out, as the user wrote it.</summary>
    public required string Text { get; init; }

    /// <summary>The fit whose coefficients are reported.</summary>
    public required Fit Fit { get; init; }

    /// <summary>Errors of <see cref="Fit"/> on the rows that it was fitted to; null where it has no value.</summary>
    public required ErrorSummary? Fitted { get; init; }

    /// <summary>Errors on rows held out, of all folds together; null where nothing could be predicted.</summary>
    public required ErrorSummary? HeldOut { get; init; }

    /// <summary>The folds of rolling forward, else empty.</summary>
    public IReadOnlyList<HeldOutFold> Folds { get; init; } = [];

    /// <summary>What was skipped or cannot be trusted.</summary>
    public IReadOnlyList<HeldOutNote> Notes { get; init; } = [];

    /// <summary>Fits the rows that are not held out, and predicts the others.</summary>
    /// <param name="request">Over all rows.</param>
    /// <param name="holdOut">Which of them to hold out.</param>
    /// <param name="leastRows">Folds that fit fewer rows are skipped, so that laws with different numbers of coefficients meet the same
    /// folds.</param>
    /// <exception cref="UserException">Nothing is held out, or too few rows are left to fit.</exception>
    public static HeldOutFit Run(FitRequest request, HoldOut holdOut, int leastRows = 0)
    {
        List<HoldOutSplit> splits = Usable(request, holdOut, leastRows, out List<HeldOutNote> notes);
        if (!holdOut.IsRolling)
        {
            FitRows heldOut = request.Rows.Subset(splits[0].HeldOut);
            return Of(LawFitter.Run(request with { Rows = request.Rows.Subset(splits[0].Fitted) }), heldOut, holdOut.Text);
        }
        int parts = splits.Count + 1;
        Fit fit = LawFitter.Run(request with { Options = request.Options.Part(0, parts) });
        List<HeldOutFold> folds = [];
        foreach ((int i, HoldOutSplit split) in splits.Index())
        {
            FitRequest part = request with
            {
                Rows = request.Rows.Subset(split.Fitted),
                Options = request.Options.Part(i + 1, parts),
                Bootstrap = 0,
                Profile = false,
            };
            Fit next = LawFitter.Run(part);
            if (next.Status == FitStatus.Interrupted)
            {
                notes.Add(new HeldOutNote.FoldsInterrupted());
                break;
            }
            if (!next.HasValue)
            {
                notes.Add(new HeldOutNote.FoldWithoutValue(split.Label));
                continue;
            }
            HeldOutFold fold = new(
                split.Label,
                next,
                ErrorSummary.Of(next, part.Rows),
                ErrorSummary.Of(next, request.Rows.Subset(split.HeldOut))
            );
            if (next.Status != FitStatus.Converged)
            {
                notes.Add(
                    next.Status == FitStatus.Unidentifiable
                        ? new HeldOutNote.FoldUnidentified(split.Label)
                        : new HeldOutNote.FoldWithoutMinimum(split.Label)
                );
            }
            folds.Add(fold);
        }
        return new HeldOutFit
        {
            Text = holdOut.Text,
            Fit = fit,
            Fitted = fit.HasValue ? ErrorSummary.Of(fit, fit.Rows) : null,
            HeldOut = folds.Count > 0 ? ErrorSummary.Together([.. folds.Select(f => f.HeldOut)]) : null,
            Folds = folds,
            Notes = notes,
        };
    }

    /// <summary>A fit that is there, and rows that it has not seen.</summary>
    /// <param name="fit">To the rows that are not held out.</param>
    /// <param name="heldOut">The others.</param>
    /// <param name="text">What was held out, as the user wrote it.</param>
    public static HeldOutFit Of(Fit fit, FitRows heldOut, string text)
    {
        ErrorSummary? errors = fit.HasValue ? ErrorSummary.Of(fit, heldOut) : null;
        return new HeldOutFit
        {
            Text = text,
            Fit = fit,
            Fitted = fit.HasValue ? ErrorSummary.Of(fit, fit.Rows) : null,
            HeldOut = errors,
            Notes = errors is { Rmse: double.NaN } ? [new HeldOutNote.NoValue()] : [],
        };
    }

    /// <summary>The most rows that a fit gets before some are predicted; so many, less one, coefficients can be tested.</summary>
    internal static int MaxFitted(FitRows rows, HoldOut holdOut) => holdOut.Splits(rows).Max(s => s.Fitted.Count);

    private static List<HoldOutSplit> Usable(FitRequest request, HoldOut holdOut, int leastRows, out List<HeldOutNote> notes)
    {
        int free = request.Form.Free.Count;
        int least = Math.Max(free + 1, leastRows);
        IReadOnlyList<HoldOutSplit> splits = holdOut.Splits(request.Rows);
        List<HoldOutSplit> usable = [.. splits.Where(s => s.Fitted.Count >= least)];
        notes = [.. splits.Where(s => s.Fitted.Count < least).Select(s => new HeldOutNote.FoldTooSmall(s.Label, s.Fitted.Count, least))];
        if (usable.Count > 0)
        {
            return usable;
        }
        int most = splits.Max(s => s.Fitted.Count);
        string fitted = Plural.Of(most, "row");
        Phrase few = holdOut.IsRolling
            ? (Phrase)$"{holdOut.Source} {holdOut.Text} never fits more than {fitted}"
            : (Phrase)$"{holdOut.Source} \"{holdOut.Text}\" leaves {fitted} of {request.Rows.Count} to fit";
        string cure = holdOut.IsRolling ? "Give more runs, ask for more folds" : "Hold out fewer rows";
        throw new UserException(
            $"{few}, and {free} coefficients need at least {least}. {cure}, or hold some coefficients with {FitSettings.Fix}."
        );
    }
}
