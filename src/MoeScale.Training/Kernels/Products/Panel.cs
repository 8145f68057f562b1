using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeScale.Training.Kernels.Products;

/// <summary>Copies a part of an operand into the order in which a tile uses it.</summary>
/// <remarks>
/// The rows of the left operand and the columns of the right one are the lanes of their panels. So there are two ways only: a
/// lane is a stored row, and squares are turned in registers; or a step of the depth is one, and it is copied.
/// </remarks>
internal static unsafe class Panel
{
    /// <summary>Elements that may be written beyond the end of a left panel whose lanes are stored rows.</summary>
    public const int Slack = 16;

    private const int Vector = 8;

    /// <summary>
    /// panel[d,lane] = operand[firstLane + lane, firstDepth + d], zero or a copy of another lane from lane <paramref name="lanes"/> on.
    /// </summary>
    /// <param name="operand">(lanes, depth): the left operand as it is, the right one transposed.</param>
    /// <param name="panel">(depth, width), followed by <see cref="Slack"/> or by panels that are packed later.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack<TTile>(Matrix operand, int firstLane, int lanes, int firstDepth, int depth, float* panel, int width)
        where TTile : struct, ITile
    {
        if (operand.IsTransposed)
        {
            // Whole vectors, as long as they stay inside the operand, for the next step overwrites what is too much, if it is as long;
            // but the last step is exact, as somebody else may be packing what follows.
            int whole = (lanes + Vector - 1) / Vector * Vector;
            int copied = firstLane + whole <= operand.Rows && whole <= 2 * width ? whole : lanes;
            for (int d = 0; d < depth; d++, panel += width)
            {
                Copy(operand.StoredRow(firstDepth + d) + firstLane, d + 1 < depth ? copied : lanes, panel, width);
            }
            return;
        }
        int side = TTile.Square;
        int squares = side == 0 ? 0 : depth / side;
        float** rows = stackalloc float*[16];
        if (squares > 0)
        {
            for (int lane = 0; lane < width; lane += side)
            {
                for (int i = 0; i < side; i++)
                {
                    // What no lane needs is never used: any address that may be read will do.
                    rows[i] = operand.StoredRow(firstLane + Math.Min(lane + i, lanes - 1)) + firstDepth;
                }
                for (int s = 0; s < squares; s++)
                {
                    TTile.Transpose(rows, s * side, panel + (s * side * width) + lane, width);
                }
            }
        }
        for (int lane = 0; lane < width; lane++)
        {
            float* row = operand.StoredRow(firstLane + Math.Min(lane, lanes - 1)) + firstDepth;
            for (int d = squares * side; d < depth; d++)
            {
                panel[(d * width) + lane] = row[d];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(float* from, int count, float* to, int width)
    {
        // Written out for the widths of the widest tile.
        if (count == 16 && width <= 16)
        {
            Vector512.Load(from).Store(to);
            return;
        }
        if (count == 32)
        {
            Vector512<float> low = Vector512.Load(from);
            Vector512<float> high = Vector512.Load(from + 16);
            low.Store(to);
            high.Store(to + 16);
            return;
        }
        int i = 0;
        for (; i <= count - Vector; i += Vector)
        {
            Vector256.Load(from + i).Store(to + i);
        }
        for (; i < count; i++)
        {
            to[i] = from[i];
        }
        for (; i < width; i++)
        {
            to[i] = 0;
        }
    }
}
