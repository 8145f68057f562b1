using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoeScale.Training.Kernels.Vectors;

/// <summary>Sixteen floats in a register of AVX-512.</summary>
internal readonly unsafe struct Lanes16(Vector512<float> value) : ILanes<Lanes16>
{
    private readonly Vector512<float> _value = value;

    public static int Count => 16;

    public static bool HasManyRegisters => true;

    public static Lanes16 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector512<float>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Load(float* x) => new(Vector512.Load(x));

    // The whole vector last: it is then what the processor runs into, and the part of one what it jumps to. Norms took half as long again the other way.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Load(float* x, int left) =>
        left < 16 ? new(Avx512F.MaskLoad(x, Mask(left), Vector512<float>.Zero)) : new(Vector512.Load(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Broadcast(float x) => new(Vector512.Create(x));

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
    public static Lanes16 operator +(Lanes16 a, Lanes16 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 operator -(Lanes16 a, Lanes16 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 operator *(Lanes16 a, Lanes16 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 operator /(Lanes16 a, Lanes16 b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 MultiplyAdd(Lanes16 a, Lanes16 b, Lanes16 c) => new(Avx512F.FusedMultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 SubtractProduct(Lanes16 c, Lanes16 a, Lanes16 b) => new(Avx512F.FusedMultiplyAddNegated(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Max(Lanes16 a, Lanes16 b) => new(Avx512F.Max(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Abs(Lanes16 x) => new(Vector512.Abs(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Sqrt(Lanes16 x) => new(Avx512F.Sqrt(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 WhereLess(Lanes16 x, Lanes16 bound, Lanes16 yes, Lanes16 no) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(x._value, bound._value), yes._value, no._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 First(Lanes16 x, int left, Lanes16 other) => new(Vector512.ConditionalSelect(Mask(left), x._value, other._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 AddToExponent(Lanes16 x, Lanes16 bits) =>
        new((x._value.AsInt32() + Vector512.ShiftLeft(bits._value.AsInt32(), 23)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes16 x) => Lanes8.Sum(new Lanes8(x._value.GetLower() + x._value.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Maximum(Lanes16 x) => Lanes8.Maximum(Lanes8.Max(new Lanes8(x._value.GetLower()), new Lanes8(x._value.GetUpper())));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Mask(int left) => Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(left)).AsSingle();
}
