using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Runs;

namespace MoeScale.Laws.Fitting;

/// <summary>What to fit, to which rows, and what to find out about the result.</summary>
/// <param name="Form">The formula with its open coefficients.</param>
/// <param name="Rows">The runs; their letters are those of the form.</param>
public sealed record FitRequest(LawForm Form, FitRows Rows)
{
    /// <summary>Share of repetitions that intervals mean to cover, where nobody says.</summary>
    public const double DefaultLevel = 0.95;

    /// <summary>The most refits that can be asked for.</summary>
    public const int MaxBootstrap = 1_000_000;

    public FitOptions Options { get; init; } = new();

    /// <summary>Share of repetitions that intervals mean to cover.</summary>
    public double Level { get; init; } = DefaultLevel;

    /// <summary>Refits to resampled rows; 0 for none.</summary>
    public int Bootstrap { get; init; }

    /// <summary>
    /// Column of the table whose values are resampled whole, such as the trunk that several runs branch from; null to resample rows.
    /// </summary>
    public string? Cluster { get; init; }

    /// <summary>
    /// Whether intervals come from profiles of the objective rather than from its curvature, where there is no bootstrap.
    /// </summary>
    public bool Profile { get; init; } = true;

    /// <summary>
    /// Rows left out of the fit by whose error, together with that of the fitted rows, the end of a descent is chosen, as the joint MoE
    /// law's paper does; null to choose by the objective.
    /// </summary>
    public FitRows? SelectBy { get; init; }
}
