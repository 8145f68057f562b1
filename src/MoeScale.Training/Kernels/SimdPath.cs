using System.Runtime.Intrinsics.X86;

namespace MoeScale.Training.Kernels;

/// <summary>The vectors that kernels run on here.</summary>
/// <remarks>
/// Asked of the instruction set itself: Vector512.IsHardwareAccelerated is false on machines that would lower their clock for
/// 512 bits, and the kernels are twice as fast with them all the same.
/// </remarks>
public enum Simd
{
    Portable,
    Avx2,
    Avx512,
}

public static class SimdPath
{
    /// <summary>Constant for the compiler, so that a choice by it costs nothing.</summary>
    public static Simd Here => HasAvx512 ? Simd.Avx512 : HasAvx2 ? Simd.Avx2 : Simd.Portable;

    public static bool HasAvx512 => Avx512F.IsSupported;

    public static bool HasAvx2 => Avx2.IsSupported && Fma.IsSupported;
}
