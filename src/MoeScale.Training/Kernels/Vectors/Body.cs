using System.Runtime.CompilerServices;

namespace MoeScale.Training.Kernels.Vectors;

/// <summary>How the bodies of kernels, the methods with the loops, are compiled.</summary>
internal static class Body
{
    /// <summary>
    /// Never into a caller: there the compiler may come to the end of its inlining budget and leave the small vector
    /// operations as calls, which was seen to make GELU twenty times and attention twice as slow, in one process and
    /// not in the next. And fully optimised at the first call: in the usual tiers a loop over a large batch runs slowly
    /// until it has been recompiled in the background, which on a busy machine takes seconds, and profiles make of one
    /// body different code in different runs.
    /// </summary>
    public const MethodImplOptions OfKernel = MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization;
}
