using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws.Fitting.HeldOut;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Fitting.Published;

/// <summary>
/// A law fitted as its paper did (section <c>fit</c> of its file): its objective, weights, grid of starts, held
/// coefficients, rows held out and choice among the fits. Weights are divided by their mean over the fitted rows, so
/// that a ridge weighs as it would without them.
/// </summary>
public sealed record PublishedProcedure
{
    private PublishedProcedure(FitRequest request, HoldOut? holdOut, FitRows? heldOut, IReadOnlyList<string> held)
    {
        Request = request;
        HoldOut = holdOut;
        HeldOut = heldOut;
        Held = held;
    }

    /// <summary>Over the rows that are not held out, with their weights.</summary>
    public FitRequest Request { get; }

    /// <summary>What the paper held out; null for nothing.</summary>
    public HoldOut? HoldOut { get; }

    /// <summary>The rows held out, with their weights; null for none.</summary>
    public FitRows? HeldOut { get; }

    /// <summary>What the paper held fixed, in words: "c = 0.47, as in fine-grained-2024".</summary>
    public IReadOnlyList<string> Held { get; }

    /// <param name="law">A law whose file says how it was fitted.</param>
    /// <param name="form">The law's form, with what the user holds or ties; null for the law's own.</param>
    /// <param name="columns">What its letters read.</param>
    /// <param name="rows">All rows, taken by these columns; weights they may have give way to the paper's.</param>
    /// <param name="options">Threads, seed, progress; its objective and grid give way to the paper's. Null for the usual.</param>
    /// <exception cref="UserException">
    /// The file does not say how, the table lacks a column that the weights or the held-out rows read, a weight is not above zero, a law
    /// that lends a coefficient lacks it, or too few rows are left.
    /// </exception>
    public static PublishedProcedure Of(Law law, LawForm? form, FitColumns columns, FitRows rows, FitOptions? options = null)
    {
        FitProcedure procedure =
            law.Procedure
            ?? throw new UserException(
                $"{FitSettings.AsPublished}: the file of {law.Id} has no section 'fit', which says how its paper fitted it. "
                    + $"Fit it without {FitSettings.AsPublished}, or write that section."
            );
        form = Hold(form ?? LawForm.Of(law), procedure, law, out List<string> held);
        HoldOut? holdOut = procedure.HoldOut is string text ? HoldOut.Parse(text, (Phrase)$"hold_out of {law.Id}") : null;
        if (holdOut is { IsRolling: true })
        {
            throw new UserException(
                $"hold_out of {law.Id}: '{holdOut.Text}' has many fits; {FitSettings.AsPublished} needs one. "
                    + $"Hold rows out by a filter or as lowest-loss:20%."
            );
        }
        HoldOutSplit? split = holdOut?.Splits(rows)[0];
        IReadOnlyList<int> fittedRows = split?.Fitted ?? [.. Enumerable.Range(0, rows.Count)];
        if (holdOut is not null && fittedRows.Count < form.Free.Count + 1)
        {
            throw new UserException(
                $"{holdOut.Source} is {holdOut.Text}, which leaves {fittedRows.Count} of {rows.Count} rows to fit, and "
                    + $"{form.Free.Count} coefficients need at least {form.Free.Count + 1}. "
                    + $"Give more runs, or fit without {FitSettings.AsPublished}."
            );
        }
        rows = rows.Weighted(procedure.Weight is string weight ? Weights(weight, law, columns, rows, fittedRows) : null);
        FitRows? heldOut = split is null ? null : rows.Subset(split.HeldOut);
        FitRequest request = new(form, split is null ? rows : rows.Subset(fittedRows))
        {
            Options = (options ?? new FitOptions()) with
            {
                Objective = procedure.Objective,
                Grid = procedure.Starts.Count > 0 ? procedure.Starts : null,
            },
            SelectBy = procedure.SelectByError ? heldOut : null,
        };
        return new PublishedProcedure(request, holdOut, heldOut, held);
    }

    /// <summary>Fits, and predicts the rows held out.</summary>
    /// <param name="request">Null for <see cref="Request"/>; else that with more asked for, such as a bootstrap.</param>
    /// <returns>Without errors on held-out rows where none are.</returns>
    public HeldOutFit Run(FitRequest? request = null)
    {
        Fit fit = LawFitter.Run(request ?? Request);
        return HeldOut is not null
            ? HeldOutFit.Of(fit, HeldOut, HoldOut!.Text)
            : new HeldOutFit
            {
                Text = "",
                Fit = fit,
                Fitted = fit.HasValue ? ErrorSummary.Of(fit, fit.Rows) : null,
                HeldOut = null,
            };
    }

    /// <summary>Holds what the paper held, but for what the user holds or ties.</summary>
    private static LawForm Hold(LawForm form, FitProcedure procedure, Law law, out List<string> held)
    {
        held = [];
        foreach ((string name, string text) in procedure.Fix)
        {
            if (form.Coefficients.FirstOrDefault(c => c.Name == Names.Canonical(name)) is not { Held: null, TiedTo: null } open)
            {
                continue;
            }
            bool isNumber = Quantity.TryParseCount(text, out double value);
            if (!isNumber)
            {
                Law lender = LawCatalog.Open(text, law.Folder);
                value =
                    lender.Coefficients.FirstOrDefault(c => c.Name == open.Name)?.Value
                    ?? throw new UserException(
                        $"fit section of {law.Id}: {open.Name} is held at its value in {lender.Id}, which has no such coefficient; "
                            + $"it has {string.Join(", ", lender.Coefficients.Select(c => c.Name))}. Give a number, or another law."
                    );
            }
            form = form.Hold(open.Name, value);
            held.Add(FormattableString.Invariant($"{open.Name} = {value:R}{(isNumber ? "" : $", as in {text}")}"));
        }
        return form;
    }

    /// <summary>
    /// The paper's weights by the names of its columns, which stand for what the user maps to them: 1/loss weighs by val_loss where that is
    /// what is predicted.
    /// </summary>
    private static double[] Weights(string text, Law law, FitColumns columns, FitRows rows, IReadOnlyList<int> fitted)
    {
        string source = $"weight of {law.Id}";
        Dictionary<string, Expression> mapped = law
            .Variables.Where(v => v.IsColumn)
            .Join(columns.Letters, v => v.Name, l => l.Name, (v, l) => (v.Column, l.Formula))
            .DistinctBy(p => p.Column)
            .ToDictionary(p => p.Column, p => p.Formula);
        mapped[law.Predicts] = columns.Observed.Formula;
        Expression formula = Parser.ParseNumber(text, source).Substitute(mapped);
        foreach (string name in formula.FreeNames())
        {
            TableFormula.RequireNumbers(rows.Table.Column(name, source), rows.Table, source);
        }
        double[] inTable = TableFormula.Evaluate(formula, rows.Table);
        double[] weights = [.. rows.TableRows.Select(r => inTable[r])];
        int bad = Array.FindIndex(weights, w => !(w > 0 && double.IsFinite(w)));
        if (bad >= 0)
        {
            throw new UserException(
                $"{source}: {text} is {Figures.Significant(weights[bad])} on {rows.Place(bad)} of {rows.Table.Path}; "
                    + $"a weight must be above zero. Leave such rows out with {FitSettings.Where}."
            );
        }
        double mean = fitted.Average(i => weights[i]);
        return [.. weights.Select(w => w / mean)];
    }
}
