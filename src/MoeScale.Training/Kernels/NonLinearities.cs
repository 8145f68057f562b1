using System.Runtime.CompilerServices;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Kernels;

/// <summary>The non-linearity of a feed-forward layer.</summary>
/// <remarks>
/// A model file's <c>gelu</c> and <c>geglu</c> do not say which GELU they mean, since they cost the same. The exact one is what
/// PyTorch's nn.GELU() and Hugging Face's "gelu" compute, and the default here; "gelu_new" and "gelu_pytorch_tanh", so GPT-2 itself,
/// need <see cref="NonLinearity.GeluTanh"/>. They differ by up to 5e−4.
/// </remarks>
public enum NonLinearity
{
    /// <summary>x·Φ(x), Φ the distribution function of the normal distribution.</summary>
    Gelu,

    /// <summary>x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))/2.</summary>
    GeluTanh,

    /// <summary>max(x, 0), with slope 0 at 0.</summary>
    Relu,

    /// <summary>x/(1 + e⁻ˣ), the gate of SwiGLU.</summary>
    Silu,
}

/// <summary>A scalar function of each lane, with its slope.</summary>
internal interface INonLinearity
{
    static abstract V Value<V>(V x)
        where V : struct, ISimdVector<V>;

    static abstract V Slope<V>(V x, out V value)
        where V : struct, ISimdVector<V>;
}

/// <summary>Hendrycks and Gimpel 2016 (arXiv:1606.08415).</summary>
/// <remarks>
/// Φ(−a) = e^(−a²/2)·t·P(t) with t = 1/(1 + 0.35·a), a ≥ 0: the tail without its exponential is smooth in t. P, of degree 8, is fitted to
/// the smallest largest relative error over a ≤ 14, 3e−8; beyond 13.2 the exponential is 0. So Φ is right to about 2e−7 relative in both
/// tails up to the rounding of a²/2, and its exponential serves the slope Φ(x) + x·e^(−x²/2)/√(2π) as well.
/// </remarks>
internal readonly struct Gelu : INonLinearity
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x)
        where V : struct, ISimdVector<V> => x * Distribution(x, out _);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope<V>(V x, out V value)
        where V : struct, ISimdVector<V>
    {
        V below = Distribution(x, out V bell);
        value = x * below;
        return V.MultiplyAdd(x * V.Broadcast(0.39894228f), bell, below);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Distribution<V>(V x, out V bell)
        where V : struct, ISimdVector<V>
    {
        bell = Exponential.Of(V.Broadcast(-0.5f) * x * x);
        V t = V.Broadcast(1) / V.MultiplyAdd(V.Abs(x), V.Broadcast(0.35f), V.Broadcast(1));
        V p = V.MultiplyAdd(V.Broadcast(-0.02914670253f), t, V.Broadcast(0.1439749824f));
        p = V.MultiplyAdd(p, t, V.Broadcast(-0.2557201459f));
        p = V.MultiplyAdd(p, t, V.Broadcast(0.1591799915f));
        p = V.MultiplyAdd(p, t, V.Broadcast(-0.02311333828f));
        p = V.MultiplyAdd(p, t, V.Broadcast(0.105509325f));
        p = V.MultiplyAdd(p, t, V.Broadcast(0.1198325594f));
        p = V.MultiplyAdd(p, t, V.Broadcast(0.1398619104f));
        p = V.MultiplyAdd(p, t, V.Broadcast(0.139621402f));
        V tail = bell * t * p;
        return V.WhereLess(x, V.Zero, tail, V.Broadcast(1) - tail);
    }
}

/// <summary>As <see cref="Silu"/> of 2u, since (1 + tanh u)/2 = 1/(1 + e⁻²ᵘ); beyond |x| = 1e19 the slope is not a number.</summary>
internal readonly struct GeluTanh : INonLinearity
{
    private const float Root = 1.5957691216f; // 2·√(2/π)

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x)
        where V : struct, ISimdVector<V> => x * Silu.Sigmoid(Twice(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope<V>(V x, out V value)
        where V : struct, ISimdVector<V>
    {
        V s = Silu.Sigmoid(Twice(x));
        V inner = V.MultiplyAdd(V.Broadcast(3 * 0.044715f * Root) * x, x, V.Broadcast(Root));
        value = x * s;
        return V.MultiplyAdd(value * (V.Broadcast(1) - s), inner, s);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Twice<V>(V x)
        where V : struct, ISimdVector<V> => x * V.MultiplyAdd(V.Broadcast(0.044715f * Root) * x, x, V.Broadcast(Root));
}

internal readonly struct Relu : INonLinearity
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x)
        where V : struct, ISimdVector<V> => V.WhereLess(x, V.Zero, V.Zero, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope<V>(V x, out V value)
        where V : struct, ISimdVector<V>
    {
        value = Value(x);
        return V.WhereLess(V.Zero, x, V.Broadcast(1), V.Zero);
    }
}

/// <summary>x·σ(x); slope σ·(1 + x·(1 − σ)).</summary>
internal readonly struct Silu : INonLinearity
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Value<V>(V x)
        where V : struct, ISimdVector<V> => x * Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Slope<V>(V x, out V value)
        where V : struct, ISimdVector<V>
    {
        V s = Sigmoid(x);
        value = x * s;
        return V.MultiplyAdd(value, V.Broadcast(1) - s, s);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid<V>(V x)
        where V : struct, ISimdVector<V> => V.Broadcast(1) / (V.Broadcast(1) + Exponential.Of(V.Zero - x));
}
