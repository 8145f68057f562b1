using System.Runtime.CompilerServices;

namespace MoeScale.Training.Kernels.Vectors;

/// <summary>
/// The call of a kernel with its arguments. Its loops stand in a method of their own, compiled as <see cref="Body.OfKernel"/> says.
/// </summary>
internal interface ISimdKernel
{
    void Run<V>()
        where V : struct, ISimdVector<V>;
}

/// <summary>The one place where a kernel's vectors are chosen.</summary>
/// <remarks>
/// A kernel is a struct, and what <see cref="SimdPaths"/> answers is a constant to the compiler: a choice comes down to the call of one
/// body, with its arguments in registers, and allocates nothing.
/// </remarks>
internal static class Simd
{
    /// <summary>Runs a kernel on the widest vectors that there are.</summary>
    /// <param name="kernel">With its arguments.</param>
    /// <param name="atMost8">Whether rows are so short that vectors of 16 would be half empty.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TKernel>(TKernel kernel, bool atMost8 = false)
        where TKernel : struct, ISimdKernel
    {
        if (SimdPaths.HasAvx512 && !atMost8)
        {
            kernel.Run<SimdVector16>();
        }
        else if (SimdPaths.HasAvx2)
        {
            kernel.Run<SimdVector8>();
        }
        else
        {
            kernel.Run<SimdVector4>();
        }
    }
}
