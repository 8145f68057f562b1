using System.Runtime.Intrinsics.X86;

namespace MoeScale.Training.Kernels.Vectors;

/// <summary>Which instructions the kernels are made of, from plain to wide.</summary>
public enum SimdPath
{
    /// <summary>Vectors of 128 bits, on any processor.</summary>
    Portable,

    /// <summary>AVX2 with fused multiply-add: 256 bits.</summary>
    Avx2,

    /// <summary>AVX-512 F: 512 bits.</summary>
    Avx512,
}

/// <summary>
/// The path that this processor, and the switches of the runtime, allow. Each answer is a constant to the compiler, so that a choice by it
/// costs nothing.
/// </summary>
/// <remarks>
/// <c>Vector512.IsHardwareAccelerated</c> is false on processors that were once slower with wide registers, though explicit
/// AVX-512 code is twice as fast on them: the instruction sets themselves are asked.
/// </remarks>
public static class SimdPaths
{
    public static SimdPath Widest =>
        HasAvx512 ? SimdPath.Avx512
        : HasAvx2 ? SimdPath.Avx2
        : SimdPath.Portable;

    public static bool HasAvx512 => Avx512F.IsSupported;

    public static bool HasAvx2 => Avx2.IsSupported && Fma.IsSupported;
}
