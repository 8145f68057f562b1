using System.Runtime.InteropServices;

namespace MoeScale.Bench;

/// <summary>OpenBLAS, if the machine has it (Debian: libopenblas0).</summary>
internal static unsafe class OpenBlas
{
    private const int RowMajor = 101;
    private const int AsStored = 111;
    private const int Transposed = 112;

    private static readonly nint Library = NativeLibrary.TryLoad("libopenblas.so.0", out nint library) ? library : 0;

    /// <summary>Null if it is not installed.</summary>
    public static string? Version { get; } =
        Library == 0
            ? null
            : Marshal.PtrToStringAnsi(((delegate* unmanaged<nint>)NativeLibrary.GetExport(Library, "openblas_get_config"))());

    private static readonly nint Product = Library == 0 ? 0 : NativeLibrary.GetExport(Library, "cblas_sgemm");
    private static readonly nint Threads = Library == 0 ? 0 : NativeLibrary.GetExport(Library, "openblas_set_num_threads");

    public static void SetThreads(int threads) => ((delegate* unmanaged<int, void>)Threads)(threads);

    /// <summary>output (m, n) = left·right + beta·output, each without gaps; a transposed operand is stored the other way round.</summary>
    public static void Multiply(
        bool transposeLeft,
        bool transposeRight,
        int m,
        int n,
        int k,
        float* left,
        float* right,
        float beta,
        float* output
    ) =>
        ((delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)Product)(
            RowMajor,
            transposeLeft ? Transposed : AsStored,
            transposeRight ? Transposed : AsStored,
            m,
            n,
            k,
            1,
            left,
            transposeLeft ? m : k,
            right,
            transposeRight ? k : n,
            beta,
            output,
            n
        );
}
