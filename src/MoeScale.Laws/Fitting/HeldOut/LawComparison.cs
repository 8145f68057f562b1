using MoeScale.Basics;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Fitting.HeldOut;

/// <summary>One law of a comparison.</summary>
public sealed record ComparedLaw
{
    public required string Id { get; init; }

    /// <summary>From 1; null where it was not fitted or has no errors to be ranked by.</summary>
    public int? Rank { get; init; }

    /// <summary>Number of coefficients that the fit could move; null where it was not fitted.</summary>
    public int? Coefficients { get; init; }

    /// <summary>The fit with its status and warnings; null where there is none.</summary>
    public Fit? Fit { get; init; }

    /// <summary>Errors of <see cref="Fit"/> on the rows that it was fitted to.</summary>
    public ErrorSummary? Fitted { get; init; }

    /// <summary>Errors on rows held out; null where nothing is.</summary>
    public ErrorSummary? HeldOut { get; init; }

    /// <summary>n·ln(RSS/n) + 2k; null where it was not fitted, or where RSS is 0.</summary>
    /// <remarks>
    /// For normal residuals, up to a constant that all laws share: RSS is the sum over the n fitted rows of the squared residuals in the
    /// objective's scale (of logarithms for a log objective), each row counted once, and k the free coefficients and the variance. A
    /// robust objective does not minimise RSS, so that differences of a few units mean little.
    /// </remarks>
    public double? Aic { get; init; }

    /// <summary>n·ln(RSS/n) + k·ln(n), as for <see cref="Aic"/>.</summary>
    public double? Bic { get; init; }

    /// <summary>What was skipped or cannot be trusted, beside the warnings of the fit.</summary>
    public IReadOnlyList<HeldOutNote> Notes { get; init; } = [];

    /// <summary>Why it was not fitted; null where it was.</summary>
    public NotCompared? Reason { get; init; }
}

/// <summary>
/// Several laws fitted to the same rows with the same objective, the best first: ranked by the RMSE on the rows held out, or, where
/// none are, on the fitted rows, which favours the law with more coefficients.
/// </summary>
public sealed record LawComparison
{
    /// <summary>By rank, then those without, in the order given.</summary>
    public required IReadOnlyList<ComparedLaw> Laws { get; init; }

    /// <summary>False where nothing was held out, so that laws are ranked by their errors on the rows that they were fitted to.</summary>
    public required bool RankedByHeldOut { get; init; }

    /// <summary>How many rows all laws had, those held out included.</summary>
    public required int Rows { get; init; }

    /// <summary>What holds for all laws.</summary>
    public IReadOnlyList<ComparisonNote> Notes { get; init; } = [];

    /// <param name="candidates">At least one. Rows that one of them left out as bad are left out for all.</param>
    /// <param name="options">How each is fitted; a grid is not used, since it belongs to one law.</param>
    /// <param name="holdOut">What to hold out; null for nothing.</param>
    /// <param name="level">Share of repetitions that intervals mean to cover.</param>
    /// <exception cref="UserException">Nothing is held out, or everything: this holds for all laws.</exception>
    public static LawComparison Run(
        IReadOnlyList<LawCandidate> candidates,
        FitOptions options,
        HoldOut? holdOut = null,
        double level = FitRequest.DefaultLevel
    )
    {
        List<ComparisonNote> notes = [];
        LawCandidate[] ready = Comparable(candidates, notes);
        int rows = ready.FirstOrDefault(c => c.Rows is not null)?.Rows!.Count ?? 0;
        // A fold must serve every law, or the laws would be ranked by different rows.
        int most = rows == 0 || holdOut is null ? rows : HeldOutFit.MaxFitted(ready.First(c => c.Rows is not null).Rows!, holdOut);
        ready =
        [
            .. ready.Select(c =>
                c.Form is LawForm form && form.Free.Count + 1 > most
                    ? c.Refused(new NotCompared.TooFewRows(form.Free.Count, most, holdOut))
                    : c
            ),
        ];
        int least = ready.Max(c => c.Form is LawForm form ? form.Free.Count + 1 : 0);
        ComparedLaw[] laws = new ComparedLaw[ready.Length];
        foreach ((int i, LawCandidate candidate) in ready.Index())
        {
            laws[i] = Fitted(candidate, options.Part(i, ready.Length) with { Grid = null }, holdOut, level, least);
        }
        if (holdOut is null && rows > 0)
        {
            notes.Add(new ComparisonNote.NothingHeldOut());
        }
        return new LawComparison
        {
            Laws = Ranked(laws, holdOut is not null),
            RankedByHeldOut = holdOut is not null,
            Rows = rows,
            Notes = notes,
        };
    }

