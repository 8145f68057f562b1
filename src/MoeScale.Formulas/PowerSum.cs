namespace MoeScale.Formulas;

/// <summary>coefficient · Π name^exponent</summary>
/// <param name="Coefficient">The number in front.</param>
/// <param name="Exponents">The exponent of each name; no exponent is 0.</param>
public sealed record PowerTerm(double Coefficient, IReadOnlyDictionary<string, double> Exponents)
{
    /// <summary>The exponent of a name, 0 if the term does not hold it.</summary>
    public double Exponent(string name) => Exponents.GetValueOrDefault(name);

    internal bool IsConstant => Exponents.Count == 0;

    internal bool HasSamePowers(PowerTerm other) =>
        Exponents.Count == other.Exponents.Count && Exponents.All(e => other.Exponent(e.Key) == e.Value);
}

/// <summary>
/// A formula written as a sum of powers, where that can be done: the shape of a loss law once its expansion rate is fixed
/// (L = m·N^μ + n·D^ν + c), and of a cost. Such a law has its optimum in closed form.
/// </summary>
public static class PowerSum
{
    /// <param name="expression">The formula.</param>
    /// <param name="known">Names with a value; all others stay names.</param>
    /// <returns>The terms, with like powers merged; null if the formula is no sum of powers.</returns>
    public static IReadOnlyList<PowerTerm>? TryReduce(Expression expression, IReadOnlyDictionary<string, double> known)
    {
        Dictionary<Expression, IReadOnlyList<PowerTerm>?> seen = new(ReferenceEqualityComparer.Instance);
        Dictionary<string, double> values = Names.Canonical(known);
        return Reduce(expression);

        // A shared subtree is reduced once, however often it occurs.
        IReadOnlyList<PowerTerm>? Reduce(Expression e)
        {
            if (!seen.TryGetValue(e, out IReadOnlyList<PowerTerm>? terms))
            {
                terms = e.Left is null ? Leaf(e, values) : Combine(e, Reduce(e.Left), e.Right is null ? null : Reduce(e.Right));
                seen.Add(e, terms);
            }
            return terms;
        }
    }

    // A published law has at most a dozen terms; a product of sums that outgrows this is not worth a closed form.
    private const int MaxTerms = 64;

    private static PowerTerm[] Leaf(Expression e, Dictionary<string, double> known) =>
        e.Operation == Operation.Number ? [Constant(e.Value)]
        : known.TryGetValue(e.Name, out double value) ? [Constant(value)]
        : [new PowerTerm(1, new Dictionary<string, double> { [e.Name] = 1 })];

    private static List<PowerTerm>? Combine(Expression e, IReadOnlyList<PowerTerm>? left, IReadOnlyList<PowerTerm>? right)
    {
        if (left is null || (right is null && e.Right is not null))
        {
            return null;
        }
        right ??= left;
        // Most of a law depends on its coefficients alone; a plan reduces hundreds of draws of them.
        if (left is [{ IsConstant: true } a] && right is [{ IsConstant: true } b])
        {
            return [Constant(e.Operation.Apply(a.Coefficient, b.Coefficient))];
        }
        switch (e.Operation)
        {
            case Operation.Add:
                return Merge([.. left, .. right]);
            case Operation.Subtract:
                return Merge([.. left, .. right.Select(t => t with { Coefficient = -t.Coefficient })]);
            case Operation.Negate:
                return [.. left.Select(t => t with { Coefficient = -t.Coefficient })];
            case Operation.Multiply when left.Count * right.Count <= MaxTerms:
                return Merge([.. left.SelectMany(_ => right, Product)]);
            case Operation.Divide when right is [{ Coefficient: not 0 } divisor]:
                PowerTerm inverse = Power(divisor, -1);
                return [.. left.Select(t => Product(t, inverse))];
            case Operation.Power
                when right is [{ IsConstant: true } exponent]
                    && left is [var powerBase]
                    && (powerBase.IsConstant || powerBase.Coefficient > 0):
                return [Power(powerBase, exponent.Coefficient)];
            default:
                return null;
        }
    }

    private static readonly Dictionary<string, double> NoPowers = [];

    private static PowerTerm Constant(double value) => new(value, NoPowers);

    private static PowerTerm Product(PowerTerm a, PowerTerm b)
    {
        Dictionary<string, double> exponents = new(a.Exponents);
        foreach ((string name, double exponent) in b.Exponents)
        {
            exponents[name] = a.Exponent(name) + exponent;
            if (exponents[name] == 0)
            {
                exponents.Remove(name);
            }
        }
        return new PowerTerm(a.Coefficient * b.Coefficient, exponents);
    }

    private static PowerTerm Power(PowerTerm term, double exponent) =>
        exponent == 0
            ? Constant(1)
            : new PowerTerm(Math.Pow(term.Coefficient, exponent), term.Exponents.ToDictionary(e => e.Key, e => e.Value * exponent));

    private static List<PowerTerm> Merge(IEnumerable<PowerTerm> terms)
    {
        List<PowerTerm> merged = [];
        foreach (PowerTerm term in terms)
        {
            int like = merged.FindIndex(term.HasSamePowers);
            if (like < 0)
            {
                merged.Add(term);
            }
            else
            {
                merged[like] = term with { Coefficient = merged[like].Coefficient + term.Coefficient };
            }
        }
        return merged;
    }
}
