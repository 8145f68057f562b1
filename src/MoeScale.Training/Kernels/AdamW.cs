using System.Runtime.CompilerServices;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Kernels;

/// <summary>One step of AdamW over a range of floats, in one pass over memory. Loshchilov and Hutter 2019 (arXiv:1711.05101).</summary>
/// <remarks>
/// g = gradientScale·dWeight;  m = β₁·m + (1 − β₁)·g;  v = β₂·v + (1 − β₂)·g²;
/// weight = weight·(1 − rate·decay) − rate/(1 − β₁ᵗ)·m/(√v/√(1 − β₂ᵗ) + ε), as PyTorch's torch.optim.AdamW does it.
/// Moments below the smallest normal number (1.2e−38) become 0: where a gradient stays away they would otherwise shrink into denormal
/// numbers, on which every later step is many times slower. What is lost is 1e−11 of ε at most.
/// </remarks>
internal static unsafe class AdamW
{
    private const float SmallestNormal = 1.17549435e-38f;

    /// <param name="step">The same for all floats of one kind.</param>
    /// <param name="gradient">(length)</param>
    /// <param name="first">(length), m.</param>
    /// <param name="second">(length), v.</param>
    /// <param name="weight">(length)</param>
    public static void Update(in AdamWStep step, float* gradient, int length, float* first, float* second, float* weight) =>
        Simd.Run(new UpdateKernel(step, gradient, length, first, second, weight));

    [MethodImpl(Body.OfKernel)]
    private static void Update<V>(in AdamWStep step, float* gradient, int length, float* first, float* second, float* weight)
        where V : struct, ISimdVector<V>
    {
        V scale = V.Broadcast(step.GradientScale),
            keep = V.Broadcast(step.Keep),
            size = V.Broadcast(step.Size),
            epsilon = V.Broadcast(step.Epsilon);
        V beta1 = V.Broadcast(step.Beta1),
            rest1 = V.Broadcast(step.Rest1),
            beta2 = V.Broadcast(step.Beta2),
            rest2 = V.Broadcast(step.Rest2);
        V correction = V.Broadcast(step.Correction2),
            tiny = V.Broadcast(SmallestNormal);
        for (int i = 0; i < length; i += V.Count)
        {
            int left = length - i;
            V g = scale * V.Load(gradient + i, left);
            V m = V.MultiplyAdd(beta1, V.Load(first + i, left), rest1 * g);
            V v = V.MultiplyAdd(beta2, V.Load(second + i, left), rest2 * g * g);
            m = V.WhereLess(V.Abs(m), tiny, V.Zero, m);
            v = V.WhereLess(v, tiny, V.Zero, v);
            V move = m / V.MultiplyAdd(V.Sqrt(v), correction, epsilon);
            V w = V.SubtractProduct(keep * V.Load(weight + i, left), size, move);
            m.Store(first + i, left);
            v.Store(second + i, left);
            w.Store(weight + i, left);
        }
    }

    private readonly struct UpdateKernel(AdamWStep step, float* gradient, int length, float* first, float* second, float* weight)
        : ISimdKernel
    {
        public void Run<V>()
            where V : struct, ISimdVector<V> => Update<V>(step, gradient, length, first, second, weight);
    }
}

/// <summary>The factors of one step, worked out in double precision.</summary>
internal readonly struct AdamWStep
{
    /// <param name="rate">Learning rate.</param>
    /// <param name="decay">Weight decay, applied to the weight and not to the gradient.</param>
    /// <param name="step">t, from 1.</param>
    /// <param name="gradientScale">What clipping makes of the gradient: min(1, limit/norm).</param>
    public AdamWStep(double rate, double beta1, double beta2, double epsilon, double decay, long step, double gradientScale)
    {
        Beta1 = (float)beta1;
        Rest1 = (float)(1 - beta1);
        Beta2 = (float)beta2;
        Rest2 = (float)(1 - beta2);
        Epsilon = (float)epsilon;
        Keep = (float)(1 - (rate * decay));
        Size = (float)(rate / (1 - Math.Pow(beta1, step)));
        Correction2 = (float)(1 / Math.Sqrt(1 - Math.Pow(beta2, step)));
        GradientScale = (float)gradientScale;
    }

    public float Beta1 { get; }

    public float Rest1 { get; }

    public float Beta2 { get; }

    public float Rest2 { get; }

    public float Epsilon { get; }

    /// <summary>1 − rate·decay</summary>
    public float Keep { get; }

    /// <summary>rate/(1 − β₁ᵗ)</summary>
    public float Size { get; }

    /// <summary>1/√(1 − β₂ᵗ)</summary>
    public float Correction2 { get; }

    public float GradientScale { get; }
}
