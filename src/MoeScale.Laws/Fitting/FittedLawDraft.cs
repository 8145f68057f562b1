using System.Text.RegularExpressions;
using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Fitting;

/// <summary>
/// What a law file says that a fit itself does not know: its name, its call, and what it keeps from the law it came from.
/// </summary>
/// <param name="Id">Name of the law to be written.</param>
/// <param name="Call">The command line that gives it again.</param>
/// <param name="Columns">What the letters read in the table.</param>
public sealed record FittedLawDraft(string Id, string Call, FitColumns Columns)
{
    /// <summary>The law whose coefficients were left open; null for a bare formula.</summary>
    public Law? From { get; init; }

    /// <summary>The bare formula as the user wrote it; ignored where there is a law.</summary>
    public string FormulaText { get; init; } = "";

    /// <summary>FLOPs of training, over columns, instead of those of the law; null to keep them.</summary>
    public CostFormula? TrainingCost { get; init; }

    /// <summary>Shape family (an id, or a path from the current folder) instead of that of the law; null to keep it.</summary>
    public string? Family { get; init; }

    /// <summary>Whether a plan has a column of that name.</summary>
    public required Func<string, bool> IsPlanColumn { get; init; }

    /// <summary>Rows of the table that the fit does not read, and why, in words: "5 by a filter".</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];

    /// <summary>
    /// The variables to write. A law's own column stays where the table calls the same thing by another name, params
    /// for active_params, since a plan knows the law's; and so where a formula only changes the unit of the table,
    /// params*1e9, back to single parameters. Where it makes a unit of its own, params/1e9, so is the law's column. Any
    /// other formula changes the meaning and is written as it was mapped, as is a column that a plan knows too.
    /// </summary>
    public IReadOnlyList<Variable> Variables => [.. Columns.Letters.Select(Written)];

    private Variable Written(Variable mapped)
    {
        Variable? own = From?.Variables.FirstOrDefault(v => v.Name == mapped.Name);
        bool isKnown = mapped.Columns.All(IsPlanColumn);
        if (ColumnUnit.Of(mapped) is not ColumnUnit unit)
        {
            return own is not null && mapped.IsColumn && !isKnown ? own : mapped;
        }
        // The column that a plan has: what the table gives it is a unit apart, and nothing else.
        Variable? plain =
            isKnown ? new Variable(mapped.Name, unit.Column, Expression.Variable(unit.Column), mapped.Meaning)
            : own is { IsColumn: true } ? own
            : null;
        return plain is null ? mapped
            : unit.IsThousands || (unit.Factor > 1 && !isKnown) ? plain
            : unit.Factor < 1 && !isKnown ? Reading(mapped, unit.Column, plain.Column)
            : mapped;
    }

    private static Variable Reading(Variable letter, string column, string instead)
    {
        string text = Regex.Replace(
            letter.Text,
            $@"{Regex.Escape(Names.InFormula(column))}|`{Regex.Escape(column)}`|(?<!\w){Regex.Escape(column)}(?!\w)",
            Names.InFormula(instead).Replace("$", "$$", StringComparison.Ordinal)
        );
        return new Variable(letter.Name, text, Parser.ParseNumber(text, letter.Name), letter.Meaning);
    }

    /// <summary>The law with the coefficients of a fit.</summary>
    /// <param name="fit">A fit that has coefficients.</param>
    public Law Fill(Fit fit)
    {
        ErrorSummary errors = ErrorSummary.Of(fit, fit.Rows);
        Law law = From ?? Bare(fit);
        string folder = law.Folder ?? Environment.CurrentDirectory;
        return law with
        {
            Id = Id,
            Folder = folder,
            Source =
                $"fitted to {fit.Rows.Table.Name} "
                + $"({Plural.Of(fit.Rows.Count, "row")}){(From is null ? "" : $", the form of {From.Id}")}",
            // Its paper has the formula, but not these coefficients.
            Reference = null,
            Note = "",
            Variables = Variables,
            Coefficients = [.. fit.Coefficients.Select((c, i) => Filled(fit.Request.Form.Coefficients[i], c.Value))],
            // An error of zero is that of made-up losses, and no law file has it.
            Error = double.IsFinite(errors.Rmse) && errors.Rmse > 0 ? errors.Rmse : null,
            TrainingCost = TrainingCost ?? law.TrainingCost,
            Family =
                Family is null ? law.Family
                : Basics.EmbeddedFolder.IsPath(Family) ? Path.GetRelativePath(folder, Path.GetFullPath(Family))
                : Family,
            Fixed = ModelsOfRows.Fixed(From, Variables, fit.Rows),
            Range = Range(fit.Rows),
            Procedure = null,
            Fitted = Fitted(fit, Call),
        };
    }

