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
    }

    public Operation Operation { get; }

    /// <summary>The number, where <see cref="Operation"/> is Number; else 0.</summary>
    public double Value { get; }

    /// <summary>The name in its one spelling (<see cref="Names.Canonical"/>), where <see cref="Operation"/> is Name; else "".</summary>
    public string Name { get; }

    /// <summary>The left, or only, operand; null for a number or a name.</summary>
    public Expression? Left { get; }

    /// <summary>The right operand; null for operations of one operand.</summary>
    public Expression? Right { get; }

    public static Expression Number(double value) => new(Operation.Number, value, "", null, null);

    public static Expression Variable(string name) => new(Operation.Name, 0, Names.Canonical(name), null, null);

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

    /// <summary>This expression with names replaced by expressions; a replaced name that occurs twice stays one shared subtree.</summary>
    public Expression Substitute(IReadOnlyDictionary<string, Expression> replacements)
    {
        if (Operation == Operation.Name)
        {
            return replacements.GetValueOrDefault(Name, this);
        }
        if (Left is null)
        {
            return this;
        }
        Expression left = Left.Substitute(replacements);
        Expression? right = Right?.Substitute(replacements);
        return left == Left && right == Right ? this : new Expression(Operation, Value, Name, left, right);
    }
}
