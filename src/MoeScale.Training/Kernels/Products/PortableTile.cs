using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeScale.Training.Kernels.Products;

/// <summary>8 x 8 in vectors of 128 bits: 16 sums, made for processors with 32 registers (ARM) and right on all.</summary>
internal readonly unsafe struct PortableTile : ITile
{
    public static int Rows => 8;

    public static int Columns => 8;

    public static int Square => 0;

    public static void Multiply(int rows, int depth, float* left, float* right, float* output, nint stride, float* bias, bool add)
    {
        switch (rows)
        {
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
        Vector128<float> s0a = Vector128<float>.Zero,
            s0b = Vector128<float>.Zero;
        Vector128<float> s1a = Vector128<float>.Zero,
            s1b = Vector128<float>.Zero;
        Vector128<float> s2a = Vector128<float>.Zero,
            s2b = Vector128<float>.Zero;
        Vector128<float> s3a = Vector128<float>.Zero,
            s3b = Vector128<float>.Zero;
        Vector128<float> s4a = Vector128<float>.Zero,
            s4b = Vector128<float>.Zero;
        Vector128<float> s5a = Vector128<float>.Zero,
            s5b = Vector128<float>.Zero;
        Vector128<float> s6a = Vector128<float>.Zero,
            s6b = Vector128<float>.Zero;
        Vector128<float> s7a = Vector128<float>.Zero,
            s7b = Vector128<float>.Zero;
        for (; depth > 0; depth--)
        {
            Vector128<float> w = Vector128.Load(right);
            Vector128<float> x = Vector128.Load(right + 4);
            Vector128<float> e = Vector128.Create(left[0]);
            s0a = Vector128.MultiplyAddEstimate(e, w, s0a);
            s0b = Vector128.MultiplyAddEstimate(e, x, s0b);
            if (TRows.Count > 1)
            {
                e = Vector128.Create(left[1]);
                s1a = Vector128.MultiplyAddEstimate(e, w, s1a);
                s1b = Vector128.MultiplyAddEstimate(e, x, s1b);
            }
            if (TRows.Count > 2)
            {
                e = Vector128.Create(left[2]);
                s2a = Vector128.MultiplyAddEstimate(e, w, s2a);
                s2b = Vector128.MultiplyAddEstimate(e, x, s2b);
            }
            if (TRows.Count > 3)
            {
                e = Vector128.Create(left[3]);
                s3a = Vector128.MultiplyAddEstimate(e, w, s3a);
                s3b = Vector128.MultiplyAddEstimate(e, x, s3b);
            }
            if (TRows.Count > 4)
            {
                e = Vector128.Create(left[4]);
                s4a = Vector128.MultiplyAddEstimate(e, w, s4a);
                s4b = Vector128.MultiplyAddEstimate(e, x, s4b);
            }
            if (TRows.Count > 5)
            {
                e = Vector128.Create(left[5]);
                s5a = Vector128.MultiplyAddEstimate(e, w, s5a);
                s5b = Vector128.MultiplyAddEstimate(e, x, s5b);
            }
            if (TRows.Count > 6)
            {
                e = Vector128.Create(left[6]);
                s6a = Vector128.MultiplyAddEstimate(e, w, s6a);
                s6b = Vector128.MultiplyAddEstimate(e, x, s6b);
            }
            if (TRows.Count > 7)
            {
                e = Vector128.Create(left[7]);
                s7a = Vector128.MultiplyAddEstimate(e, w, s7a);
                s7b = Vector128.MultiplyAddEstimate(e, x, s7b);
            }
            left += TRows.Count;
            right += 8;
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
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(Vector128<float> a, Vector128<float> b, float* output, float* bias, bool add)
    {
        if (bias != null)
        {
            a += Vector128.Load(bias);
            b += Vector128.Load(bias + 4);
        }
        if (add)
        {
            a += Vector128.Load(output);
            b += Vector128.Load(output + 4);
        }
        a.Store(output);
        b.Store(output + 4);
    }

    public static void Transpose(float** lanes, nint offset, float* panel, int stride) => throw new NotSupportedException("Square is 0.");
}
