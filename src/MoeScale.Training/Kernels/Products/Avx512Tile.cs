using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoeScale.Training.Kernels.Products;

/// <summary>14 x 32 in AVX-512: 28 sums, two registers of the right panel and one element of the left fill 31 of 32.</summary>
internal readonly unsafe struct Avx512Tile : ITile
{
    public static int Rows => 14;

    public static int Columns => 32;

    public static int Square => 16;

    public static void Multiply(int rows, int depth, float* left, float* right, float* output, nint stride, float* bias, bool add)
    {
        switch (rows)
        {
            case 14:
                Multiply<Rows14>(depth, left, right, output, stride, bias, add);
                break;
            case 13:
                Multiply<Rows13>(depth, left, right, output, stride, bias, add);
                break;
            case 12:
                Multiply<Rows12>(depth, left, right, output, stride, bias, add);
                break;
            case 11:
                Multiply<Rows11>(depth, left, right, output, stride, bias, add);
                break;
            case 10:
                Multiply<Rows10>(depth, left, right, output, stride, bias, add);
                break;
            case 9:
                Multiply<Rows9>(depth, left, right, output, stride, bias, add);
                break;
            case 8:
                Multiply<Rows8>(depth, left, right, output, stride, bias, add);
                break;
            case 7:
                Multiply<Rows7>(depth, left, right, output, stride, bias, add);
                break;
            case 6:
                Multiply<Rows6>(depth, left, right, output, stride, bias, add);
                break;
            case 5:
                Multiply<Rows5>(depth, left, right, output, stride, bias, add);
                break;
            case 4:
                Multiply<Rows4>(depth, left, right, output, stride, bias, add);
                break;
            case 3:
                Multiply<Rows3>(depth, left, right, output, stride, bias, add);
                break;
            case 2:
                Multiply<Rows2>(depth, left, right, output, stride, bias, add);
                break;
            case 1:
                Multiply<Rows1>(depth, left, right, output, stride, bias, add);
                break;
        }
    }

    // Compiled well at the first call, with the sums in registers. What depends on the number of rows is decided by the compiler.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply<TRows>(int depth, float* left, float* right, float* output, nint stride, float* bias, bool add)
        where TRows : struct, IRowCount
    {
        Vector512<float> s0a = Vector512<float>.Zero,
            s0b = Vector512<float>.Zero;
        Vector512<float> s1a = Vector512<float>.Zero,
            s1b = Vector512<float>.Zero;
        Vector512<float> s2a = Vector512<float>.Zero,
            s2b = Vector512<float>.Zero;
        Vector512<float> s3a = Vector512<float>.Zero,
            s3b = Vector512<float>.Zero;
        Vector512<float> s4a = Vector512<float>.Zero,
            s4b = Vector512<float>.Zero;
        Vector512<float> s5a = Vector512<float>.Zero,
            s5b = Vector512<float>.Zero;
        Vector512<float> s6a = Vector512<float>.Zero,
            s6b = Vector512<float>.Zero;
        Vector512<float> s7a = Vector512<float>.Zero,
            s7b = Vector512<float>.Zero;
        Vector512<float> s8a = Vector512<float>.Zero,
            s8b = Vector512<float>.Zero;
        Vector512<float> s9a = Vector512<float>.Zero,
            s9b = Vector512<float>.Zero;
        Vector512<float> s10a = Vector512<float>.Zero,
            s10b = Vector512<float>.Zero;
        Vector512<float> s11a = Vector512<float>.Zero,
            s11b = Vector512<float>.Zero;
        Vector512<float> s12a = Vector512<float>.Zero,
            s12b = Vector512<float>.Zero;
        Vector512<float> s13a = Vector512<float>.Zero,
            s13b = Vector512<float>.Zero;
        // What the sums will be added to, or replace, is fetched while they are made; to the second-level cache, for in the
        // first the rows of a wide output would push each other out.
        for (int r = 0; r < TRows.Count; r++)
        {
            Sse.Prefetch1(output + (r * stride));
            Sse.Prefetch1(output + (r * stride) + 16);
        }
        for (; depth > 0; depth--)
        {
            Vector512<float> w = Vector512.Load(right);
            Vector512<float> x = Vector512.Load(right + 16);
            Vector512<float> e = Vector512.Create(left[0]);
            s0a = Avx512F.FusedMultiplyAdd(e, w, s0a);
            s0b = Avx512F.FusedMultiplyAdd(e, x, s0b);
            if (TRows.Count > 1)
            {
                e = Vector512.Create(left[1]);
                s1a = Avx512F.FusedMultiplyAdd(e, w, s1a);
                s1b = Avx512F.FusedMultiplyAdd(e, x, s1b);
            }
            if (TRows.Count > 2)
            {
                e = Vector512.Create(left[2]);
                s2a = Avx512F.FusedMultiplyAdd(e, w, s2a);
                s2b = Avx512F.FusedMultiplyAdd(e, x, s2b);
            }
            if (TRows.Count > 3)
            {
                e = Vector512.Create(left[3]);
                s3a = Avx512F.FusedMultiplyAdd(e, w, s3a);
                s3b = Avx512F.FusedMultiplyAdd(e, x, s3b);
            }
            if (TRows.Count > 4)
            {
                e = Vector512.Create(left[4]);
                s4a = Avx512F.FusedMultiplyAdd(e, w, s4a);
                s4b = Avx512F.FusedMultiplyAdd(e, x, s4b);
            }
            if (TRows.Count > 5)
            {
                e = Vector512.Create(left[5]);
                s5a = Avx512F.FusedMultiplyAdd(e, w, s5a);
                s5b = Avx512F.FusedMultiplyAdd(e, x, s5b);
            }
            if (TRows.Count > 6)
            {
                e = Vector512.Create(left[6]);
                s6a = Avx512F.FusedMultiplyAdd(e, w, s6a);
                s6b = Avx512F.FusedMultiplyAdd(e, x, s6b);
            }
            if (TRows.Count > 7)
            {
                e = Vector512.Create(left[7]);
                s7a = Avx512F.FusedMultiplyAdd(e, w, s7a);
                s7b = Avx512F.FusedMultiplyAdd(e, x, s7b);
            }
            if (TRows.Count > 8)
            {
                e = Vector512.Create(left[8]);
                s8a = Avx512F.FusedMultiplyAdd(e, w, s8a);
                s8b = Avx512F.FusedMultiplyAdd(e, x, s8b);
            }
            if (TRows.Count > 9)
            {
                e = Vector512.Create(left[9]);
                s9a = Avx512F.FusedMultiplyAdd(e, w, s9a);
                s9b = Avx512F.FusedMultiplyAdd(e, x, s9b);
            }
            if (TRows.Count > 10)
            {
                e = Vector512.Create(left[10]);
                s10a = Avx512F.FusedMultiplyAdd(e, w, s10a);
                s10b = Avx512F.FusedMultiplyAdd(e, x, s10b);
            }
            if (TRows.Count > 11)
            {
                e = Vector512.Create(left[11]);
                s11a = Avx512F.FusedMultiplyAdd(e, w, s11a);
                s11b = Avx512F.FusedMultiplyAdd(e, x, s11b);
            }
            if (TRows.Count > 12)
            {
                e = Vector512.Create(left[12]);
                s12a = Avx512F.FusedMultiplyAdd(e, w, s12a);
                s12b = Avx512F.FusedMultiplyAdd(e, x, s12b);
            }
            if (TRows.Count > 13)
            {
                e = Vector512.Create(left[13]);
                s13a = Avx512F.FusedMultiplyAdd(e, w, s13a);
                s13b = Avx512F.FusedMultiplyAdd(e, x, s13b);
            }
            left += TRows.Count;
            right += 32;
        }

        Write(s0a, s0b, output, bias, add);
        if (TRows.Count > 1)
        {
            Write(s1a, s1b, output + stride, bias, add);
        }
        if (TRows.Count > 2)
        {
            Write(s2a, s2b, output + (2 * stride), bias, add);
        }
        if (TRows.Count > 3)
        {
            Write(s3a, s3b, output + (3 * stride), bias, add);
        }
        if (TRows.Count > 4)
        {
            Write(s4a, s4b, output + (4 * stride), bias, add);
        }
        if (TRows.Count > 5)
        {
            Write(s5a, s5b, output + (5 * stride), bias, add);
        }
        if (TRows.Count > 6)
        {
            Write(s6a, s6b, output + (6 * stride), bias, add);
        }
        if (TRows.Count > 7)
        {
            Write(s7a, s7b, output + (7 * stride), bias, add);
        }
        if (TRows.Count > 8)
        {
            Write(s8a, s8b, output + (8 * stride), bias, add);
        }
        if (TRows.Count > 9)
        {
            Write(s9a, s9b, output + (9 * stride), bias, add);
        }
        if (TRows.Count > 10)
        {
            Write(s10a, s10b, output + (10 * stride), bias, add);
        }
        if (TRows.Count > 11)
        {
            Write(s11a, s11b, output + (11 * stride), bias, add);
        }
        if (TRows.Count > 12)
        {
            Write(s12a, s12b, output + (12 * stride), bias, add);
        }
        if (TRows.Count > 13)
        {
            Write(s13a, s13b, output + (13 * stride), bias, add);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(Vector512<float> a, Vector512<float> b, float* output, float* bias, bool add)
    {
        if (bias != null)
        {
            a += Vector512.Load(bias);
            b += Vector512.Load(bias + 16);
        }
        if (add)
        {
            a += Vector512.Load(output);
            b += Vector512.Load(output + 16);
        }
        a.Store(output);
        b.Store(output + 16);
    }

    public static void Transpose(float** lanes, nint offset, float* panel, int stride)
    {
        // Four rows at a time: q0 holds columns 0, 4, 8 and 12 of rows 0 to 3, q1 columns 1, 5, 9 and 13, and so on.
        Quarter(lanes, offset, out Vector512<float> a0, out Vector512<float> a1, out Vector512<float> a2, out Vector512<float> a3);
        Quarter(lanes + 4, offset, out Vector512<float> b0, out Vector512<float> b1, out Vector512<float> b2, out Vector512<float> b3);
        Quarter(lanes + 8, offset, out Vector512<float> c0, out Vector512<float> c1, out Vector512<float> c2, out Vector512<float> c3);
        Quarter(lanes + 12, offset, out Vector512<float> d0, out Vector512<float> d1, out Vector512<float> d2, out Vector512<float> d3);
        // Then the four quarters of a column side by side.
        Join(a0, b0, c0, d0, out Vector512<float> r0, out Vector512<float> r4, out Vector512<float> r8, out Vector512<float> r12);
        Join(a1, b1, c1, d1, out Vector512<float> r1, out Vector512<float> r5, out Vector512<float> r9, out Vector512<float> r13);
        Join(a2, b2, c2, d2, out Vector512<float> r2, out Vector512<float> r6, out Vector512<float> r10, out Vector512<float> r14);
        Join(a3, b3, c3, d3, out Vector512<float> r3, out Vector512<float> r7, out Vector512<float> r11, out Vector512<float> r15);
        Store(r0, r1, r2, r3, panel, stride);
        Store(r4, r5, r6, r7, panel + (4 * stride), stride);
        Store(r8, r9, r10, r11, panel + (8 * stride), stride);
        Store(r12, r13, r14, r15, panel + (12 * stride), stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarter(
        float** lanes,
        nint offset,
        out Vector512<float> q0,
        out Vector512<float> q1,
        out Vector512<float> q2,
        out Vector512<float> q3
    )
    {
        Vector512<float> r0 = Vector512.Load(lanes[0] + offset);
        Vector512<float> r1 = Vector512.Load(lanes[1] + offset);
        Vector512<float> r2 = Vector512.Load(lanes[2] + offset);
        Vector512<float> r3 = Vector512.Load(lanes[3] + offset);
        Vector512<float> low01 = Avx512F.UnpackLow(r0, r1);
        Vector512<float> high01 = Avx512F.UnpackHigh(r0, r1);
        Vector512<float> low23 = Avx512F.UnpackLow(r2, r3);
        Vector512<float> high23 = Avx512F.UnpackHigh(r2, r3);
        q0 = Avx512F.Shuffle(low01, low23, 0x44);
        q1 = Avx512F.Shuffle(low01, low23, 0xEE);
        q2 = Avx512F.Shuffle(high01, high23, 0x44);
        q3 = Avx512F.Shuffle(high01, high23, 0xEE);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Join(
        Vector512<float> a,
        Vector512<float> b,
        Vector512<float> c,
        Vector512<float> d,
        out Vector512<float> r0,
        out Vector512<float> r4,
        out Vector512<float> r8,
        out Vector512<float> r12
    )
    {
        Vector512<float> evenAb = Avx512F.Shuffle4x128(a, b, 0x88);
        Vector512<float> oddAb = Avx512F.Shuffle4x128(a, b, 0xDD);
        Vector512<float> evenCd = Avx512F.Shuffle4x128(c, d, 0x88);
        Vector512<float> oddCd = Avx512F.Shuffle4x128(c, d, 0xDD);
        r0 = Avx512F.Shuffle4x128(evenAb, evenCd, 0x88);
        r4 = Avx512F.Shuffle4x128(oddAb, oddCd, 0x88);
        r8 = Avx512F.Shuffle4x128(evenAb, evenCd, 0xDD);
        r12 = Avx512F.Shuffle4x128(oddAb, oddCd, 0xDD);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> r0, Vector512<float> r1, Vector512<float> r2, Vector512<float> r3, float* panel, int stride)
    {
        r0.Store(panel);
        r1.Store(panel + stride);
        r2.Store(panel + (2 * stride));
        r3.Store(panel + (3 * stride));
    }
}
