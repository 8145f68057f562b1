using System.Runtime.CompilerServices;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Kernels;

/// <summary>y = f(gate)·up: the middle of SwiGLU (f = SiLU) and GeGLU (f = GELU) layers.</summary>
/// <remarks>
/// Gate and up lie side by side, x = [gate | up], as one product with both matrices leaves them. Shazeer 2020 (arXiv:2002.05202).
/// </remarks>
internal static unsafe class GatedActivations
{
    /// <summary>x[r,c] += bias[c];  y[r,c] = f(x[r,c])·x[r, width + c].</summary>
    /// <param name="function">f</param>
    /// <param name="x">(rows, 2·width) before the bias, after it on return: what <see cref="Backward"/> reads.</param>
    /// <param name="bias">(2·width), or null: x is then only read.</param>
    /// <param name="width">Of the output.</param>
    /// <param name="y">(rows, width)</param>
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

    /// <summary>dGate = dY·up·f'(gate), dUp = dY·f(gate);  dBias[c] += Σ_r dX[r,c].</summary>
    /// <param name="function">f</param>
    /// <param name="x">(rows, 2·width) as <see cref="Forward"/> left it.</param>
    /// <param name="dY">(rows, width)</param>
    /// <param name="dX">(rows, 2·width); may be <paramref name="x"/>.</param>
    /// <param name="dBias">(2·width), this chunk's part of the gradient; or null.</param>
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
        for (int r = 0; r < rows; r++, x += 2 * width, y += width)
        {
            for (int c = 0; c < width; c += V.Count)
            {
                V gate = V.Load(x + c, width - c),
                    up = V.Load(x + width + c, width - c);
                if (bias is not null)
                {
                    gate += V.Load(bias + c, width - c);
                    up += V.Load(bias + width + c, width - c);
                    gate.Store(x + c, width - c);
                    up.Store(x + width + c, width - c);
                }
                (F.Value(gate) * up).Store(y + c, width - c);
            }
        }
    }

    [MethodImpl(Body.OfKernel)]
    private static void Backward<V, F>(float* x, float* dY, int rows, int width, float* dX, float* dBias)
        where V : struct, ISimdVector<V>
        where F : INonLinearity
    {
        for (int r = 0; r < rows; r++, x += 2 * width, dY += width, dX += 2 * width)
        {
            for (int c = 0; c < width; c += V.Count)
            {
                V d = V.Load(dY + c, width - c);
                V dGate = d * V.Load(x + width + c, width - c) * F.Slope(V.Load(x + c, width - c), out V value);
                V dUp = d * value;
                dGate.Store(dX + c, width - c);
                dUp.Store(dX + width + c, width - c);
                if (dBias is not null)
                {
                    (V.Load(dBias + c, width - c) + dGate).Store(dBias + c, width - c);
                    (V.Load(dBias + width + c, width - c) + dUp).Store(dBias + width + c, width - c);
                }
            }
        }
    }
}
