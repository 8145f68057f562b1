using System.Runtime.CompilerServices;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Kernels.Attention;

/// <summary>
/// The inner products of attention, register-blocked: c[r, j] = (c[r, j] or 0) + Σ_k a[r·rowStep + k·depthStep]·b[k·bStride + j]
/// for 8 rows r and 2 vectors of columns j.
/// </summary>
/// <remarks>
/// Both strides of a are free, so that a and its transpose are read in place. With 32 registers: 16 sums, 2 vectors of b and one
/// broadcast of a; with 16 registers the rows are done four at a time.
/// </remarks>
internal static unsafe class Tile
{
    public const int Rows = 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Columns<V>()
        where V : struct, ISimdVector<V> => 2 * V.Count;

    public static void Multiply<V>(
        float* a,
        nint rowStep,
        nint depthStep,
        float* b,
        nint bStride,
        int depth,
        float* c,
        nint cStride,
        bool add
    )
        where V : struct, ISimdVector<V>
    {
        if (V.HasManyRegisters)
        {
            Eight<V>(a, rowStep, depthStep, b, bStride, depth, c, cStride, add);
        }
        else
        {
            Four<V>(a, rowStep, depthStep, b, bStride, depth, c, cStride, add);
            Four<V>(a + (4 * rowStep), rowStep, depthStep, b, bStride, depth, c + (4 * cStride), cStride, add);
        }
    }

    [MethodImpl(Body.OfKernel)]
    private static void Eight<V>(
        float* a,
        nint rowStep,
        nint depthStep,
        float* b,
        nint bStride,
        int depth,
        float* c,
        nint cStride,
        bool add
    )
        where V : struct, ISimdVector<V>
    {
        float* a0 = a,
            a1 = a0 + rowStep,
            a2 = a1 + rowStep,
            a3 = a2 + rowStep,
            a4 = a3 + rowStep,
            a5 = a4 + rowStep,
            a6 = a5 + rowStep,
            a7 = a6 + rowStep;
        V c00 = V.Zero,
            c01 = c00,
            c10 = c00,
            c11 = c00,
            c20 = c00,
            c21 = c00,
            c30 = c00,
            c31 = c00;
        V c40 = c00,
            c41 = c00,
            c50 = c00,
            c51 = c00,
            c60 = c00,
            c61 = c00,
            c70 = c00,
            c71 = c00;
        for (nint end = depth * depthStep, k = 0; k != end; k += depthStep, b += bStride)
        {
            V b0 = V.Load(b),
                b1 = V.Load(b + V.Count);
            V v = V.Broadcast(a0[k]);
            c00 = V.MultiplyAdd(v, b0, c00);
            c01 = V.MultiplyAdd(v, b1, c01);
            v = V.Broadcast(a1[k]);
            c10 = V.MultiplyAdd(v, b0, c10);
            c11 = V.MultiplyAdd(v, b1, c11);
            v = V.Broadcast(a2[k]);
            c20 = V.MultiplyAdd(v, b0, c20);
            c21 = V.MultiplyAdd(v, b1, c21);
            v = V.Broadcast(a3[k]);
            c30 = V.MultiplyAdd(v, b0, c30);
            c31 = V.MultiplyAdd(v, b1, c31);
            v = V.Broadcast(a4[k]);
            c40 = V.MultiplyAdd(v, b0, c40);
            c41 = V.MultiplyAdd(v, b1, c41);
            v = V.Broadcast(a5[k]);
            c50 = V.MultiplyAdd(v, b0, c50);
            c51 = V.MultiplyAdd(v, b1, c51);
            v = V.Broadcast(a6[k]);
            c60 = V.MultiplyAdd(v, b0, c60);
            c61 = V.MultiplyAdd(v, b1, c61);
            v = V.Broadcast(a7[k]);
            c70 = V.MultiplyAdd(v, b0, c70);
            c71 = V.MultiplyAdd(v, b1, c71);
        }
        Put(c, c00, c01, add);
        Put(c += cStride, c10, c11, add);
        Put(c += cStride, c20, c21, add);
        Put(c += cStride, c30, c31, add);
        Put(c += cStride, c40, c41, add);
        Put(c += cStride, c50, c51, add);
        Put(c += cStride, c60, c61, add);
        Put(c + cStride, c70, c71, add);
    }

    [MethodImpl(Body.OfKernel)]
    private static void Four<V>(float* a, nint rowStep, nint depthStep, float* b, nint bStride, int depth, float* c, nint cStride, bool add)
        where V : struct, ISimdVector<V>
    {
        float* a0 = a,
            a1 = a0 + rowStep,
            a2 = a1 + rowStep,
            a3 = a2 + rowStep;
        V c00 = V.Zero,
            c01 = c00,
            c10 = c00,
            c11 = c00,
            c20 = c00,
            c21 = c00,
            c30 = c00,
            c31 = c00;
        for (nint end = depth * depthStep, k = 0; k != end; k += depthStep, b += bStride)
        {
            V b0 = V.Load(b),
                b1 = V.Load(b + V.Count);
            V v = V.Broadcast(a0[k]);
            c00 = V.MultiplyAdd(v, b0, c00);
            c01 = V.MultiplyAdd(v, b1, c01);
            v = V.Broadcast(a1[k]);
            c10 = V.MultiplyAdd(v, b0, c10);
            c11 = V.MultiplyAdd(v, b1, c11);
            v = V.Broadcast(a2[k]);
            c20 = V.MultiplyAdd(v, b0, c20);
            c21 = V.MultiplyAdd(v, b1, c21);
            v = V.Broadcast(a3[k]);
            c30 = V.MultiplyAdd(v, b0, c30);
            c31 = V.MultiplyAdd(v, b1, c31);
        }
        Put(c, c00, c01, add);
        Put(c += cStride, c10, c11, add);
        Put(c += cStride, c20, c21, add);
        Put(c + cStride, c30, c31, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<V>(float* c, V c0, V c1, bool add)
        where V : struct, ISimdVector<V>
    {
        if (add)
        {
            c0 += V.Load(c);
            c1 += V.Load(c + V.Count);
        }
        c0.Store(c);
        c1.Store(c + V.Count);
    }
}
