using MoeScale.Formulas;

namespace MoeScale.Laws.Fitting.Problem;

/// <summary>How the coefficients of a formula enter it, which decides how a fit starts and steps.</summary>
internal static class FormulaShape
{
    /// <summary>
    /// Coefficients in which a formula is affine together, found greedily in the given order: least squares gives them for any
    /// values of the others. Those that stand in exponents are left out, but for logarithms of scales, which count as their scale.
    /// </summary>
    public static IReadOnlyList<string> LinearSet(Expression formula, IEnumerable<string> coefficients)
    {
        List<string> linear = [];
        List<string> logs = [.. coefficients.Where(c => IsLogOfScale(formula, c))];
        foreach (string name in coefficients)
        {
            linear.Add(name);
            if (Degree(formula, linear, logs, []) > 1)
            {
                linear.RemoveAt(linear.Count - 1);
            }
        }
        return linear;
    }

    /// <summary>Whether a formula is the coefficient plus something without it, such as the floor c of a loss.</summary>
    public static bool IsOffset(Expression formula, string name) =>
        formula.Operation switch
        {
            Operation.Name => formula.Name == name,
            Operation.Add => (IsOffset(formula.Left!, name) && !Reads(formula.Right!, name))
                || (IsOffset(formula.Right!, name) && !Reads(formula.Left!, name)),
            Operation.Subtract => IsOffset(formula.Left!, name) && !Reads(formula.Right!, name),
            _ => false,
        };

    /// <summary>Whether a coefficient occurs in exponents only.</summary>
    public static bool IsExponent(Expression formula, string name) => !ReadsOutsideExponents(formula, name, []);

    /// <summary>
    /// Whether a coefficient is the logarithm of a scale: it occurs only as exp(a) or in exp(a + ...), exp(a) times the rest.
    /// </summary>
    public static bool IsLogOfScale(Expression formula, string name) => Reads(formula, name) && !ReadsOutsideScales(formula, name, []);

    /// <summary>
    /// Whether a coefficient stands in exponents with a minus, N^-α, 1/N^α or exp(-D/R), and never without: whoever writes so means a
    /// coefficient above zero.
    /// </summary>
    public static bool IsWrittenWithMinus(Expression formula, string name)
    {
        bool minus = false,
            plus = false;
        HashSet<(Expression, bool, bool, bool)> seen = [];
        Visit(formula, false, false, false);
        return minus && !plus;

        void Visit(Expression? e, bool inExponent, bool isNegated, bool isDivisor)
        {
            if (e is null || !seen.Add((e, inExponent, isNegated, isDivisor)))
            {
                return;
            }
            if (e.Operation == Operation.Name && e.Name == name && inExponent)
            {
                minus |= isNegated;
                plus |= !isNegated;
            }
            (bool left, bool right) = (isNegated, isNegated);
            switch (e.Operation)
            {
                case Operation.Exp:
                    Visit(e.Left, true, isDivisor, false);
                    return;
                case Operation.Power:
                    Visit(e.Left, inExponent, isNegated, isDivisor);
                    Visit(e.Right, true, isDivisor, false);
                    return;
                case Operation.Negate:
                    left = !left;
                    break;
                case Operation.Subtract:
                    right = !right;
                    break;
                case Operation.Multiply or Operation.Divide:
                    // -D/R is (-D)/R.
                    (left, right) = (left != HasMinus(e.Right!), right != HasMinus(e.Left!));
                    break;
            }
            Visit(e.Left, inExponent, left, isDivisor);
            Visit(e.Right, inExponent, right, isDivisor != (e.Operation == Operation.Divide && !inExponent));
        }
    }

    /// <summary>Whether a product is written with an odd number of minuses.</summary>
    private static bool HasMinus(Expression e) =>
        e.Operation switch
        {
            Operation.Negate => !HasMinus(e.Left!),
            Operation.Multiply or Operation.Divide => HasMinus(e.Left!) != HasMinus(e.Right!),
            _ => e is { Operation: Operation.Number, Value: < 0 },
        };

    /// <summary>
    /// The exponent, with the logarithm of the base, of a formula that is one power of a constant, such as Clark's
    /// 10^(...): its logarithm may be linear where the formula is not. Else null.
    /// </summary>
    public static (Expression Exponent, double LnBase)? SinglePower(Expression formula) =>
        formula switch
        {
            { Operation: Operation.Exp } => (formula.Left!, 1),
            { Operation: Operation.Power, Left: { Operation: Operation.Number, Value: > 0 } numeral } => (
                formula.Right!,
                Math.Log(numeral.Value)
            ),
            _ => null,
        };

    /// <summary>
    /// Whether a name stands only where coefficients do and variables do not: in exponents of powers, as an offset, or
    /// as a scale, A in A*N^-α or its logarithm in exp(a - ...).
    /// </summary>
    public static bool IsLikeACoefficient(Expression formula, string name) =>
        (IsExponent(formula, name) && IsInPowersOnly(formula, name))
        || IsOffset(formula, name)
        || IsScale(formula, name)
        || IsLogOfScale(formula, name);

