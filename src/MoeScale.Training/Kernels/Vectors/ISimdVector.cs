namespace MoeScale.Training.Kernels.Vectors;

/// <summary>
/// A vector of floats whose width a kernel does not know: kernels are written once over it and the compiler makes a version
/// for each of <see cref="SimdVector16"/> (AVX-512), <see cref="SimdVector8"/> (AVX2) and <see cref="SimdVector4"/> (any machine).
/// </summary>
/// <remarks>
/// Loads and stores that take <c>left</c> touch the first min(left, Count) floats only, and read zeros beyond; left ≥ 1. So a
/// loop needs no second body for its end. Results may differ between widths in their last bits, never between runs on one.
/// </remarks>
internal unsafe interface ISimdVector<TSelf>
    where TSelf : struct, ISimdVector<TSelf>
{
    static abstract int Count { get; }

    /// <summary>Whether there are 32 registers, so that 16 sums fit beside their operands.</summary>
    static abstract bool HasManyRegisters { get; }

    static abstract TSelf Zero { get; }

    static abstract TSelf Load(float* x);

    static abstract TSelf Load(float* x, int left);

    static abstract TSelf Broadcast(float x);

    void Store(float* x);

    void Store(float* x, int left);

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);

    /// <summary>a·b + c, rounded once where the machine can.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>c − a·b, rounded once where the machine can.</summary>
    static abstract TSelf SubtractProduct(TSelf c, TSelf a, TSelf b);

    /// <summary>The larger of two; which one for a NaN is not said.</summary>
    static abstract TSelf Max(TSelf a, TSelf b);

    static abstract TSelf Abs(TSelf x);

    static abstract TSelf Sqrt(TSelf x);

    /// <summary>x &lt; bound ? yes : no, lane by lane; a NaN takes no.</summary>
    static abstract TSelf WhereLess(TSelf x, TSelf bound, TSelf yes, TSelf no);

    /// <summary>The first <c>left</c> lanes of x, the others <paramref name="other"/>.</summary>
    static abstract TSelf First(TSelf x, int left, TSelf other);

    /// <summary>x·2ⁿ by adding n to the exponent, where the low nine bits of each lane of <paramref name="bits"/> are n.</summary>
    static abstract TSelf AddToExponent(TSelf x, TSelf bits);

    /// <summary>Sum of the lanes, in an order of its own that never changes.</summary>
    static abstract float Sum(TSelf x);

    static abstract float Maximum(TSelf x);
}
