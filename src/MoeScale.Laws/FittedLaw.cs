using MoeScale.Basics;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Warnings;

namespace MoeScale.Laws;

/// <summary>
/// Where the coefficients of a law come from, and how sure they are: the <c>fitted</c> section of a law file. It holds no
/// date, so that the same input gives the same file.
/// </summary>
public sealed record FittedLaw
{
    /// <summary>Share of repetitions that intervals mean to cover, in files that do not say.</summary>
    internal const double DefaultLevel = 0.9;

    // A number that comes back to the bit has 24 characters at most, "-1.2345678901234567E-308"; a space or the line's end follows.
    private const int NumberBytes = 25;
    private const int IndentBytes = 4;

    // The law itself, its note and warnings.
    private const int RestBytes = 1 << 20;

    /// <summary>Rows of the table that the fit used.</summary>
    public required int Rows { get; init; }

    /// <summary>Digest of these rows, such as "sha256:1f3a...".</summary>
    public required string Digest { get; init; }

    /// <summary>The command line that gives this law again.</summary>
    public required string Call { get; init; }

    /// <summary>What was minimised.</summary>
    public required Objective Objective { get; init; }

    /// <summary>Its value at the coefficients.</summary>
    public required double Value { get; init; }

    public required StartCounts Starts { get; init; }

    /// <summary>Norm of the scaled gradient at the coefficients; null where the objective has none there.</summary>
    public double? GradientNorm { get; init; }

    /// <summary>Condition of the problem at the coefficients; null where it is singular or was not worked out.</summary>
    public double? Condition { get; init; }

    /// <summary>False where the fit was interrupted: the coefficients are the best so far, not the best.</summary>
    public bool Finished { get; init; } = true;

    /// <summary>Share of repetitions that <see cref="Certainties"/> mean to cover.</summary>
    public double Level { get; init; } = DefaultLevel;

    /// <summary>How sure each coefficient is; without those that were held or not worked out.</summary>
    public IReadOnlyList<CoefficientCertainty> Certainties { get; init; } = [];

    /// <summary>
    /// Covariance, a row and a column for each coefficient of the law in order, 0 for those that were held; null where it was not worked
    /// out.
    /// </summary>
    public CoefficientTable? Covariance { get; init; }

    /// <summary>Coefficients of the bootstrap, a row for each draw; null where there was none.</summary>
    public CoefficientTable? Sample { get; init; }

    /// <summary>What the data do not support.</summary>
    public IReadOnlyList<FitWarning> Warnings { get; init; } = [];

    /// <summary>Draws of a sample that a law file has room for.</summary>
    /// <param name="coefficients">Of the law.</param>
    public static int MaxDraws(int coefficients) => (TextFile.LargestBytes - RestBytes) / (IndentBytes + (NumberBytes * coefficients));

    /// <summary>What a paper should report about this fit, a sentence each.</summary>
    public IReadOnlyList<string> Checklist { get; init; } = [];
}

/// <param name="Tried">Starting points.</param>
/// <param name="Agreeing">Of these, how many ended at the best optimum.</param>
/// <param name="Moved">Of these, how many ended elsewhere than they started.</param>
public sealed record StartCounts(int Tried, int Agreeing, int Moved);

/// <summary>How sure a coefficient is.</summary>
/// <param name="Name">The coefficient.</param>
/// <param name="StandardError">Its standard error; null where it has none.</param>
/// <param name="Low">Lower end of its interval; null where it is open or was not worked out.</param>
/// <param name="High">Upper end of its interval; null where it is open or was not worked out.</param>
/// <param name="LogStandardError">The standard error of its logarithm; null where it is no scale.</param>
public sealed record CoefficientCertainty(string Name, double? StandardError, double? Low, double? High, double? LogStandardError = null);

/// <summary>Rows of numbers, one for each coefficient of a law.</summary>
public sealed class CoefficientTable
{
    private readonly double[] _values;

    /// <param name="names">All coefficients of the law, in its order.</param>
    /// <param name="values">Row after row.</param>
    /// <exception cref="ArgumentException">The values are no whole number of rows, or one is not finite.</exception>
    public CoefficientTable(IReadOnlyList<string> names, ReadOnlySpan<double> values)
    {
        if (names.Count == 0 || values.Length % names.Count != 0)
        {
            throw new ArgumentException(
                $"{values.Length} values are no whole number of rows of {names.Count} coefficients.",
                nameof(values)
            );
        }
        foreach (double value in values)
        {
            if (!double.IsFinite(value))
            {
                throw new ArgumentException($"A value is {value}; all must be finite.", nameof(values));
            }
        }
        Names = names;
        _values = values.ToArray();
    }

    public IReadOnlyList<string> Names { get; }

    /// <summary>Number of rows.</summary>
    public int Count => _values.Length / Names.Count;

    /// <summary>One row, a value for each of <see cref="Names"/>.</summary>
    public ReadOnlySpan<double> this[int row] => _values.AsSpan(row * Names.Count, Names.Count);
}
