using System.Runtime.CompilerServices;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Kernels;

/// <summary>The call of a kernel that has a non-linearity in its loop.</summary>
internal interface IActivationKernel
{
    void Run<V, F>()
        where V : struct, ISimdVector<V>
        where F : INonLinearity;
}

/// <summary>The one place where the function of a kernel is chosen.</summary>
internal static class ActivationKernel
{
    /// <inheritdoc cref="Simd.Run"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TKernel>(NonLinearity function, TKernel kernel)
        where TKernel : struct, IActivationKernel
    {
        switch (function)
        {
            case NonLinearity.Gelu:
                Simd.Run(new Of<TKernel, Gelu>(kernel));
                break;
            case NonLinearity.GeluTanh:
                Simd.Run(new Of<TKernel, GeluTanh>(kernel));
                break;
            case NonLinearity.Relu:
                Simd.Run(new Of<TKernel, Relu>(kernel));
                break;
            default:
                Simd.Run(new Of<TKernel, Silu>(kernel));
                break;
        }
    }

    private readonly struct Of<TKernel, F>(TKernel kernel) : ISimdKernel
        where TKernel : struct, IActivationKernel
        where F : INonLinearity
    {
        public void Run<V>()
            where V : struct, ISimdVector<V> => kernel.Run<V, F>();
    }
}
