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
    public static void Forward(NonLinearity function, float* x, float* bias, int rows, int width, float* y) =>
        ActivationKernel.Run(function, new ForwardKernel(x, bias, rows, width, y));

    /// <summary>dX[r,c] = dY[r,c]·f'(x[r,c]);  dBias[c] += Σ_r dX[r,c].</summary>
    /// <param name="function">f</param>
    /// <param name="x">(rows, width) as <see cref="Forward"/> left it.</param>
    /// <param name="dY">(rows, width)</param>
    /// <param name="dX">(rows, width); may be <paramref name="dY"/>.</param>
    /// <param name="dBias">(width), this chunk's part of the gradient; or null.</param>
    public static void Backward(NonLinearity function, float* x, float* dY, int rows, int width, float* dX, float* dBias) =>
        ActivationKernel.Run(function, new BackwardKernel(x, dY, rows, width, dX, dBias));

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
