namespace MoeScale.Formulas;

/// <summary>A formula as a tree. Immutable; a subtree may be shared.</summary>
public sealed class Expression
{
    private Expression(Operation operation, double value, string name, Expression? left, Expression? right)
    {
        Operation = operation;
        Value = value;
        Name = name;
        Left = left;
        Right = right;
        Depth = 1 + Math.Max(left?.Depth ?? 0, right?.Depth ?? 0);
    }

    /// <summary>Deepest expression that is accepted: all that walks expressions recurses, also on a stack of 1 MB.</summary>
    public const int DeepestAccepted = 2000;

    public Operation Operation { get; }

    /// <summary>The number, where <see cref="Operation"/> is Number; else 0.</summary>
    public double Value { get; }

    /// <summary>
    /// The name in its one spelling (<see cref="Names.Canonical(string)"/>), where <see cref="Operation"/> is Name; what stands between the
    /// quotes, where it is Text; else "".
    /// </summary>
    public string Name { get; }

    /// <summary>The left, or only, operand; null for a number or a name.</summary>
    public Expression? Left { get; }

    /// <summary>The right operand; null for operations of one operand.</summary>
    public Expression? Right { get; }

    /// <summary>Nodes on the longest way down.</summary>
    public int Depth { get; }

    /// <summary>Whether this is just that number.</summary>
    internal bool IsNumber(double value) => Operation == Operation.Number && Value == value;

    public static Expression Number(double value) => new(Operation.Number, value, "", null, null);

    public static Expression Variable(string name) => new(Operation.Name, 0, Names.Canonical(name), null, null);

    /// <summary>A text, which only filters compare with columns.</summary>
    public static Expression Text(string text) => new(Operation.Text, 0, text, null, null);

    public static Expression Unary(Operation operation, Expression operand) => new(operation, 0, "", operand, null);

    public static Expression Binary(Operation operation, Expression left, Expression right) => new(operation, 0, "", left, right);

    /// <summary>Every name in the expression once, in the order of first use.</summary>
    public IReadOnlyList<string> FreeNames()
    {
        List<string> names = [];
        HashSet<Expression> visited = new(ReferenceEqualityComparer.Instance);
        Visit(this);
        return names;

        void Visit(Expression? e)
        {
            if (e is null || !visited.Add(e))
            {
                return;
            }
            if (e.Operation == Operation.Name && !names.Contains(e.Name))
            {
                names.Add(e.Name);
            }
            Visit(e.Left);
            Visit(e.Right);
        }
    }

    /// <summary>
    /// This expression with names replaced by expressions, and worked out where only numbers are left. A shared subtree stays
    /// one shared subtree.
    /// </summary>
    public Expression Substitute(IReadOnlyDictionary<string, Expression> replacements)
    {
        Dictionary<Expression, Expression> done = new(ReferenceEqualityComparer.Instance);
        return Visit(this);

        Expression Visit(Expression e)
        {
            if (!done.TryGetValue(e, out Expression? result))
            {
                result =
                    e.Operation == Operation.Name ? replacements.GetValueOrDefault(e.Name, e)
                    : e.Left is null ? e
                    : Combined(e, Visit(e.Left), e.Right is null ? null : Visit(e.Right));
                done.Add(e, result);
            }
            return result;
        }
    }

    private static Expression Combined(Expression e, Expression left, Expression? right) =>
        left.Operation == Operation.Number && (right is null || right.Operation == Operation.Number)
            ? Number(e.Operation.Apply(left.Value, (right ?? left).Value))
            : new Expression(e.Operation, e.Value, e.Name, left, right);
}
