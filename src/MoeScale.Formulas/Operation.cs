namespace MoeScale.Formulas;

/// <summary>What a node of an <see cref="Expression"/> does with its one or two operands.</summary>
public enum Operation
{
    Number,
    Name,

    /// <summary>A text in quotes. Only filters hold it, as one side of = or !=, opposite a name.</summary>
    Text,
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
    public static Operation? Function(string name) =>
        name switch
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

    /// <param name="operation">Any operation except Number, Name and Text.</param>
    /// <param name="x">The left, or only, operand.</param>
    /// <param name="y">The right operand; ignored by operations of one operand.</param>
    public static double Apply(this Operation operation, double x, double y) =>
        operation switch
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

    /// <summary>The derivatives of <see cref="Apply"/> by its operands; by the second one 0 where there is only one.</summary>
    /// <param name="operation">Any operation on numbers.</param>
    /// <param name="x">The left, or only, operand.</param>
    /// <param name="y">The right operand; ignored by operations of one operand.</param>
    /// <param name="value">The result.</param>
    /// <returns>At a corner (abs at 0, min and max of equals) the mean of both sides.</returns>
    public static (double Left, double Right) Derivatives(this Operation operation, double x, double y, double value) =>
        operation switch
        {
            Operation.Add => (1, 1),
            Operation.Subtract => (1, -1),
            Operation.Multiply => (y, x),
            Operation.Divide => (1 / y, -value / y),
            // A constant exponent often has a base without logarithm.
            Operation.Power => (y == 0 ? 0 : y * Math.Pow(x, y - 1), x > 0 ? value * Math.Log(x) : 0),
            Operation.Negate => (-1, 0),
            Operation.Exp => (value, 0),
            Operation.Ln => (1 / x, 0),
            Operation.Log2 => (1 / (x * Math.Log(2)), 0),
            Operation.Log10 => (1 / (x * Math.Log(10)), 0),
            Operation.Sqrt => (0.5 / value, 0),
            Operation.Abs => (
                x > 0 ? 1
                : x < 0 ? -1
                : 0,
                0
            ),
            Operation.Min => (
                x < y ? 1
                : x > y ? 0
                : 0.5,
                x < y ? 0
                : x > y ? 1
                : 0.5
            ),
            Operation.Max => (
                x > y ? 1
                : x < y ? 0
                : 0.5,
                x > y ? 0
                : x < y ? 1
                : 0.5
            ),
            _ => (0, 0),
        };
}
