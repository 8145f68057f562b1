using MoeScale.Formulas;
using MoeScale.Laws.Fitting.Problem;

namespace MoeScale.Laws.Fitting.Searching;

/// <summary>
/// The size at which a coefficient of which nothing is known begins to matter in these rows: where the product that it stands in is as
/// large as what it is added to or compared with, or 1 where it stands alone, as in exp(a*N^b) or (N/N0)^-α.
/// </summary>
internal sealed class TypicalSize
{
    private const int MaxRows = 9;
    private const double Largest = 1e100;

    private readonly CompiledFormula? _rest;
    private readonly CompiledFormula? _beside;
    private readonly bool _divides;
    private readonly double[][] _rows;

    private TypicalSize(Place place, CompiledFormula? rest, CompiledFormula? beside, double[][] rows)
    {
        (Where, _divides, _rest, _beside, _rows) = (place.Where, place.Divides, rest, beside, rows);
    }

    public enum Context
    {
        /// <summary>Neither in an exponent nor in exp.</summary>
        Factor,

        /// <summary>In the exponent of a power.</summary>
        Exponent,

        /// <summary>In exp.</summary>
        Exp,
    }

    public Context Where { get; }

    /// <summary>Whether the size differs with the letters, so that it follows from the rows.</summary>
    public bool FollowsRows { get; private init; }

    /// <param name="problem">What is fitted.</param>
    /// <param name="index">The place of the coefficient among the free ones.</param>
    public static TypicalSize Of(FitProblem problem, int index)
    {
        string name = problem.Free[index].Name;
        List<Place> places = [];
        Visit(problem.FreeFormula, null, Context.Factor, name, places, new HashSet<Expression>(ReferenceEqualityComparer.Instance));
        bool Reads(Expression? e) => e is not null && e.FreeNames().Contains(name);
        // In exponents the size matters most.
        Place place =
            places.Where(p => !Reads(p.Rest)).OrderBy(p => p.Where == Context.Factor).FirstOrDefault()
            ?? new Place(null, false, null, Context.Factor);
        if (place is { Where: Context.Exp, Divides: false, Rest.Operation: Operation.Ln })
        {
            // exp(a - α*ln(N)) is a power.
            place = new Place(null, false, null, Context.Exponent);
        }
        Expression? beside = Reads(place.Beside) ? null : place.Beside;
        string[] letters = [.. problem.Form.Letters];
        string[] names = [.. letters, .. problem.Free.Select(c => c.Name)];
        int rows = problem.Columns[0].Length;
        int taken = Math.Min(rows, MaxRows);
        int[] which = [.. Enumerable.Range(0, taken).Select(k => taken == 1 ? 0 : (int)((long)k * (rows - 1) / (taken - 1)))];
        return new TypicalSize(
            place,
            place.Rest is null ? null : CompiledFormula.Compile(place.Rest, names),
            beside is null ? null : CompiledFormula.Compile(beside, names),
            [.. which.Select(r => problem.Columns.Select(c => c[r]).ToArray())]
        )
        {
            FollowsRows = new[] { place.Rest, beside }.Any(e => e is not null && e.FreeNames().Any(letters.Contains)),
        };
    }

    /// <param name="coefficients">Values of all free coefficients; its own does not matter.</param>
    public double At(ReadOnlySpan<double> coefficients)
    {
        double ratio = Median(_beside, coefficients) / Median(_rest, coefficients);
        double size = _divides ? 1 / ratio : ratio;
        return double.IsFinite(size) ? Math.Clamp(size, 1 / Largest, Largest) : 1;
    }

    private double Median(CompiledFormula? formula, ReadOnlySpan<double> coefficients)
    {
        if (formula is null)
        {
            return 1;
        }
        Span<double> sizes = stackalloc double[_rows.Length];
        int count = 0;
        foreach (double[] row in _rows)
        {
            double size = Math.Abs(formula.Evaluate([.. row, .. coefficients]));
            if (size > 0 && double.IsFinite(size))
            {
                sizes[count++] = size;
            }
        }
        sizes[..count].Sort();
        return count == 0 ? 1 : sizes[count / 2];
    }

    /// <summary>Where a coefficient stands.</summary>
    /// <param name="Rest">What it is multiplied with, or what it divides; null for nothing.</param>
    /// <param name="Divides">Whether it divides that.</param>
    /// <param name="Beside">What the product is added to, or compared with; null for nothing.</param>
    /// <param name="Where">In an exponent or not.</param>
    private sealed record Place(Expression? Rest, bool Divides, Expression? Beside, Context Where);

    private static void Visit(Expression e, Expression? beside, Context where, string name, List<Place> places, HashSet<Expression> seen)
    {
        if (!seen.Add(e))
        {
            return;
        }
        switch (e.Operation)
        {
            case Operation.Name when e.Name == name:
                places.Add(new Place(null, false, beside, where));
                // Another place may be better.
                seen.Remove(e);
                break;
            case Operation.Multiply or Operation.Divide or Operation.Negate:
                List<(Expression Factor, bool Divides)> factors = [];
                Flatten(e, false, factors);
                foreach ((int i, (Expression factor, bool divides)) in factors.Index())
                {
                    if (factor.Operation == Operation.Name && factor.Name == name)
                    {
                        places.Add(new Place(Product(factors.Where((_, k) => k != i)), divides, beside, where));
                    }
                    else
                    {
                        Visit(factor, null, where, name, places, seen);
                    }
                }
                break;
            case Operation.Add or Operation.Subtract or Operation.Min or Operation.Max:
                // In an exponent, what is added need not be of one size.
                Visit(e.Left!, where == Context.Factor ? e.Right : null, where, name, places, seen);
                Visit(e.Right!, where == Context.Factor ? e.Left : null, where, name, places, seen);
                break;
            case Operation.Power:
                Visit(e.Left!, null, where, name, places, seen);
                Visit(e.Right!, null, Context.Exponent, name, places, seen);
                break;
            case Operation.Exp:
                Visit(e.Left!, null, Context.Exp, name, places, seen);
                break;
            default:
                foreach (Expression? part in new[] { e.Left, e.Right })
                {
                    if (part is not null)
                    {
                        Visit(part, null, Context.Factor, name, places, seen);
                    }
                }
                break;
        }
    }

    private static void Flatten(Expression e, bool divides, List<(Expression Factor, bool Divides)> factors)
    {
        if (e.Operation is Operation.Multiply or Operation.Divide)
        {
            Flatten(e.Left!, divides, factors);
            Flatten(e.Right!, divides != (e.Operation == Operation.Divide), factors);
        }
        else if (e.Operation == Operation.Negate)
        {
            Flatten(e.Left!, divides, factors);
        }
        else
        {
            factors.Add((e, divides));
        }
    }

    private static Expression? Product(IEnumerable<(Expression Factor, bool Divides)> factors)
    {
        Expression? product = null;
        foreach ((Expression factor, bool divides) in factors)
        {
            product =
                product is null && !divides
                    ? factor
                    : Expression.Binary(divides ? Operation.Divide : Operation.Multiply, product ?? Expression.Number(1), factor);
        }
        return product;
    }
}
