using System.Runtime.CompilerServices;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Kernels;

/// <summary>What has no better place: each float for itself.</summary>
internal static unsafe class Elementwise
{
    /// <summary>z = x + y: a residual connection.</summary>
    /// <param name="x">(length)</param>
    /// <param name="y">(length)</param>
    /// <param name="z">(length); may be x or y.</param>
    public static void Add(float* x, float* y, int length, float* z)
    {
        if (SimdPaths.HasAvx512)
        {
            Add<Lanes16>(x, y, length, z);
        }
        else if (SimdPaths.HasAvx2)
        {
            Add<Lanes8>(x, y, length, z);
        }
        else
        {
            Add<Lanes4>(x, y, length, z);
        }
    }

    /// <summary>x = factor·x</summary>
    /// <param name="x">(length)</param>
    public static void Scale(float factor, int length, float* x)
    {
        if (SimdPaths.HasAvx512)
        {
            Scale<Lanes16>(factor, length, x);
        }
        else if (SimdPaths.HasAvx2)
        {
            Scale<Lanes8>(factor, length, x);
        }
        else
        {
            Scale<Lanes4>(factor, length, x);
        }
    }

    /// <summary>x[r,c] += bias[c]</summary>
    /// <param name="bias">(width)</param>
    /// <param name="x">(rows, width)</param>
    public static void AddBias(float* bias, int rows, int width, float* x)
    {
        if (SimdPaths.HasAvx512)
        {
            AddBias<Lanes16>(bias, rows, width, x);
        }
        else if (SimdPaths.HasAvx2)
        {
            AddBias<Lanes8>(bias, rows, width, x);
        }
        else
        {
            AddBias<Lanes4>(bias, rows, width, x);
        }
    }

    /// <summary>x = 0</summary>
    /// <param name="x">(length)</param>
    public static void Zero(int length, float* x) => new Span<float>(x, length).Clear();

    [MethodImpl(Body.OfKernel)]
    private static void Add<V>(float* x, float* y, int length, float* z)
        where V : struct, ILanes<V>
    {
        for (int i = 0; i < length; i += V.Count)
        {
            (V.Load(x + i, length - i) + V.Load(y + i, length - i)).Store(z + i, length - i);
        }
    }

    [MethodImpl(Body.OfKernel)]
    private static void Scale<V>(float factor, int length, float* x)
        where V : struct, ILanes<V>
    {
        V f = V.Broadcast(factor);
        for (int i = 0; i < length; i += V.Count)
        {
            (f * V.Load(x + i, length - i)).Store(x + i, length - i);
        }
    }

    [MethodImpl(Body.OfKernel)]
    private static void AddBias<V>(float* bias, int rows, int width, float* x)
        where V : struct, ILanes<V>
    {
        for (int r = 0; r < rows; r++, x += width)
        {
            for (int c = 0; c < width; c += V.Count)
            {
                (V.Load(x + c, width - c) + V.Load(bias + c, width - c)).Store(x + c, width - c);
            }
        }
    }
}
