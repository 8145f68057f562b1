using System.Runtime.CompilerServices;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Kernels;

/// <summary>
/// y[r,c] = xhat[r,c]·gain[c] + bias[c] with xhat = (x − mean)·rstd, mean and variance taken over each row, rstd = 1/√(variance + ε).
/// Ba, Kiros and Hinton 2016 (arXiv:1607.06450).
/// </summary>
/// <remarks>
/// The variance is taken about the mean, in a second pass over the row: one pass of squares would lose digits where the mean is large.
/// </remarks>
internal static unsafe class LayerNorm
{
    /// <summary>Adds the residual branch, if there is one, and normalises the sum.</summary>
    /// <param name="x">(rows, width)</param>
    /// <param name="added">(rows, width), added to x first; or null.</param>
    /// <param name="gain">(width)</param>
    /// <param name="bias">(width), or null.</param>
    /// <param name="sum">(rows, width), x + added, which is then the norm's input; not touched where there is nothing to add. May be
    /// <paramref name="x"/> or <paramref name="added"/>.</param>
    /// <param name="mean">(rows), for <see cref="Backward"/>.</param>
    /// <param name="rstd">(rows), for <see cref="Backward"/>.</param>
    /// <param name="y">(rows, width); may be <paramref name="x"/> or <paramref name="added"/>, not <paramref name="sum"/>.</param>
    public static void Forward(
        float* x,
        float* added,
        float* gain,
        float* bias,
        int rows,
        int width,
        float epsilon,
        float* sum,
        float* mean,
        float* rstd,
        float* y
    ) => Simd.Run(new ForwardKernel(x, added, gain, bias, rows, width, epsilon, sum, mean, rstd, y));

    /// <summary>
    /// With d = dY·gain: dX = rstd·(d − mean_c(d) − xhat·mean_c(d·xhat)), and into this chunk's parts dGain[c] += Σ_r dY·xhat, dBias[c] +=
    /// Σ_r dY.
    /// </summary>
    /// <param name="x">(rows, width), what was normalised.</param>
    /// <param name="gain">(width)</param>
    /// <param name="dY">(rows, width)</param>
    /// <param name="mean">(rows)</param>
    /// <param name="rstd">(rows)</param>
    /// <param name="accumulate">Whether dX is added to: to the gradient of the residual stream that passes by.</param>
    /// <param name="dX">(rows, width); may be <paramref name="dY"/> unless added to.</param>
    /// <param name="dGain">(width)</param>
    /// <param name="dBias">(width), or null.</param>
    public static void Backward(
        float* x,
        float* gain,
        float* dY,
        int rows,
        int width,
        float* mean,
        float* rstd,
        bool accumulate,
        float* dX,
        float* dGain,
        float* dBias
    ) => Simd.Run(new BackwardKernel(x, gain, dY, rows, width, mean, rstd, accumulate, dX, dGain, dBias));

    [MethodImpl(Body.OfKernel)]
    private static void Forward<V>(
        float* x,
        float* added,
        float* gain,
        float* bias,
        int rows,
        int width,
        float epsilon,
        float* sum,
        float* mean,
        float* rstd,
        float* y
    )
        where V : struct, ISimdVector<V>
    {
        for (int r = 0; r < rows; r++)
        {
            nint row = (nint)r * width;
            float* input = x + row;
            V total = V.Zero;
            if (added is null)
            {
                for (int c = 0; c < width; c += V.Count)
                {
                    total += V.Load(input + c, width - c);
                }
            }
            else
            {
                input = sum + row;
                for (int c = 0; c < width; c += V.Count)
                {
                    V s = V.Load(x + row + c, width - c) + V.Load(added + row + c, width - c);
                    s.Store(input + c, width - c);
                    total += s;
                }
            }
            mean[r] = V.Sum(total) / width;
            V m = V.Broadcast(mean[r]),
                squares = V.Zero;
            for (int c = 0; c < width; c += V.Count)
            {
                V centred = V.First(V.Load(input + c, width - c) - m, width - c, V.Zero);
                squares = V.MultiplyAdd(centred, centred, squares);
            }
            rstd[r] = 1 / MathF.Sqrt((V.Sum(squares) / width) + epsilon);
            V scale = V.Broadcast(rstd[r]);
            for (int c = 0; c < width; c += V.Count)
            {
                V xhat = (V.Load(input + c, width - c) - m) * scale;
                V shift = bias is null ? V.Zero : V.Load(bias + c, width - c);
                V.MultiplyAdd(xhat, V.Load(gain + c, width - c), shift).Store(y + row + c, width - c);
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
        float* mean,
        float* rstd,
        bool accumulate,
        float* dX,
        float* dGain,
        float* dBias
    )
        where V : struct, ISimdVector<V>
    {
        for (int r = 0; r < rows; r++, x += width, dY += width, dX += width)
        {
            V m = V.Broadcast(mean[r]),
                scale = V.Broadcast(rstd[r]),
                sum = V.Zero,
                product = V.Zero;
            for (int c = 0; c < width; c += V.Count)
            {
                int left = width - c;
                V dy = V.Load(dY + c, left),
                    xhat = (V.Load(x + c, left) - m) * scale,
                    d = dy * V.Load(gain + c, left);
                sum += d;
                product = V.MultiplyAdd(d, xhat, product); // beyond the row d is 0
                V.MultiplyAdd(dy, xhat, V.Load(dGain + c, left)).Store(dGain + c, left);
                if (dBias is not null)
                {
                    (V.Load(dBias + c, left) + dy).Store(dBias + c, left);
                }
            }
            V meanOfD = V.Broadcast(V.Sum(sum) / width),
                meanOfProduct = V.Broadcast(V.Sum(product) / width);
            for (int c = 0; c < width; c += V.Count)
            {
                int left = width - c;
                V xhat = (V.Load(x + c, left) - m) * scale;
                V d = V.MultiplyAdd(V.Load(dY + c, left), V.Load(gain + c, left), V.Zero - meanOfD);
                V before = accumulate ? V.Load(dX + c, left) : V.Zero;
                V.MultiplyAdd(V.SubtractProduct(d, xhat, meanOfProduct), scale, before).Store(dX + c, left);
            }
        }
    }

    private readonly struct ForwardKernel(
        float* x,
        float* added,
        float* gain,
        float* bias,
        int rows,
        int width,
        float epsilon,
        float* sum,
        float* mean,
        float* rstd,
        float* y
    ) : ISimdKernel
    {
        public void Run<V>()
            where V : struct, ISimdVector<V> => Forward<V>(x, added, gain, bias, rows, width, epsilon, sum, mean, rstd, y);
    }

    private readonly struct BackwardKernel(
        float* x,
        float* gain,
        float* dY,
        int rows,
        int width,
        float* mean,
        float* rstd,
        bool accumulate,
        float* dX,
        float* dGain,
        float* dBias
    ) : ISimdKernel
    {
        public void Run<V>()
            where V : struct, ISimdVector<V> => Backward<V>(x, gain, dY, rows, width, mean, rstd, accumulate, dX, dGain, dBias);
    }
}