    private Law Bare(Fit fit) =>
        new()
        {
            Id = Id,
            Predicts = Predicted(Columns.Observed.Column),
            FormulaText = FormulaText,
            WhereTexts = [],
            Formula = fit.Request.Form.Formula,
            Variables = Columns.Letters,
            Coefficients = [],
            Fixed = new Dictionary<string, double>(),
            Candidates = new Dictionary<string, IReadOnlyList<double>>(),
            Range = new Dictionary<string, Interval>(),
            Rates = LawFile.DefaultRates,
            Allocations = [],
        };

    /// <summary>
    /// What a bare formula for a column predicts: a loss, unless the name says otherwise, since tables call losses whatever they like.
    /// </summary>
    public static string Predicted(string column) =>
        Predictions.All.Contains(column) ? column
        : column is "lr" or "peak_lr" || column.Contains(Predictions.LearningRate, StringComparison.Ordinal) ? Predictions.LearningRate
        : Predictions.Loss;

    // A coefficient held outside the bounds of its law has none that it keeps.
    private static Coefficient Filled(OpenCoefficient open, double value)
    {
        Coefficient filled = new(open.Name, value, open.Sign, open.Low, open.High);
        return filled.Allows(value) ? filled : new Coefficient(open.Name, value, Sign.Any);
    }

    private Dictionary<string, Interval> Range(FitRows rows)
    {
        Dictionary<string, Interval> range = [];
        IReadOnlyList<Variable> variables = Variables;
        for (int i = 0; i < variables.Count; i++)
        {
            // A plan knows a range by a column of its own, or by a letter.
            string name = variables[i].IsColumn && IsPlanColumn(variables[i].Column) ? variables[i].Column : variables[i].Name;
            range[Names.InFormula(name)] = new Interval(rows.Values[i].Min(), rows.Values[i].Max());
        }
        // Where the letters are a unit apart from the table, its other columns may be too.
        bool isInUnits = !Columns.Letters.Any(l => ColumnUnit.Of(l) is not null);
        foreach (string name in From?.Range.Keys.Where(k => isInUnits && !range.ContainsKey(k)) ?? [])
        {
            if (rows.Table.Find(Names.Plain(name)) is RunColumn { HasNumbers: true } column)
            {
                double[] known = [.. rows.TableRows.Select(r => column.Numbers.Span[r]).Where(double.IsFinite)];
                if (known.Length > 0)
                {
                    range[name] = new Interval(known.Min(), known.Max());
                }
            }
        }
        int size = Index(variables, "active_params"),
            tokens = Index(variables, "tokens");
        if (size >= 0 && tokens >= 0)
        {
            double[] ratios = [.. rows.Values[tokens].Zip(rows.Values[size], (d, n) => d / n)];
            range[RangeCheck.TokensPerActiveParam] = new Interval(ratios.Min(), ratios.Max());
        }
        return range;
    }

    private static int Index(IReadOnlyList<Variable> variables, string column) =>
        Array.FindIndex([.. variables], v => v.IsColumn && v.Column == column);

    private static FittedLaw Fitted(Fit fit, string call) =>
        new()
        {
            Rows = fit.Rows.Count,
            Digest = $"sha256:{fit.Rows.Digest}",
            Call = call,
            Objective = fit.Request.Options.Objective,
            Value = fit.Value,
            Starts = fit.Starts,
            GradientNorm = double.IsFinite(fit.GradientNorm) ? fit.GradientNorm : null,
            Condition = fit.Condition,
            Finished = fit.Status != FitStatus.Interrupted,
            Level = fit.Request.Level,
            Certainties =
            [
                .. fit
                    .Coefficients.Where(c => c.StandardError is not null || c.Low is not null || c.High is not null)
                    .Select(c => new CoefficientCertainty(c.Name, c.StandardError, c.Low, c.High, c.LogStandardError)),
            ],
            Covariance = fit.Covariance,
            Sample = fit.Sample,
            Warnings = fit.Warnings,
        };
}
