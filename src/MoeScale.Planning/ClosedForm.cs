using MoeScale.Formulas;

namespace MoeScale.Planning;

/// <summary>
/// The best size without limits where a law has the form m·X^μ + n·D^ν + c and training costs k·X·D: X =
/// (ν·n / (μ·m))^(1/(μ+ν)) · (F/k)^(ν/(μ+ν)), from setting dL/d ln X = 0 along X·D = F/k. docs/derivations/compute-optimal.md
/// </summary>
/// <param name="Column">The place of X in <see cref="PlanColumns"/>.</param>
/// <param name="Factor">(ν·n / (μ·m))^(1/(μ+ν)).</param>
/// <param name="CostPerUnit">k.</param>
/// <param name="Exponent">ν/(μ+ν).</param>
internal sealed record ClosedForm(int Column, double Factor, double CostPerUnit, double Exponent)
{
    /// <summary>The best value of the column.</summary>
    /// <param name="flops">F, all of them for training.</param>
    public double Best(double flops) => Factor * Math.Pow(flops / CostPerUnit, Exponent);

    /// <param name="loss">The loss over columns.</param>
    /// <param name="trainingCost">FLOPs of training over columns.</param>
    /// <param name="known">Columns that do not vary.</param>
    /// <returns>Null if the two have no such form.</returns>
    public static ClosedForm? TryReduce(Expression loss, Expression trainingCost, IReadOnlyDictionary<string, double> known)
    {
        if (
            PowerSum.TryReduce(loss, known) is not IReadOnlyList<PowerTerm> terms
            || PowerSum.TryReduce(trainingCost, known) is not [{ Exponents.Count: 2 } cost]
            || cost.Exponent("tokens") != 1
        )
        {
            return null;
        }
        (string size, double power) = cost.Exponents.First(e => e.Key != "tokens");
        PowerTerm[] varying = [.. terms.Where(t => t.Exponents.Count > 0)];
        if (
            power != 1
            || varying.Length != 2
            || Array.Find(varying, t => t.Exponents.Count == 1 && t.Exponent(size) < 0 && t.Coefficient > 0) is not PowerTerm m
            || Array.Find(varying, t => t.Exponents.Count == 1 && t.Exponent("tokens") < 0 && t.Coefficient > 0) is not PowerTerm n
        )
        {
            return null;
        }
        double mu = m.Exponent(size);
        double nu = n.Exponent("tokens");
        double factor = Math.Pow(nu * n.Coefficient / (mu * m.Coefficient), 1 / (mu + nu));
        // Coefficients that ran away leave nothing to compute with.
        return double.IsFinite(factor) && factor > 0 && double.IsFinite(mu + nu)
            ? new ClosedForm(PlanColumns.Index(size), factor, cost.Coefficient, nu / (mu + nu))
            : null;
    }
}
