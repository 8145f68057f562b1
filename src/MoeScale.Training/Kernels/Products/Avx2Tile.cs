using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoeScale.Training.Kernels.Products;

/// <summary>6 x 16 in AVX2: 12 sums, two registers of the right panel and one element of the left fill 15 of 16.</summary>
internal readonly unsafe struct Avx2Tile : ITile
{
    public static int Rows => 6;

    public static int Columns => 16;

    public static int Square => 8;

    public static void Multiply(int rows, int depth, float* left, float* right, float* output, nint stride, float* bias, bool add)
    {
        switch (rows)
        {
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
        Vector256<float> s0a = Vector256<float>.Zero,
            s0b = Vector256<float>.Zero;
        Vector256<float> s1a = Vector256<float>.Zero,
            s1b = Vector256<float>.Zero;
        Vector256<float> s2a = Vector256<float>.Zero,
            s2b = Vector256<float>.Zero;
        Vector256<float> s3a = Vector256<float>.Zero,
            s3b = Vector256<float>.Zero;
        Vector256<float> s4a = Vector256<float>.Zero,
            s4b = Vector256<float>.Zero;
        Vector256<float> s5a = Vector256<float>.Zero,
            s5b = Vector256<float>.Zero;
        for (; depth > 0; depth--)
        {
            Vector256<float> w = Vector256.Load(right);
            Vector256<float> x = Vector256.Load(right + 8);
            Vector256<float> e = Vector256.Create(left[0]);
            s0a = Fma.MultiplyAdd(e, w, s0a);
            s0b = Fma.MultiplyAdd(e, x, s0b);
            if (TRows.Count > 1)
            {
                e = Vector256.Create(left[1]);
                s1a = Fma.MultiplyAdd(e, w, s1a);
                s1b = Fma.MultiplyAdd(e, x, s1b);
            }
            if (TRows.Count > 2)
            {
                e = Vector256.Create(left[2]);
                s2a = Fma.MultiplyAdd(e, w, s2a);
                s2b = Fma.MultiplyAdd(e, x, s2b);
            }
            if (TRows.Count > 3)
            {
                e = Vector256.Create(left[3]);
                s3a = Fma.MultiplyAdd(e, w, s3a);
                s3b = Fma.MultiplyAdd(e, x, s3b);
            }
            if (TRows.Count > 4)
            {
                e = Vector256.Create(left[4]);
                s4a = Fma.MultiplyAdd(e, w, s4a);
                s4b = Fma.MultiplyAdd(e, x, s4b);
            }
            if (TRows.Count > 5)
            {
                e = Vector256.Create(left[5]);
                s5a = Fma.MultiplyAdd(e, w, s5a);
                s5b = Fma.MultiplyAdd(e, x, s5b);
            }
            left += TRows.Count;
            right += 16;
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
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(Vector256<float> a, Vector256<float> b, float* output, float* bias, bool add)
    {
        if (bias != null)
        {
            a += Vector256.Load(bias);
            b += Vector256.Load(bias + 8);
        }
        if (add)
        {
            a += Vector256.Load(output);
            b += Vector256.Load(output + 8);
        }
        a.Store(output);
        b.Store(output + 8);
    }

    public static void Transpose(float** lanes, nint offset, float* panel, int stride)
    {
        // Four rows at a time: columns 0 and 4 of rows 0 to 3, columns 1 and 5, and so on; then the halves side by side.
        Half(lanes, offset, out Vector256<float> a0, out Vector256<float> a1, out Vector256<float> a2, out Vector256<float> a3);
        Half(lanes + 4, offset, out Vector256<float> b0, out Vector256<float> b1, out Vector256<float> b2, out Vector256<float> b3);
        Avx.Permute2x128(a0, b0, 0x20).Store(panel);
        Avx.Permute2x128(a1, b1, 0x20).Store(panel + stride);
        Avx.Permute2x128(a2, b2, 0x20).Store(panel + (2 * stride));
        Avx.Permute2x128(a3, b3, 0x20).Store(panel + (3 * stride));
        Avx.Permute2x128(a0, b0, 0x31).Store(panel + (4 * stride));
        Avx.Permute2x128(a1, b1, 0x31).Store(panel + (5 * stride));
        Avx.Permute2x128(a2, b2, 0x31).Store(panel + (6 * stride));
        Avx.Permute2x128(a3, b3, 0x31).Store(panel + (7 * stride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Half(
        float** lanes,
        nint offset,
        out Vector256<float> q0,
        out Vector256<float> q1,
        out Vector256<float> q2,
        out Vector256<float> q3
    )
    {
        Vector256<float> r0 = Vector256.Load(lanes[0] + offset);
        Vector256<float> r1 = Vector256.Load(lanes[1] + offset);
        Vector256<float> r2 = Vector256.Load(lanes[2] + offset);
        Vector256<float> r3 = Vector256.Load(lanes[3] + offset);
        Vector256<float> low01 = Avx.UnpackLow(r0, r1);
        Vector256<float> high01 = Avx.UnpackHigh(r0, r1);
        Vector256<float> low23 = Avx.UnpackLow(r2, r3);
        Vector256<float> high23 = Avx.UnpackHigh(r2, r3);
        q0 = Avx.Shuffle(low01, low23, 0x44);
        q1 = Avx.Shuffle(low01, low23, 0xEE);
        q2 = Avx.Shuffle(high01, high23, 0x44);
        q3 = Avx.Shuffle(high01, high23, 0xEE);
    }
}
