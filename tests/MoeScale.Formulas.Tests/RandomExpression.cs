using FsCheck;
using FsCheck.Fluent;

namespace MoeScale.Formulas.Tests;

/// <summary>Random formulas over x, y and z, and their value by walking the tree: the oracle for everything that is faster.</summary>
internal static class RandomExpression
{
    public static readonly string[] Names = ["x", "y", "z"];

    private static readonly Operation[] Unary =
    [
        Operation.Negate,
        Operation.Exp,
        Operation.Ln,
        Operation.Log2,
        Operation.Log10,
        Operation.Sqrt,
        Operation.Abs,
    ];
    private static readonly Operation[] Binary =
    [
        Operation.Add,
        Operation.Subtract,
        Operation.Multiply,
        Operation.Divide,
        Operation.Power,
        Operation.Min,
        Operation.Max,
    ];

    public static Gen<Expression> Any { get; } = Gen.Sized(size => Of(Math.Min(size, 20)));

    /// <summary>Sums, products and constant powers: what has the form of a sum of powers.</summary>
    public static Gen<Expression> Posynomial { get; } = Gen.Sized(size => PosynomialOf(Math.Min(size, 6)));

    /// <summary>Points inside the domain of every power.</summary>
    public static Gen<double[]> Point { get; } = Gen.ArrayOf(Gen.Choose(1, 400).Select(i => i / 100.0), 3);

    public static double Walk(Expression e, double[] point) =>
        e.Operation switch
        {
            Operation.Number => e.Value,
            Operation.Name => point[Array.IndexOf(Names, e.Name)],
            _ => e.Operation.Apply(Walk(e.Left!, point), e.Right is null ? 0 : Walk(e.Right, point)),
        };

    private static Gen<Expression> Leaf { get; } =
        Gen.OneOf(Gen.Elements(Names).Select(Expression.Variable), Gen.Choose(-30, 30).Select(i => Expression.Number(i / 10.0)));

    private static Gen<Expression> Of(int size) =>
        size <= 0
            ? Leaf
            : Gen.OneOf(
                Leaf,
                Gen.Elements(Unary).SelectMany(op => Of(size - 1), Expression.Unary),
                from op in Gen.Elements(Binary)
                from l in Of(size / 2)
                from r in Of(size / 2)
                select Expression.Binary(op, l, r)
            );

    private static Gen<Expression> PosynomialOf(int size)
    {
        Gen<Expression> leaf = Gen.OneOf(
            Gen.Elements(Names).Select(Expression.Variable),
            Gen.Choose(1, 30).Select(i => Expression.Number(i / 10.0))
        );
        return size <= 0
            ? leaf
            : Gen.OneOf(
                leaf,
                from op in Gen.Elements(Operation.Add, Operation.Multiply)
                from l in PosynomialOf(size / 2)
                from r in PosynomialOf(size / 2)
                select Expression.Binary(op, l, r),
                from name in Gen.Elements(Names)
                from p in Gen.Choose(-20, 20)
                select Expression.Binary(Operation.Power, Expression.Variable(name), Expression.Number(p / 10.0))
            );
    }
}
