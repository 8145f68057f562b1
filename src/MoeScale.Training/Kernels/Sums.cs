using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Kernels;

/// <summary>
/// Sums over many rows whose bits do not depend on the number of threads: each chunk of fixed borders is summed into a part of its own,
/// and the parts are then added in their order.
/// </summary>
internal static unsafe class Sums
{
    /// <summary>sums[c] += Σ_r x[r,c]: the gradient of a bias, or one chunk's part of it.</summary>
    /// <param name="x">(rows, width)</param>
    /// <param name="sums">(width)</param>
    public static void Columns(float* x, int rows, int width, float* sums) => Simd.Run(new ColumnsKernel(x, rows, width, sums));

    /// <summary>For the columns of a range: total[c] = (total[c] or 0) + Σ_p parts[p, c], parts in their order.</summary>
    /// <param name="parts">(count, width)</param>
    /// <param name="firstColumn">Of the range.</param>
    /// <param name="columns">Of the range.</param>
    /// <param name="add">Whether the total is added to.</param>
    /// <param name="total">(width)</param>
    public static void Parts(float* parts, int count, int width, int firstColumn, int columns, bool add, float* total) =>
        Simd.Run(new PartsKernel(parts, count, width, firstColumn, columns, add, total));

    /// <summary>Σ x², for the norm of the gradient.</summary>
    /// <remarks>
    /// In double precision from the start: a square then neither overflows nor vanishes, so that the norm is ∞ or NaN
    /// only if an element is, which is what tells a broken step from a large one. It is free, since the pass waits for
    /// memory. One body serves all machines and gives them the same bits: 16 sums, whatever the width of a register.
    /// </remarks>
    public static double OfSquares(float* x, int length)
    {
        Vector512<double> low = Vector512<double>.Zero,
            high = low;
        int i = 0;
        for (; i <= length - 16; i += 16)
        {
            (Vector512<double> a, Vector512<double> b) = Vector512.Widen(Vector512.Load(x + i));
            low += a * a;
            high += b * b;
        }
        double sum = Vector512.Sum(low + high);
        for (; i < length; i++)
        {
            sum += (double)x[i] * x[i];
        }
        return sum;
    }

    [MethodImpl(Body.OfKernel)]
    private static void Columns<V>(float* x, int rows, int width, float* sums)
        where V : struct, ISimdVector<V>
    {
        int c = 0;
        for (; c <= width - (4 * V.Count); c += 4 * V.Count)
        {
            float* at = x + c,
                to = sums + c;
            V a = V.Load(to),
                b = V.Load(to + V.Count),
                d = V.Load(to + (2 * V.Count)),
                e = V.Load(to + (3 * V.Count));
            for (int r = 0; r < rows; r++, at += width)
            {
                a += V.Load(at);
                b += V.Load(at + V.Count);
                d += V.Load(at + (2 * V.Count));
                e += V.Load(at + (3 * V.Count));
            }
            a.Store(to);
            b.Store(to + V.Count);
            d.Store(to + (2 * V.Count));
            e.Store(to + (3 * V.Count));
        }
        for (; c < width; c += V.Count)
        {
            float* at = x + c;
            V a = V.Load(sums + c, width - c);
            for (int r = 0; r < rows; r++, at += width)
            {
                a += V.Load(at, width - c);
            }
            a.Store(sums + c, width - c);
        }
    }

    [MethodImpl(Body.OfKernel)]
    private static void Parts<V>(float* parts, int count, int width, int firstColumn, int columns, bool add, float* total)
        where V : struct, ISimdVector<V>
    {
        for (int c = firstColumn, end = firstColumn + columns; c < end; c += V.Count)
        {
            V sum = add ? V.Load(total + c, end - c) : V.Zero;
            for (int p = 0; p < count; p++)
            {
                sum += V.Load(parts + ((nint)p * width) + c, end - c);
            }
            sum.Store(total + c, end - c);
        }
    }

    private readonly struct ColumnsKernel(float* x, int rows, int width, float* sums) : ISimdKernel
    {
        public void Run<V>()
            where V : struct, ISimdVector<V> => Columns<V>(x, rows, width, sums);
    }

    private readonly struct PartsKernel(float* parts, int count, int width, int firstColumn, int columns, bool add, float* total)
        : ISimdKernel
    {
        public void Run<V>()
            where V : struct, ISimdVector<V> => Parts<V>(parts, count, width, firstColumn, columns, add, total);
    }
}
