using System.Runtime.InteropServices;

namespace MoeScale.Training.Tests.Kernels;

/// <summary>Memory that ends where a page begins that nobody may touch: a read beyond it ends the process. Linux only.</summary>
internal sealed unsafe partial class PageGuard : IDisposable
{
    private const int None = 0;
    private const int ReadAndWrite = 3;
    private const int PrivateAnonymous = 0x22;

    private readonly nint _start;
    private readonly nint _length;

    /// <summary>Numbers from 0 to 1.</summary>
    public PageGuard(int count, Random random)
    {
        nint page = Environment.SystemPageSize;
        nint used = ((count * sizeof(float)) + page - 1) / page * page;
        _length = used + page;
        _start = Map(0, _length, ReadAndWrite, PrivateAnonymous, -1, 0);
        Assert.NotEqual(-1, _start);
        Assert.Equal(0, Protect(_start + used, page, None));
        Data = (float*)(_start + used) - count;
        for (int i = 0; i < count; i++)
        {
            Data[i] = random.NextSingle();
        }
    }

    public float* Data { get; }

    public void Dispose() => _ = Unmap(_start, _length);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nint length);
}
