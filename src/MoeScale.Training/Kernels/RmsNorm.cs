using System.Runtime.CompilerServices;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Kernels;

/// <summary>y[r,c] = x[r,c]·rstd[r]·gain[c] with rstd[r] = 1/√(mean_c x² + ε). Zhang and Sennrich 2019 (arXiv:1910.07467).</summary>
internal static unsafe class RmsNorm
{
    /// <summary>Adds the residual branch, if there is one, and normalises the sum.</summary>
    /// <param name="x">(rows, width)</param>
    /// <param name="added">(rows, width), added to x first; or null.</param>
    /// <param name="gain">(width)</param>
    /// <param name="sum">(rows, width), x + added, which is then the norm's input; not touched where there is nothing to add. May be
    /// <paramref name="x"/> or <paramref name="added"/>.</param>
    /// <param name="rstd">(rows), for <see cref="Backward"/>.</param>
    /// <param name="y">(rows, width); may be <paramref name="x"/> or <paramref name="added"/>, not <paramref name="sum"/>.</param>
    public static void Forward(
        float* x,
        float* added,
        float* gain,
        int rows,
        int width,
        float epsilon,
        float* sum,
        float* rstd,
        float* y
    ) => Simd.Run(new ForwardKernel(x, added, gain, rows, width, epsilon, sum, rstd, y));

    /// <summary>
    /// With xhat = x·rstd and d = dY·gain: dX = rstd·(d − xhat·mean_c(d·xhat)), and into this chunk's part dGain[c] += Σ_r dY·xhat.
    /// </summary>
    /// <param name="x">(rows, width), what was normalised.</param>
    /// <param name="gain">(width)</param>
    /// <param name="dY">(rows, width)</param>
    /// <param name="rstd">(rows)</param>
    /// <param name="accumulate">Whether dX is added to: to the gradient of the residual stream that passes by.</param>
    /// <param name="dX">(rows, width); may be <paramref name="dY"/> unless added to.</param>
    /// <param name="dGain">(width)</param>
    public static void Backward(
        float* x,
        float* gain,
        float* dY,
        int rows,
        int width,
        float* rstd,
        bool accumulate,
        float* dX,
        float* dGain
    ) => Simd.Run(new BackwardKernel(x, gain, dY, rows, width, rstd, accumulate, dX, dGain));

    [MethodImpl(Body.OfKernel)]
    private static void Forward<V>(
        float* x,
        float* added,
        float* gain,
        int rows,
        int width,
        float epsilon,
        float* sum,
        float* rstd,
        float* y
    )
        where V : struct, ISimdVector<V>
    {
        for (int r = 0; r < rows; r++)
        {
            nint row = (nint)r * width;
            float* input = x + row;
            V squares = V.Zero;
            if (added is null)
            {
                for (int c = 0; c < width; c += V.Count)
                {
                    V v = V.Load(input + c, width - c);
                    squares = V.MultiplyAdd(v, v, squares);
                }
            }
            else
            {
                input = sum + row;
                for (int c = 0; c < width; c += V.Count)
                {
                    V v = V.Load(x + row + c, width - c) + V.Load(added + row + c, width - c);
                    v.Store(input + c, width - c);
                    squares = V.MultiplyAdd(v, v, squares);
                }
            }
            rstd[r] = 1 / MathF.Sqrt((V.Sum(squares) / width) + epsilon);
            V scale = V.Broadcast(rstd[r]);
            for (int c = 0; c < width; c += V.Count)
            {
                (V.Load(input + c, width - c) * scale * V.Load(gain + c, width - c)).Store(y + row + c, width - c);
            }
        }
    }

    [MethodImpl(Body.OfKernel)]
    private static void Backward<V>(
        float* x,
        float* gain,
        float* dY,
        int rows,
        int width,
        float* rstd,
        bool accumulate,
        float* dX,
        float* dGain
    )
        where V : struct, ISimdVector<V>
    {
        for (int r = 0; r < rows; r++, x += width, dY += width, dX += width)
        {
            V scale = V.Broadcast(rstd[r]),
                product = V.Zero;
            for (int c = 0; c < width; c += V.Count)
            {
                int left = width - c;
                V t = V.Load(dY + c, left) * V.Load(x + c, left) * scale;
                product = V.MultiplyAdd(t, V.Load(gain + c, left), product);
                (V.Load(dGain + c, left) + t).Store(dGain + c, left);
            }
            V meanOfProduct = V.Broadcast(V.Sum(product) / width) * scale;
            for (int c = 0; c < width; c += V.Count)
            {
                int left = width - c;
                V d = V.Load(dY + c, left) * V.Load(gain + c, left);
                V before = accumulate ? V.Load(dX + c, left) : V.Zero;
                V.MultiplyAdd(V.SubtractProduct(d, V.Load(x + c, left), meanOfProduct), scale, before).Store(dX + c, left);
            }
        }
    }

    private readonly struct ForwardKernel(
        float* x,
        float* added,
        float* gain,
        int rows,
        int width,
        float epsilon,
        float* sum,
        float* rstd,
        float* y
    ) : ISimdKernel
    {
        public void Run<V>()
            where V : struct, ISimdVector<V> => Forward<V>(x, added, gain, rows, width, epsilon, sum, rstd, y);
    }

    private readonly struct BackwardKernel(
        float* x,
        float* gain,
        float* dY,
        int rows,
        int width,
        float* rstd,
        bool accumulate,
        float* dX,
        float* dGain
    ) : ISimdKernel
    {
        public void Run<V>()
            where V : struct, ISimdVector<V> => Backward<V>(x, gain, dY, rows, width, rstd, accumulate, dX, dGain);
    }
}
