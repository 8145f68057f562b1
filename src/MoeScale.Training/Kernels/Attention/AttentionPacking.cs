using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Kernels.Attention;

/// <summary>Copies of a head out of the wide rows that hold all heads: dense, padded with zeros, or transposed.</summary>
internal static unsafe class AttentionPacking
{
    /// <summary>to[r, c] = scale·from[r, c]; zero in columns up to paddedWidth and rows up to paddedRows.</summary>
    [MethodImpl(Body.OfKernel)]
    public static void Rows<V>(
        float* from,
        int fromStride,
        int rows,
        int width,
        float scale,
        float* to,
        int toStride,
        int paddedRows,
        int paddedWidth
    )
        where V : struct, ISimdVector<V>
    {
        V factor = V.Broadcast(scale);
        for (int r = 0; r < rows; r++, from += fromStride, to += toStride)
        {
            int c = 0;
            for (; c < width; c += V.Count)
            {
                (factor * V.Load(from + c, width - c)).Store(to + c);
            }
            for (; c < paddedWidth; c += V.Count)
            {
                V.Zero.Store(to + c);
            }
        }
        for (int r = rows; r < paddedRows; r++, to += toStride)
        {
            new Span<float>(to, paddedWidth).Clear();
        }
    }

    /// <summary>to[r, c] = factor(r)·from[r, c] for the width columns: the way back, factors one a row or one for all.</summary>
    [MethodImpl(Body.OfKernel)]
    public static void RowsBack<V>(float* from, int fromStride, int rows, int width, float scale, float* factors, float* to, int toStride)
        where V : struct, ISimdVector<V>
    {
        for (int r = 0; r < rows; r++, from += fromStride, to += toStride)
        {
            V factor = V.Broadcast(factors is null ? scale : factors[r]);
            for (int c = 0; c < width; c += V.Count)
            {
                (factor * V.Load(from + c)).Store(to + c, width - c);
            }
        }
    }

    /// <summary>
    /// to[p][c, j] = from[p·panel + j, c]: the transpose in panels of so many rows, each panel (width, panel) dense; rows beyond the last
    /// are zero.
    /// </summary>
    public static void Transpose(float* from, int fromStride, int rows, int width, float* to, int panel)
    {
        for (int first = 0; first < rows; first += panel, to += width * panel)
        {
            int inPanel = Math.Min(panel, rows - first);
            for (int j = 0; j < panel; j += 4)
            {
                float* r = from + ((nint)(first + j) * fromStride);
                int c = 0;
                if (Sse.IsSupported && j + 4 <= inPanel)
                {
                    for (; c <= width - 4; c += 4)
                    {
                        Transpose4(r + c, fromStride, to + (c * panel) + j, panel);
                    }
                }
                for (; c < width; c++)
                {
                    for (int i = 0; i < 4; i++)
                    {
                        to[(c * panel) + j + i] = j + i < inPanel ? r[((nint)i * fromStride) + c] : 0;
                    }
                }
            }
        }
    }

    private static void Transpose4(float* from, nint fromStride, float* to, nint toStride)
    {
        Vector128<float> a = Vector128.Load(from),
            b = Vector128.Load(from + fromStride);
        Vector128<float> c = Vector128.Load(from + (2 * fromStride)),
            d = Vector128.Load(from + (3 * fromStride));
        Vector128<float> ab = Sse.UnpackLow(a, b),
            cd = Sse.UnpackLow(c, d),
            abHigh = Sse.UnpackHigh(a, b),
            cdHigh = Sse.UnpackHigh(c, d);
        Sse.MoveLowToHigh(ab, cd).Store(to);
        Sse.MoveHighToLow(cd, ab).Store(to + toStride);
        Sse.MoveLowToHigh(abHigh, cdHigh).Store(to + (2 * toStride));
        Sse.MoveHighToLow(cdHigh, abHigh).Store(to + (3 * toStride));
    }
}
