using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoeScale.Training.Kernels.Vectors;

/// <summary>Sixteen floats in a register of AVX-512.</summary>
internal readonly unsafe struct SimdVector16(Vector512<float> value) : ISimdVector<SimdVector16>
{
    private readonly Vector512<float> _value = value;

    public static int Count => 16;

    public static bool HasManyRegisters => true;

    public static SimdVector16 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector512<float>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector16 Load(float* x) => new(Vector512.Load(x));

    // The whole vector last: it is then what the processor runs into, and the part of one what it jumps to. Norms took half as long again
    // the other way.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector16 Load(float* x, int left) =>
        left < 16 ? new(Avx512F.MaskLoad(x, Mask(left), Vector512<float>.Zero)) : new(Vector512.Load(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector16 Broadcast(float x) => new(Vector512.Create(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* x) => Vector512.Store(_value, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* x, int left)
    {
        if (left >= 16)
        {
            Vector512.Store(_value, x);
        }
        else
        {
            Avx512F.MaskStore(x, Mask(left), _value);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector16 operator +(SimdVector16 a, SimdVector16 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector16 operator -(SimdVector16 a, SimdVector16 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector16 operator *(SimdVector16 a, SimdVector16 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector16 operator /(SimdVector16 a, SimdVector16 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector16 MultiplyAdd(SimdVector16 a, SimdVector16 b, SimdVector16 c) =>
        new(Avx512F.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector16 SubtractProduct(SimdVector16 c, SimdVector16 a, SimdVector16 b) =>
        new(Avx512F.FusedMultiplyAddNegated(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector16 Max(SimdVector16 a, SimdVector16 b) => new(Avx512F.Max(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector16 Abs(SimdVector16 x) => new(Vector512.Abs(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector16 Sqrt(SimdVector16 x) => new(Avx512F.Sqrt(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector16 WhereLess(SimdVector16 x, SimdVector16 bound, SimdVector16 yes, SimdVector16 no) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(x._value, bound._value), yes._value, no._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector16 First(SimdVector16 x, int left, SimdVector16 other) =>
        new(Vector512.ConditionalSelect(Mask(left), x._value, other._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector16 AddToExponent(SimdVector16 x, SimdVector16 bits) =>
        new((x._value.AsInt32() + Vector512.ShiftLeft(bits._value.AsInt32(), 23)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(SimdVector16 x) => SimdVector8.Sum(new SimdVector8(x._value.GetLower() + x._value.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Maximum(SimdVector16 x) =>
        SimdVector8.Maximum(SimdVector8.Max(new SimdVector8(x._value.GetLower()), new SimdVector8(x._value.GetUpper())));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Mask(int left) => Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(left)).AsSingle();
}
