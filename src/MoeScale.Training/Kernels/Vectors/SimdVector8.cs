using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoeScale.Training.Kernels.Vectors;

/// <summary>Eight floats in a register of AVX2, with its fused multiply-add.</summary>
internal readonly unsafe struct SimdVector8(Vector256<float> value) : ISimdVector<SimdVector8>
{
    private readonly Vector256<float> _value = value;

    public static int Count => 8;

    public static bool HasManyRegisters => false;

    public static SimdVector8 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector256<float>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector8 Load(float* x) => new(Vector256.Load(x));

    // The whole vector last: it is then what the processor runs into, and the part of one what it jumps to. Norms took half as long again
    // the other way.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector8 Load(float* x, int left) => left < 8 ? new(Avx.MaskLoad(x, Mask(left))) : new(Vector256.Load(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector8 Broadcast(float x) => new(Vector256.Create(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* x) => Vector256.Store(_value, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* x, int left)
    {
        if (left >= 8)
        {
            Vector256.Store(_value, x);
        }
        else
        {
            Avx.MaskStore(x, Mask(left), _value);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector8 operator +(SimdVector8 a, SimdVector8 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector8 operator -(SimdVector8 a, SimdVector8 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector8 operator *(SimdVector8 a, SimdVector8 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector8 operator /(SimdVector8 a, SimdVector8 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector8 MultiplyAdd(SimdVector8 a, SimdVector8 b, SimdVector8 c) =>
        new(Fma.MultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector8 SubtractProduct(SimdVector8 c, SimdVector8 a, SimdVector8 b) =>
        new(Fma.MultiplyAddNegated(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector8 Max(SimdVector8 a, SimdVector8 b) => new(Avx.Max(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector8 Abs(SimdVector8 x) => new(Vector256.Abs(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector8 Sqrt(SimdVector8 x) => new(Avx.Sqrt(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector8 WhereLess(SimdVector8 x, SimdVector8 bound, SimdVector8 yes, SimdVector8 no) =>
        new(Vector256.ConditionalSelect(Vector256.LessThan(x._value, bound._value), yes._value, no._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector8 First(SimdVector8 x, int left, SimdVector8 other) =>
        new(Vector256.ConditionalSelect(Mask(left), x._value, other._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector8 AddToExponent(SimdVector8 x, SimdVector8 bits) =>
        new((x._value.AsInt32() + Vector256.ShiftLeft(bits._value.AsInt32(), 23)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(SimdVector8 x) => SimdVector4.Sum(new SimdVector4(x._value.GetLower() + x._value.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Maximum(SimdVector8 x) =>
        SimdVector4.Maximum(SimdVector4.Max(new SimdVector4(x._value.GetLower()), new SimdVector4(x._value.GetUpper())));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Mask(int left) => Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(left)).AsSingle();
}
