using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Kernels.Products;

/// <summary>The arithmetic ceiling of this machine: multiply-adds in registers, with nothing to load and nothing to wait for.</summary>
public static class PeakMeter
{
    // 24 sums: more than latency times rate of any processor so far (4 cycles, 2 a cycle), and few enough for 32 registers.
    // On the paths with 16 registers, 12.
    private const int Turns = 20_000;
    private const int Rounds = 12;
    private const int ChunksPerThread = 4;

    /// <summary>Billions of operations a second (a multiply-add is two) of all threads of the pool together, on the path in use.</summary>
    /// <remarks>
    /// The best of 12 rounds of about 2 ms: whatever else the machine does can only take away from a ceiling, so that the
    /// highest figure is the one that errs least. A boost that short work gets and long work does not is part of it.
    /// </remarks>
    public static double MeasureGflops(WorkerPool pool) => MeasureGflops(pool, SimdPaths.Widest);

    internal static double MeasureGflops(WorkerPool pool, SimdPath path)
    {
        int chunks = pool.Threads * ChunksPerThread;
        double operations =
            (double)chunks
            * Turns
            * path switch
            {
                SimdPath.Avx512 => 24 * 16 * 2,
                SimdPath.Avx2 => 12 * 8 * 2,
                _ => 12 * 4 * 2,
            };
        double best = 0;
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            pool.Run(chunks, new Job(path));
            best = Math.Max(best, operations / Stopwatch.GetElapsedTime(start).TotalNanoseconds);
        }
        return best;
    }

    private readonly struct Job(SimdPath path) : IChunkedJob
    {
        public void Run(int chunk, int worker)
        {
            // The factor keeps every sum near 1: no overflow, no denormals.
            float sum = path switch
            {
                SimdPath.Avx512 => Spin512(0.5f),
                SimdPath.Avx2 => Spin256(0.5f),
                _ => Spin128(0.5f),
            };
            Debug.Assert(sum is > 0 and < 100);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Spin512(float factor)
    {
        Vector512<float> f = Vector512.Create(factor);
        Vector512<float> s0 = f,
            s1 = f,
            s2 = f,
            s3 = f,
            s4 = f,
            s5 = f;
        Vector512<float> s6 = f,
            s7 = f,
            s8 = f,
            s9 = f,
            s10 = f,
            s11 = f;
        Vector512<float> s12 = f,
            s13 = f,
            s14 = f,
            s15 = f,
            s16 = f,
            s17 = f;
        Vector512<float> s18 = f,
            s19 = f,
            s20 = f,
            s21 = f,
            s22 = f,
            s23 = f;
        for (int i = 0; i < Turns; i++)
        {
            s0 = Avx512F.FusedMultiplyAdd(s0, f, f);
            s1 = Avx512F.FusedMultiplyAdd(s1, f, f);
            s2 = Avx512F.FusedMultiplyAdd(s2, f, f);
            s3 = Avx512F.FusedMultiplyAdd(s3, f, f);
            s4 = Avx512F.FusedMultiplyAdd(s4, f, f);
            s5 = Avx512F.FusedMultiplyAdd(s5, f, f);
            s6 = Avx512F.FusedMultiplyAdd(s6, f, f);
            s7 = Avx512F.FusedMultiplyAdd(s7, f, f);
            s8 = Avx512F.FusedMultiplyAdd(s8, f, f);
            s9 = Avx512F.FusedMultiplyAdd(s9, f, f);
            s10 = Avx512F.FusedMultiplyAdd(s10, f, f);
            s11 = Avx512F.FusedMultiplyAdd(s11, f, f);
            s12 = Avx512F.FusedMultiplyAdd(s12, f, f);
            s13 = Avx512F.FusedMultiplyAdd(s13, f, f);
            s14 = Avx512F.FusedMultiplyAdd(s14, f, f);
            s15 = Avx512F.FusedMultiplyAdd(s15, f, f);
            s16 = Avx512F.FusedMultiplyAdd(s16, f, f);
            s17 = Avx512F.FusedMultiplyAdd(s17, f, f);
            s18 = Avx512F.FusedMultiplyAdd(s18, f, f);
            s19 = Avx512F.FusedMultiplyAdd(s19, f, f);
            s20 = Avx512F.FusedMultiplyAdd(s20, f, f);
            s21 = Avx512F.FusedMultiplyAdd(s21, f, f);
            s22 = Avx512F.FusedMultiplyAdd(s22, f, f);
            s23 = Avx512F.FusedMultiplyAdd(s23, f, f);
        }
        return Vector512.Sum(
                s0
                    + s1
                    + s2
                    + s3
                    + s4
                    + s5
                    + s6
                    + s7
                    + s8
                    + s9
                    + s10
                    + s11
                    + s12
                    + s13
                    + s14
                    + s15
                    + s16
                    + s17
                    + s18
                    + s19
                    + s20
                    + s21
                    + s22
                    + s23
            ) / 384;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Spin256(float factor)
    {
        Vector256<float> f = Vector256.Create(factor);
        Vector256<float> s0 = f,
            s1 = f,
            s2 = f,
            s3 = f,
            s4 = f,
            s5 = f;
        Vector256<float> s6 = f,
            s7 = f,
            s8 = f,
            s9 = f,
            s10 = f,
            s11 = f;
        for (int i = 0; i < Turns; i++)
        {
            s0 = Fma.MultiplyAdd(s0, f, f);
            s1 = Fma.MultiplyAdd(s1, f, f);
            s2 = Fma.MultiplyAdd(s2, f, f);
            s3 = Fma.MultiplyAdd(s3, f, f);
            s4 = Fma.MultiplyAdd(s4, f, f);
            s5 = Fma.MultiplyAdd(s5, f, f);
            s6 = Fma.MultiplyAdd(s6, f, f);
            s7 = Fma.MultiplyAdd(s7, f, f);
            s8 = Fma.MultiplyAdd(s8, f, f);
            s9 = Fma.MultiplyAdd(s9, f, f);
            s10 = Fma.MultiplyAdd(s10, f, f);
            s11 = Fma.MultiplyAdd(s11, f, f);
        }
        return Vector256.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11) / 96;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Spin128(float factor)
    {
        Vector128<float> f = Vector128.Create(factor);
        Vector128<float> s0 = f,
            s1 = f,
            s2 = f,
            s3 = f,
            s4 = f,
            s5 = f;
        Vector128<float> s6 = f,
            s7 = f,
            s8 = f,
            s9 = f,
            s10 = f,
            s11 = f;
        for (int i = 0; i < Turns; i++)
        {
            s0 = Vector128.MultiplyAddEstimate(s0, f, f);
            s1 = Vector128.MultiplyAddEstimate(s1, f, f);
            s2 = Vector128.MultiplyAddEstimate(s2, f, f);
            s3 = Vector128.MultiplyAddEstimate(s3, f, f);
            s4 = Vector128.MultiplyAddEstimate(s4, f, f);
            s5 = Vector128.MultiplyAddEstimate(s5, f, f);
            s6 = Vector128.MultiplyAddEstimate(s6, f, f);
            s7 = Vector128.MultiplyAddEstimate(s7, f, f);
            s8 = Vector128.MultiplyAddEstimate(s8, f, f);
            s9 = Vector128.MultiplyAddEstimate(s9, f, f);
            s10 = Vector128.MultiplyAddEstimate(s10, f, f);
            s11 = Vector128.MultiplyAddEstimate(s11, f, f);
        }
        return Vector128.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11) / 48;
    }
}
