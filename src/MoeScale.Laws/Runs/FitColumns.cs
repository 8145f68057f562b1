using MoeScale.Formulas;

namespace MoeScale.Laws.Runs;

/// <summary>Which columns of a table, or formulas of them, a fit reads.</summary>
/// <param name="Letters">The variables of the formula to fit, in its order.</param>
/// <param name="Observed">What the formula predicts. Its name is L.</param>
public sealed record FitColumns(IReadOnlyList<Variable> Letters, Variable Observed)
{
    /// <summary>The name of what is predicted, in mappings.</summary>
    public const string Predicted = "L";

    /// <summary>The name of the FLOPs that budgets are told by, in mappings.</summary>
    public const string Flops = "train_flops";

    /// <summary>What isoFLOP curves take for FLOPs, where it is mapped; null for the column of that name, or 6·N·D.</summary>
    public Variable? Compute { get; init; }

    /// <summary>All that a name can stand for in filters.</summary>
    internal IEnumerable<Variable> Named => Compute is null ? Letters.Append(Observed) : [.. Letters, Observed, Compute];

    /// <summary>The names of a formula that are no letters, in the order of first use: its coefficients.</summary>
    public IReadOnlyList<string> Coefficients(Expression formula) => [.. formula.FreeNames().Where(n => Letters.All(l => l.Name != n))];
}
