using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MoeScale.Training.Kernels.Vectors;

/// <summary>Memory outside the managed heap, aligned to a cache line; what is in it at first is undefined.</summary>
internal sealed unsafe class NativeFloats : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <param name="count">Elements.</param>
    public NativeFloats(nint count)
        : base(ownsHandle: true) => SetHandle((nint)NativeMemory.AlignedAlloc((nuint)count * sizeof(float), 64));

    public float* Data => (float*)handle;

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}
