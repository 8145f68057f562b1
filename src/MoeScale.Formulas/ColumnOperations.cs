using System.Numerics.Tensors;

namespace MoeScale.Formulas;

/// <summary>Each operation on whole columns, vectorised where the library vectorises it.</summary>
internal static class ColumnOperations
{
    /// <param name="operation">Any operation except Number and Name.</param>
    /// <param name="x">The left, or only, operand.</param>
    /// <param name="y">The right operand; ignored by operations of one operand.</param>
    /// <param name="result">As long as the operands, and apart from them.</param>
    public static void Apply(Operation operation, ReadOnlySpan<double> x, ReadOnlySpan<double> y, Span<double> result)
    {
        switch (operation)
        {
            case Operation.Add:
                TensorPrimitives.Add(x, y, result);
                break;
            case Operation.Subtract:
                TensorPrimitives.Subtract(x, y, result);
                break;
            case Operation.Multiply:
                TensorPrimitives.Multiply(x, y, result);
                break;
            case Operation.Divide:
                TensorPrimitives.Divide(x, y, result);
                break;
            case Operation.Power:
                TensorPrimitives.Pow(x, y, result);
                break;
            case Operation.Negate:
                TensorPrimitives.Negate(x, result);
                break;
            case Operation.Exp:
                TensorPrimitives.Exp(x, result);
                break;
            case Operation.Ln:
                TensorPrimitives.Log(x, result);
                break;
            case Operation.Log2:
                TensorPrimitives.Log2(x, result);
                break;
            case Operation.Sqrt:
                TensorPrimitives.Sqrt(x, result);
                break;
            case Operation.Abs:
                TensorPrimitives.Abs(x, result);
                break;
            default:
                for (int i = 0; i < result.Length; i++)
                {
                    result[i] = operation.Apply(x[i], y[i]);
                }
                break;
        }
    }
}
