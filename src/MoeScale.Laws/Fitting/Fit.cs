using MoeScale.Formulas.Differentiation;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws.Fitting;

/// <summary>How a fit ended.</summary>
public enum FitStatus
{
    /// <summary>At a minimum, checked by second derivatives, lower than what any other starting point reached.</summary>
    Converged,

    /// <summary>At a minimum along which some coefficients can change together and fit as well: their values mean nothing.</summary>
    Unidentifiable,

    /// <summary>At a minimum, but most bootstrap refits reached none: how sure it is cannot be told from the few that did.</summary>
    RefitsFailed,

    /// <summary>The lowest point found is no minimum: the objective still falls there, mostly because a coefficient runs away.</summary>
    NotAtMinimum,

    /// <summary>The formula has no value at some row from any starting point.</summary>
    NoValue,

    /// <summary>Stopped by the user: the best so far.</summary>
    Interrupted,
}

/// <summary>One coefficient of a fit.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
/// <param name="IsFree">Whether the fit could move it.</param>
/// <param name="AtBound">Whether it rests at a bound of its sign or of the law file.</param>
/// <param name="StandardError">
/// From the bootstrap where intervals are, else from the curvature; of a scale its value times
/// <paramref name="LogStandardError"/>. Null where it is not free, rests at a bound or cannot be told.
/// </param>
/// <param name="Low">Lower end of its interval; null where it is open or cannot be told.</param>
/// <param name="High">Upper end of its interval; null where it is open or cannot be told.</param>
/// <param name="LogStandardError">Of ln|value|, for a scale that is not zero, such as A in A·N^−α; else null.</param>
public sealed record FitCoefficient(
    string Name,
    double Value,
    bool IsFree,
    bool AtBound,
    double? StandardError,
    double? Low,
    double? High,
    double? LogStandardError = null
);

/// <summary>What bootstrap refits did.</summary>
/// <param name="Draws">Refits made: those asked for, unless interrupted.</param>
/// <param name="Failed">Refits that reached no minimum; they are not in the sample, and where they are most, nothing is.</param>
/// <param name="Units">What was resampled: rows or clusters.</param>
public sealed record BootstrapCounts(int Draws, int Failed, int Units);

/// <summary>
/// A law form with its coefficients filled in, how sure they are, and what the data do not support. A fit that failed is one too.
/// </summary>
public sealed record Fit
{
    public required FitRequest Request { get; init; }

    public required FitStatus Status { get; init; }

    /// <summary>All coefficients in the order of the form; empty where the formula has no value.</summary>
    public required IReadOnlyList<FitCoefficient> Coefficients { get; init; }

    /// <summary>The objective at these, unscaled.</summary>
    public required double Value { get; init; }

    public required StartCounts Starts { get; init; }

    /// <summary>Starting points whose descent ended at some minimum.</summary>
    public required int Converged { get; init; }

    /// <summary>
    /// The largest cosine between the scores of the rows and the derivatives of their residuals by a coefficient that no bound holds: 0 at
    /// a minimum, at most 1, whatever the units.
    /// </summary>
    public required double GradientNorm { get; init; }

    /// <summary>Largest over smallest eigenvalue of the curvature with unit diagonal; null where it is singular.</summary>
    public double? Condition { get; init; }

    /// <summary>Directions that the data leave open.</summary>
    public IReadOnlyList<OpenDirection> OpenDirections { get; init; } = [];

    /// <summary>A row and a column for each coefficient, 0 for those that are not free; null where it cannot be told.</summary>
    public CoefficientTable? Covariance { get; init; }

    /// <summary>Coefficients of the bootstrap refits; null where there were none.</summary>
    public CoefficientTable? Sample { get; init; }

    public BootstrapCounts? Bootstrap { get; init; }

    /// <summary>How many clusters standard errors and intervals take whole; null where rows are independent.</summary>
    public int? Clusters { get; init; }

    /// <summary>What intervals come from.</summary>
    public IntervalSource IntervalsFrom { get; init; }

    /// <summary>What the data do not support.</summary>
    public IReadOnlyList<FitWarning> Warnings { get; init; } = [];

    public FitRows Rows => Request.Rows;

    /// <summary>
    /// Whether so few starting points led to the optimum, fewer than three of several or than one in a hundred, that a lower one may
    /// well have been missed.
    /// </summary>
    public bool IsDoubtful =>
        Status == FitStatus.Converged
        && (Starts.Agreeing < Math.Clamp(Starts.Tried, 1, MultiStart.Enough) || 100L * Starts.Agreeing < Starts.Tried);

    /// <summary>Whether there are coefficients to predict with.</summary>
    public bool HasValue => Coefficients.Count > 0;

    /// <summary>The predictions at rows with the letters of the form.</summary>
    public double[] Predict(FitRows rows) => Predict(rows.Values);

    /// <summary>
    /// The predictions at values of the letters, one column for each; computed as in the fit, where a product of powers is one exponential.
    /// </summary>
    public unsafe double[] Predict(IReadOnlyList<double[]> values)
    {
        DifferentiableFormula formula = DifferentiableFormula.Compile(
            Request.Form.Formula,
            Request.Form.Letters,
            [.. Coefficients.Select(c => c.Name)]
        );
        ColumnSlab data = formula.Bind([.. values.Select(v => (ReadOnlyMemory<double>)v)]);
        Evaluation evaluation = new(formula, data.Rows);
        double[] predicted = new double[data.Rows];
        evaluation.Begin(data, [.. Coefficients.Select(c => c.Value)]);
        for (int start = 0; start < predicted.Length; start += Evaluation.BlockRows)
        {
            int rows = Math.Min(evaluation.Forward(start), predicted.Length - start);
            new ReadOnlySpan<double>(evaluation.Value, rows).CopyTo(predicted.AsSpan(start));
        }
        return predicted;
    }
}
