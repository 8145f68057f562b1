using System.Runtime.CompilerServices;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Kernels;

/// <summary>y[r] = table[token[r]] + positions[r mod sequence]: looks tokens up and adds learned positions, if there are any.</summary>
internal static unsafe class Embedding
{
    /// <param name="tokens">(rows) of the range.</param>
    /// <param name="table">(vocabulary, width)</param>
    /// <param name="positions">(sequence, width), or null.</param>
    /// <param name="firstRow">Of the range: tokens and y begin there.</param>
    /// <param name="y">(rows, width)</param>
    public static void Forward(int* tokens, float* table, float* positions, int firstRow, int rows, int sequence, int width, float* y) =>
        Simd.Run(new ForwardKernel(tokens, table, positions, firstRow, rows, sequence, width, y));

    /// <summary>For the columns of a range: dTable[token[r], c] += dY[r, c], rows in their order.</summary>
    /// <param name="tokens">(rows), all of the batch.</param>
    /// <param name="dY">(rows, width)</param>
    /// <param name="firstColumn">Of the range.</param>
    /// <param name="columns">Of the range.</param>
    /// <param name="dTable">(vocabulary, width)</param>
    /// <remarks>
    /// Work is cut by columns, not by rows: no two ranges meet in a float, each float gets its terms in the order of the rows, so its bits
    /// depend neither on threads nor on the cut, and nothing has to be sorted or kept in parts. A cut at multiples of 16 columns
    /// shares no cache line.
    /// </remarks>
    public static void Backward(int* tokens, float* dY, int rows, int width, int firstColumn, int columns, float* dTable) =>
        Simd.Run(new BackwardKernel(tokens, dY, rows, width, firstColumn, columns, dTable));

    /// <summary>For the columns of a range: dPositions[r mod sequence, c] += dY[r, c], rows in their order.</summary>
    /// <param name="dY">(rows, width)</param>
    /// <param name="firstColumn">Of the range.</param>
    /// <param name="columns">Of the range.</param>
    /// <param name="dPositions">(sequence, width)</param>
    public static void BackwardPositions(float* dY, int rows, int sequence, int width, int firstColumn, int columns, float* dPositions) =>
        Simd.Run(new BackwardPositionsKernel(dY, rows, sequence, width, firstColumn, columns, dPositions));

    [MethodImpl(Body.OfKernel)]
    private static void Forward<V>(int* tokens, float* table, float* positions, int firstRow, int rows, int sequence, int width, float* y)
        where V : struct, ISimdVector<V>
    {
        for (int r = 0; r < rows; r++, y += width)
        {
            float* row = table + ((nint)tokens[r] * width);
            if (positions is null)
            {
                Buffer.MemoryCopy(row, y, width * sizeof(float), width * sizeof(float));
                continue;
            }
            float* position = positions + ((nint)((firstRow + r) % sequence) * width);
            for (int c = 0; c < width; c += V.Count)
            {
                (V.Load(row + c, width - c) + V.Load(position + c, width - c)).Store(y + c, width - c);
            }
        }
    }

    [MethodImpl(Body.OfKernel)]
    private static void Backward<V>(int* tokens, float* dY, int rows, int width, int firstColumn, int columns, float* dTable)
        where V : struct, ISimdVector<V>
    {
        for (int r = 0; r < rows; r++)
        {
            AddRow<V>(dY + ((nint)r * width) + firstColumn, columns, dTable + ((nint)tokens[r] * width) + firstColumn);
        }
    }

    [MethodImpl(Body.OfKernel)]
    private static void BackwardPositions<V>(float* dY, int rows, int sequence, int width, int firstColumn, int columns, float* dPositions)
        where V : struct, ISimdVector<V>
    {
        for (int r = 0; r < rows; r++)
        {
            AddRow<V>(dY + ((nint)r * width) + firstColumn, columns, dPositions + ((nint)(r % sequence) * width) + firstColumn);
        }
    }

    private static void AddRow<V>(float* x, int columns, float* sum)
        where V : struct, ISimdVector<V>
    {
        for (int c = 0; c < columns; c += V.Count)
        {
            (V.Load(sum + c, columns - c) + V.Load(x + c, columns - c)).Store(sum + c, columns - c);
        }
    }

    private readonly struct ForwardKernel(
        int* tokens,
        float* table,
        float* positions,
        int firstRow,
        int rows,
        int sequence,
        int width,
        float* y
    ) : ISimdKernel
    {
        public void Run<V>()
            where V : struct, ISimdVector<V> => Forward<V>(tokens, table, positions, firstRow, rows, sequence, width, y);
    }

    private readonly struct BackwardKernel(int* tokens, float* dY, int rows, int width, int firstColumn, int columns, float* dTable)
        : ISimdKernel
    {
        public void Run<V>()
            where V : struct, ISimdVector<V> => Backward<V>(tokens, dY, rows, width, firstColumn, columns, dTable);
    }

    private readonly struct BackwardPositionsKernel(
        float* dY,
        int rows,
        int sequence,
        int width,
        int firstColumn,
        int columns,
        float* dPositions
    ) : ISimdKernel
    {
        public void Run<V>()
            where V : struct, ISimdVector<V> => BackwardPositions<V>(dY, rows, sequence, width, firstColumn, columns, dPositions);
    }
}
