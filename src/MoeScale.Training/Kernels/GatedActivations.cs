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
    public static void Forward(NonLinearity function, float* x, float* bias, int rows, int width, float* y) =>
        ActivationKernel.Run(function, new ForwardKernel(x, bias, rows, width, y));

    /// <summary>dGate = dY·up·f'(gate), dUp = dY·f(gate);  dBias[c] += Σ_r dX[r,c].</summary>
    /// <param name="function">f</param>
    /// <param name="x">(rows, 2·width) as <see cref="Forward"/> left it.</param>
    /// <param name="dY">(rows, width)</param>
    /// <param name="dX">(rows, 2·width); may be <paramref name="x"/>.</param>
    /// <param name="dBias">(2·width), this chunk's part of the gradient; or null.</param>
    public static void Backward(NonLinearity function, float* x, float* dY, int rows, int width, float* dX, float* dBias) =>
        ActivationKernel.Run(function, new BackwardKernel(x, dY, rows, width, dX, dBias));

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

    private readonly struct ForwardKernel(float* x, float* bias, int rows, int width, float* y) : IActivationKernel
    {
        public void Run<V, F>()
            where V : struct, ISimdVector<V>
            where F : INonLinearity => Forward<V, F>(x, bias, rows, width, y);
    }

    private readonly struct BackwardKernel(float* x, float* dY, int rows, int width, float* dX, float* dBias) : IActivationKernel
    {
        public void Run<V, F>()
            where V : struct, ISimdVector<V>
            where F : INonLinearity => Backward<V, F>(x, dY, rows, width, dX, dBias);
    }
}
