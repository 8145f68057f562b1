namespace MoeScale.Formulas;

/// <summary>What a node of an <see cref="Expression"/> does with its one or two operands.</summary>
public enum Operation
{
    Number,
    Name,
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Negate,
    Exp,
    Ln,
    Log2,
    Log10,
    Sqrt,
    Abs,
    Min,
    Max,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
    And,
    Or,
    Not,
}

/// <summary>The meaning of each operation on single numbers. Truth is 1, falsehood 0.</summary>
public static class Operations
{
    /// <summary>Functions that a formula may call; min and max take two or more arguments, the others one.</summary>
    public static IReadOnlyList<string> FunctionNames { get; } = ["exp", "ln", "log2", "log10", "sqrt", "abs", "min", "max"];

    /// <summary>The function of that name, or null.</summary>
    public static Operation? Function(string name) => name switch
    {
        "exp" => Operation.Exp,
        "ln" => Operation.Ln,
        "log2" => Operation.Log2,
        "log10" => Operation.Log10,
        "sqrt" => Operation.Sqrt,
        "abs" => Operation.Abs,
        "min" => Operation.Min,
        "max" => Operation.Max,
        _ => null,
    };

    /// <summary>Whether the result is true or false rather than a number.</summary>
    public static bool IsLogical(this Operation operation) => operation >= Operation.Less;

    /// <param name="operation">Any operation except Number and Name.</param>
    /// <param name="x">The left, or only, operand.</param>
    /// <param name="y">The right operand; ignored by operations of one operand.</param>
    public static double Apply(this Operation operation, double x, double y) => operation switch
    {
        Operation.Add => x + y,
        Operation.Subtract => x - y,
        Operation.Multiply => x * y,
        Operation.Divide => x / y,
        Operation.Power => Math.Pow(x, y),
        Operation.Negate => -x,
        Operation.Exp => Math.Exp(x),
        Operation.Ln => Math.Log(x),
        Operation.Log2 => Math.Log2(x),
        Operation.Log10 => Math.Log10(x),
        Operation.Sqrt => Math.Sqrt(x),
        Operation.Abs => Math.Abs(x),
        Operation.Min => Math.Min(x, y),
        Operation.Max => Math.Max(x, y),
        Operation.Less => x < y ? 1 : 0,
        Operation.LessOrEqual => x <= y ? 1 : 0,
        Operation.Greater => x > y ? 1 : 0,
        Operation.GreaterOrEqual => x >= y ? 1 : 0,
        Operation.Equal => x == y ? 1 : 0,
        Operation.NotEqual => x != y ? 1 : 0,
        Operation.And => x != 0 && y != 0 ? 1 : 0,
        Operation.Or => x != 0 || y != 0 ? 1 : 0,
        Operation.Not => x == 0 ? 1 : 0,
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "not an operation on numbers"),
    };
}
