using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeScale.Training.Kernels.Vectors;

/// <summary>Four floats, on any machine: a register of SSE or Neon, or four numbers where vectors are switched off.</summary>
internal readonly unsafe struct SimdVector4(Vector128<float> value) : ISimdVector<SimdVector4>
{
    private readonly Vector128<float> _value = value;

    public static int Count => 4;

    public static bool HasManyRegisters => false;

    public static SimdVector4 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector128<float>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector4 Load(float* x) => new(Vector128.Load(x));

    // The whole vector last: it is then what the processor runs into, and the part of one what it jumps to. Norms took half as long again
    // the other way.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector4 Load(float* x, int left) => left < 4 ? LoadPart(x, left) : new(Vector128.Load(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector4 Broadcast(float x) => new(Vector128.Create(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* x) => Vector128.Store(_value, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* x, int left)
    {
        if (left >= 4)
        {
            Vector128.Store(_value, x);
        }
        else
        {
            StorePart(x, left);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector4 operator +(SimdVector4 a, SimdVector4 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector4 operator -(SimdVector4 a, SimdVector4 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector4 operator *(SimdVector4 a, SimdVector4 b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector4 operator /(SimdVector4 a, SimdVector4 b) => new(a._value / b._value);

    // "Estimate" is the framework's word for: fused where that is fast, else a product and a sum.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector4 MultiplyAdd(SimdVector4 a, SimdVector4 b, SimdVector4 c) =>
        new(Vector128.MultiplyAddEstimate(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector4 SubtractProduct(SimdVector4 c, SimdVector4 a, SimdVector4 b) =>
        new(Vector128.MultiplyAddEstimate(-a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector4 Max(SimdVector4 a, SimdVector4 b) => new(Vector128.MaxNative(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector4 Abs(SimdVector4 x) => new(Vector128.Abs(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector4 Sqrt(SimdVector4 x) => new(Vector128.Sqrt(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector4 WhereLess(SimdVector4 x, SimdVector4 bound, SimdVector4 yes, SimdVector4 no) =>
        new(Vector128.ConditionalSelect(Vector128.LessThan(x._value, bound._value), yes._value, no._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector4 First(SimdVector4 x, int left, SimdVector4 other) =>
        new(
            Vector128.ConditionalSelect(
                Vector128.LessThan(Vector128<int>.Indices, Vector128.Create(left)).AsSingle(),
                x._value,
                other._value
            )
        );

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimdVector4 AddToExponent(SimdVector4 x, SimdVector4 bits) =>
        new((x._value.AsInt32() + Vector128.ShiftLeft(bits._value.AsInt32(), 23)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(SimdVector4 x) => Vector128.Sum(x._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Maximum(SimdVector4 x)
    {
        Vector128<float> pairs = Vector128.MaxNative(x._value, Vector128.Shuffle(x._value, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(pairs, Vector128.Shuffle(pairs, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    // In line as everything else: across a call, even one hardly ever made, all vectors of a loop would be kept in memory.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static SimdVector4 LoadPart(float* x, int left) => new(Vector128.Create(x[0], left > 1 ? x[1] : 0, left > 2 ? x[2] : 0, 0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void StorePart(float* x, int left)
    {
        x[0] = _value.GetElement(0);
        if (left > 1)
        {
            x[1] = _value.GetElement(1);
        }
        if (left > 2)
        {
            x[2] = _value.GetElement(2);
        }
    }
}
