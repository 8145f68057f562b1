using System.Runtime.CompilerServices;

namespace MoeScale.Training.Kernels.Vectors;

/// <summary>eˣ of a whole vector.</summary>
/// <remarks>
/// eˣ = 2ⁿ·p(r) with n = round(x/ln 2), |r| ≤ ln 2/2, ln 2 taken in two parts. p is 1 + r + r²·q(r), q of degree 4 fitted to the
/// smallest largest relative error, 3e−9, so that rounding decides: below 1e−7 relative. From −126·ln 2 down the result, no longer a
/// normal number, is exactly 0: denormal numbers would slow whatever reads them by a factor of ten. From 128·ln 2 up it is ∞;
/// a NaN stays one.
/// </remarks>
internal static class Exponential
{
    private const float Lowest = -87.33654f; // -126·ln 2, rounded up
    private const float Highest = 88.72284f; // 128·ln 2, rounded up

    // 1.5·2²³: a float this large has no fraction, so that adding it rounds, and its low bits then hold n.
    private const float Rounder = 12582912f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Of<V>(V x)
        where V : struct, ISimdVector<V>
    {
        V rounded = V.MultiplyAdd(x, V.Broadcast(1.44269504f), V.Broadcast(Rounder));
        V n = rounded - V.Broadcast(Rounder);
        V r = V.SubtractProduct(x, n, V.Broadcast(0.693359375f)); // 10 bits, so that n times it is exact
        r = V.SubtractProduct(r, n, V.Broadcast(-2.12194440e-4f));
        V q = V.MultiplyAdd(V.Broadcast(0.001381467562f), r, V.Broadcast(0.008368716778f));
        q = V.MultiplyAdd(q, r, V.Broadcast(0.04166838693f));
        q = V.MultiplyAdd(q, r, V.Broadcast(0.1666652063f));
        q = V.MultiplyAdd(q, r, V.Broadcast(0.4999999345f));
        V p = V.MultiplyAdd(q, r * r, r) + V.Broadcast(1);
        V y = V.AddToExponent(p, rounded);
        y = V.WhereLess(x, V.Broadcast(Lowest), V.Zero, y);
        return V.WhereLess(V.Broadcast(Highest), x, V.Broadcast(float.PositiveInfinity), y);
    }

    /// <summary>y[i] = exp(x[i]).</summary>
    /// <param name="x">(length); may be <paramref name="y"/>.</param>
    public static unsafe void Forward(float* x, int length, float* y) => Simd.Run(new ForwardKernel(x, length, y));

    [MethodImpl(Body.OfKernel)]
    private static unsafe void Forward<V>(float* x, int length, float* y)
        where V : struct, ISimdVector<V>
    {
        for (int i = 0; i < length; i += V.Count)
        {
            Of(V.Load(x + i, length - i)).Store(y + i, length - i);
        }
    }

    private readonly unsafe struct ForwardKernel(float* x, int length, float* y) : ISimdKernel
    {
        public void Run<V>()
            where V : struct, ISimdVector<V> => Forward<V>(x, length, y);
    }
}
