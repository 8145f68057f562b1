using System.Runtime.CompilerServices;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Kernels;

/// <summary>y = f(x + bias): the middle of an ungated feed-forward layer.</summary>
internal static unsafe class Activations
{
    /// <summary>x[r,c] += bias[c];  y[r,c] = f(x[r,c]).</summary>
    /// <param name="function">f</param>
    /// <param name="x">(rows, width) before the bias, after it on return: what <see cref="Backward"/> reads.</param>
    /// <param name="bias">(width), or null: x is then only read.</param>
    /// <param name="y">(rows, width); may be <paramref name="x"/> where nothing is to go backward.</param>
    public static void Forward(NonLinearity function, float* x, float* bias, int rows, int width, float* y)
    {
        switch (function)
        {
            case NonLinearity.Gelu:
                Forward<Gelu>(x, bias, rows, width, y);
                break;
            case NonLinearity.GeluTanh:
                Forward<GeluTanh>(x, bias, rows, width, y);
                break;
            case NonLinearity.Relu:
                Forward<Relu>(x, bias, rows, width, y);
                break;
            default:
                Forward<Silu>(x, bias, rows, width, y);
                break;
        }
    }

    /// <summary>dX[r,c] = dY[r,c]·f'(x[r,c]);  dBias[c] += Σ_r dX[r,c].</summary>
    /// <param name="function">f</param>
    /// <param name="x">(rows, width) as <see cref="Forward"/> left it.</param>
    /// <param name="dY">(rows, width)</param>
    /// <param name="dX">(rows, width); may be <paramref name="dY"/>.</param>
    /// <param name="dBias">(width), this chunk's part of the gradient; or null.</param>
    public static void Backward(NonLinearity function, float* x, float* dY, int rows, int width, float* dX, float* dBias)
    {
        switch (function)
        {
            case NonLinearity.Gelu:
                Backward<Gelu>(x, dY, rows, width, dX, dBias);
                break;
            case NonLinearity.GeluTanh:
                Backward<GeluTanh>(x, dY, rows, width, dX, dBias);
                break;
            case NonLinearity.Relu:
                Backward<Relu>(x, dY, rows, width, dX, dBias);
                break;
            default:
                Backward<Silu>(x, dY, rows, width, dX, dBias);
                break;
        }
    }

    private static void Forward<F>(float* x, float* bias, int rows, int width, float* y)
        where F : INonLinearity
    {
        if (SimdPaths.HasAvx512)
        {
            Forward<SimdVector16, F>(x, bias, rows, width, y);
        }
        else if (SimdPaths.HasAvx2)
        {
            Forward<SimdVector8, F>(x, bias, rows, width, y);
        }
        else
        {
            Forward<SimdVector4, F>(x, bias, rows, width, y);
        }
    }

    private static void Backward<F>(float* x, float* dY, int rows, int width, float* dX, float* dBias)
        where F : INonLinearity
    {
        if (SimdPaths.HasAvx512)
        {
            Backward<SimdVector16, F>(x, dY, rows, width, dX, dBias);
        }
        else if (SimdPaths.HasAvx2)
        {
            Backward<SimdVector8, F>(x, dY, rows, width, dX, dBias);
        }
        else
        {
            Backward<SimdVector4, F>(x, dY, rows, width, dX, dBias);
        }
    }

    [MethodImpl(Body.OfKernel)]
    private static void Forward<V, F>(float* x, float* bias, int rows, int width, float* y)
        where V : struct, ISimdVector<V>
        where F : INonLinearity
    {
        for (int r = 0; r < rows; r++, x += width, y += width)
        {
            for (int c = 0; c < width; c += V.Count)
            {
                V v = V.Load(x + c, width - c);
                if (bias is not null)
                {
                    v += V.Load(bias + c, width - c);
                    v.Store(x + c, width - c);
                }
                F.Value(v).Store(y + c, width - c);
            }
        }
    }

    [MethodImpl(Body.OfKernel)]
    private static void Backward<V, F>(float* x, float* dY, int rows, int width, float* dX, float* dBias)
        where V : struct, ISimdVector<V>
        where F : INonLinearity
    {
        for (int r = 0; r < rows; r++, x += width, dY += width, dX += width)
        {
            for (int c = 0; c < width; c += V.Count)
            {
                V d = V.Load(dY + c, width - c) * F.Slope(V.Load(x + c, width - c), out _);
                d.Store(dX + c, width - c);
                if (dBias is not null)
                {
                    (V.Load(dBias + c, width - c) + d).Store(dBias + c, width - c);
                }
            }
        }
    }
}