    // A variable stands in exp(-t/τ) and 2^-t as often as a coefficient.
    private static bool IsInPowersOnly(Expression? e, string name) =>
        e is null
        || e.Operation switch
        {
            Operation.Exp => !Reads(e, name),
            Operation.Power => (e.Left!.FreeNames().Count > 0 || !Reads(e.Right!, name))
                && IsInPowersOnly(e.Left, name)
                && IsInPowersOnly(e.Right, name),
            _ => IsInPowersOnly(e.Left, name) && IsInPowersOnly(e.Right, name),
        };

    /// <summary>Whether a name multiplies or divides something, and is neither the base of a power nor inside a function.</summary>
    public static bool IsFactor(Expression e, string name) =>
        e.Operation switch
        {
            Operation.Multiply or Operation.Divide => IsName(e.Left!, name)
                || IsName(e.Right!, name)
                || IsFactor(e.Left!, name)
                || IsFactor(e.Right!, name),
            Operation.Add or Operation.Subtract => IsFactor(e.Left!, name) || IsFactor(e.Right!, name),
            Operation.Negate => IsFactor(e.Left!, name),
            _ => false,
        };

    private static bool IsScale(Expression e, string name) =>
        e.Operation switch
        {
            Operation.Add or Operation.Subtract => Reads(e.Left!, name) != Reads(e.Right!, name)
                && IsScale(Reads(e.Left!, name) ? e.Left! : e.Right!, name),
            Operation.Multiply => (IsName(e.Left!, name) && e.Right!.Operation == Operation.Power && !Reads(e.Right, name))
                || (IsName(e.Right!, name) && e.Left!.Operation == Operation.Power && !Reads(e.Left, name)),
            Operation.Divide => IsName(e.Left!, name) && e.Right!.Operation == Operation.Power && !Reads(e.Right, name),
            _ => false,
        };

    private static bool IsName(Expression e, string name) => e.Operation == Operation.Name && e.Name == name;

    private static bool Reads(Expression e, string name) => e.FreeNames().Contains(name);

    private static bool ReadsOutsideExponents(Expression e, string name, Dictionary<Expression, bool> known)
    {
        if (!known.TryGetValue(e, out bool reads))
        {
            reads = e.Operation switch
            {
                Operation.Name => e.Name == name,
                Operation.Exp => false,
                Operation.Power => ReadsOutsideExponents(e.Left!, name, known),
                _ => (e.Left is not null && ReadsOutsideExponents(e.Left, name, known))
                    || (e.Right is not null && ReadsOutsideExponents(e.Right, name, known)),
            };
            known.Add(e, reads);
        }
        return reads;
    }

    /// <summary>What an expression adds up; one that is no sum is its only addend.</summary>
    private static IEnumerable<Expression> Addends(Expression e) =>
        e.Operation == Operation.Add ? Addends(e.Left!).Concat(Addends(e.Right!))
        : e.Operation == Operation.Subtract ? Addends(e.Left!).Append(Expression.Unary(Operation.Negate, e.Right!))
        : [e];

    private static bool ReadsOutsideScales(Expression e, string name, Dictionary<Expression, bool> known)
    {
        if (!known.TryGetValue(e, out bool reads))
        {
            reads = e.Operation switch
            {
                Operation.Name => e.Name == name,
                Operation.Exp => Addends(e.Left!).Count(a => a.Operation == Operation.Name && a.Name == name) is var times
                    && (times > 1 || Addends(e.Left!).Any(a => a.Operation != Operation.Name && ReadsOutsideScales(a, name, known))),
                _ => (e.Left is not null && ReadsOutsideScales(e.Left, name, known))
                    || (e.Right is not null && ReadsOutsideScales(e.Right, name, known)),
            };
            known.Add(e, reads);
        }
        return reads;
    }

    /// <summary>
    /// 0 where none of the names occurs, 1 where the expression is affine in them together, those of <paramref name="logs"/> as their
    /// scales, else 2.
    /// </summary>
    private static int Degree(Expression e, List<string> names, List<string> logs, Dictionary<Expression, int> known)
    {
        if (!known.TryGetValue(e, out int degree))
        {
            int left = e.Left is null ? 0 : Degree(e.Left, names, logs, known);
            int right = e.Right is null ? 0 : Degree(e.Right, names, logs, known);
            degree = e.Operation switch
            {
                Operation.Name => names.Contains(e.Name) ? 1 : 0,
                Operation.Add or Operation.Subtract => Math.Max(left, right),
                Operation.Negate => left,
                Operation.Multiply => Math.Min(2, left + right),
                Operation.Divide => right == 0 ? left : 2,
                Operation.Exp => Math.Min(2, Addends(e.Left!).Sum(a => IsScale(a) ? 1 : 2 * Degree(a, names, logs, known))),
                _ => left + right == 0 ? 0 : 2,
            };
            known.Add(e, degree);
        }
        return degree;

        bool IsScale(Expression a) => a.Operation == Operation.Name && names.Contains(a.Name) && logs.Contains(a.Name);
    }
}
