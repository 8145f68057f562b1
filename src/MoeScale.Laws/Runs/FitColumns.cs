using MoeScale.Formulas;

namespace MoeScale.Laws.Runs;

/// <summary>Which columns of a table, or formulas of them, a fit reads.</summary>
/// <param name="Letters">The variables of the formula to fit, in its order.</param>
/// <param name="Observed">What the formula predicts. Its name is L.</param>
public sealed record FitColumns(IReadOnlyList<Variable> Letters, Variable Observed)
{
    /// <summary>The name of what is predicted, in mappings.</summary>
    public const string Predicted = "L";

    /// <summary>The names of a formula that are no letters, in the order of first use: its coefficients.</summary>
    public IReadOnlyList<string> Coefficients(Expression formula) => [.. formula.FreeNames().Where(n => Letters.All(l => l.Name != n))];
}