    /// <summary>The candidates with the rows that all of them can read; those that predict something else refused.</summary>
    private static LawCandidate[] Comparable(IReadOnlyList<LawCandidate> candidates, List<ComparisonNote> notes)
    {
        LawCandidate? first = candidates.FirstOrDefault(c => c.Rows is not null);
        if (first is null)
        {
            return [.. candidates];
        }
        LawCandidate[] alike =
        [
            .. candidates.Select(c =>
                c.Rows is not null && c.Predicted != first.Predicted
                    ? c.Refused(new NotCompared.PredictsOther(c.Predicted!, first.Id, first.Predicted!))
                    : c
            ),
        ];
        FitRows[] all = [.. alike.Where(c => c.Rows is not null).Select(c => c.Rows!)];
        HashSet<int> shared = [.. all[0].TableRows];
        foreach (FitRows rows in all)
        {
            shared.IntersectWith(rows.TableRows);
        }
        int most = all.Max(r => r.Count);
        if (shared.Count == 0)
        {
            return [.. alike.Select(c => c.Rows is null ? c : c.Refused(new NotCompared.NoSharedRow()))];
        }
        if (shared.Count < most)
        {
            notes.Add(new ComparisonNote.RowsLackValues(most - shared.Count, most));
        }
        return
        [
            .. alike.Select(c =>
                c.Rows is null
                    ? c
                    : c.With(c.Rows.Subset([.. Enumerable.Range(0, c.Rows.Count).Where(i => shared.Contains(c.Rows.TableRows[i]))]))
            ),
        ];
    }

    private static ComparedLaw Fitted(LawCandidate candidate, FitOptions options, HoldOut? holdOut, double level, int least)
    {
        if (candidate.Form is not LawForm form)
        {
            return new ComparedLaw { Id = candidate.Id, Reason = candidate.Reason };
        }
        FitRequest request = new(form, candidate.Rows!) { Options = options, Level = level };
        try
        {
            HeldOutFit? result = holdOut is null ? null : HeldOutFit.Run(request, holdOut, least);
            Fit fit = result?.Fit ?? LawFitter.Run(request);
            (double Aic, double Bic)? criteria = fit.HasValue ? Criteria(fit) : null;
            return new ComparedLaw
            {
                Id = candidate.Id,
                Coefficients = form.Free.Count,
                Fit = fit,
                Fitted =
                    result is not null ? result.Fitted
                    : fit.HasValue ? ErrorSummary.Of(fit, fit.Rows)
                    : null,
                HeldOut = result?.HeldOut,
                Aic = criteria?.Aic,
                Bic = criteria?.Bic,
                Notes = result?.Notes ?? [],
                Reason = fit.Status == FitStatus.NoValue ? new NotCompared.NoValue() : null,
            };
        }
        catch (UserException e)
        {
            return new ComparedLaw
            {
                Id = candidate.Id,
                Coefficients = form.Free.Count,
                Reason = new NotCompared.Refused(e),
            };
        }
    }

    private static (double Aic, double Bic)? Criteria(Fit fit)
    {
        int n = fit.Rows.Count;
        int k = fit.Request.Form.Free.Count + 1;
        double deviance = n * Math.Log(PredictionInterval.Residuals(fit, fit.Rows).Sum(r => r * r) / n);
        return double.IsFinite(deviance) ? (deviance + (2 * k), deviance + (k * Math.Log(n))) : null;
    }

    private static ComparedLaw[] Ranked(ComparedLaw[] laws, bool byHeldOut)
    {
        ComparedLaw[] sorted = [.. laws.OrderBy(Error)];
        int rank = 0;
        return [.. sorted.Select(l => double.IsFinite(Error(l)) ? l with { Rank = ++rank } : l)];

        double Error(ComparedLaw law) =>
            (byHeldOut ? law.HeldOut : law.Fitted)?.Rmse is double error && double.IsFinite(error) ? error : double.PositiveInfinity;
    }
}
