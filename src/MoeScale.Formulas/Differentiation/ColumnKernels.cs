using System.Runtime.Intrinsics;

namespace MoeScale.Formulas.Differentiation;

/// <summary>
/// Loops over whole columns, eight rows at a time. Where a machine has shorter vectors, each of these is two or four of
/// its own; the order of additions, and so every bit of a result, stays the same.
/// </summary>
internal static unsafe class ColumnKernels
{
    private static Vector512<double> At(double* x, int i) => Vector512.Load(x + i);

    /// <summary>y = s₀ + s₁·x₁ + s₂·x₂ + s₃·x₃</summary>
    public static void Affine(double* y, int rows, double s0, double s1, double* x1, double s2, double* x2, double s3, double* x3)
    {
        Vector512<double> v0 = Vector512.Create(s0),
            v1 = Vector512.Create(s1),
            v2 = Vector512.Create(s2),
            v3 = Vector512.Create(s3);
        for (int i = 0; i < rows; i += 8)
        {
            Vector512<double> sum = Vector512.FusedMultiplyAdd(v1, At(x1, i), v0);
            sum = Vector512.FusedMultiplyAdd(v2, At(x2, i), sum);
            Vector512.Store(Vector512.FusedMultiplyAdd(v3, At(x3, i), sum), y + i);
        }
    }

    /// <summary>y = s₀ + s₁·x₁ + s₂·x₂</summary>
    public static void Affine(double* y, int rows, double s0, double s1, double* x1, double s2, double* x2)
    {
        Vector512<double> v0 = Vector512.Create(s0),
            v1 = Vector512.Create(s1),
            v2 = Vector512.Create(s2);
        for (int i = 0; i < rows; i += 8)
        {
            Vector512<double> sum = Vector512.FusedMultiplyAdd(v1, At(x1, i), v0);
            Vector512.Store(Vector512.FusedMultiplyAdd(v2, At(x2, i), sum), y + i);
        }
    }

    /// <summary>y = s₀ + s₁·x₁</summary>
    public static void Affine(double* y, int rows, double s0, double s1, double* x1)
    {
        Vector512<double> v0 = Vector512.Create(s0),
            v1 = Vector512.Create(s1);
        for (int i = 0; i < rows; i += 8)
        {
            Vector512.Store(Vector512.FusedMultiplyAdd(v1, At(x1, i), v0), y + i);
        }
    }

    /// <summary>y += s·x, or y = s·x.</summary>
    public static void AddScaled(double* y, int rows, double s, double* x, bool replace)
    {
        Vector512<double> v = Vector512.Create(s);
        for (int i = 0; i < rows; i += 8)
        {
            Vector512<double> before = replace ? Vector512<double>.Zero : At(y, i);
            Vector512.Store(Vector512.FusedMultiplyAdd(v, At(x, i), before), y + i);
        }
    }

    /// <summary>y += s·a·b, or y = s·a·b.</summary>
    public static void AddProduct(double* y, int rows, double s, double* a, double* b, bool replace)
    {
        Vector512<double> v = Vector512.Create(s);
        for (int i = 0; i < rows; i += 8)
        {
            Vector512<double> before = replace ? Vector512<double>.Zero : At(y, i);
            Vector512.Store(Vector512.FusedMultiplyAdd(v * At(a, i), At(b, i), before), y + i);
        }
    }

    /// <summary>y += s·a/b, or y = s·a/b.</summary>
    public static void AddQuotient(double* y, int rows, double s, double* a, double* b, bool replace)
    {
        Vector512<double> v = Vector512.Create(s);
        for (int i = 0; i < rows; i += 8)
        {
            Vector512<double> before = replace ? Vector512<double>.Zero : At(y, i);
            Vector512.Store(before + (v * At(a, i) / At(b, i)), y + i);
        }
    }

    /// <summary>y = a·b</summary>
    public static void Multiply(double* y, int rows, double* a, double* b)
    {
        for (int i = 0; i < rows; i += 8)
        {
            Vector512.Store(At(a, i) * At(b, i), y + i);
        }
    }

    /// <summary>y = a/b</summary>
    public static void Divide(double* y, int rows, double* a, double* b)
    {
        for (int i = 0; i < rows; i += 8)
        {
            Vector512.Store(At(a, i) / At(b, i), y + i);
        }
    }

    /// <summary>y = 1/x</summary>
    public static void Reciprocal(double* y, int rows, double* x)
    {
        for (int i = 0; i < rows; i += 8)
        {
            Vector512.Store(Vector512<double>.One / At(x, i), y + i);
        }
    }

    /// <summary>Σ g</summary>
    public static double Sum(int rows, double* g)
    {
        Vector512<double> sum = Vector512<double>.Zero;
        for (int i = 0; i < rows; i += 8)
        {
            sum += At(g, i);
        }
        return Vector512.Sum(sum);
    }

    /// <summary>Σ g·x</summary>
    public static double Dot(int rows, double* g, double* x)
    {
        Vector512<double> sum = Vector512<double>.Zero;
        for (int i = 0; i < rows; i += 8)
        {
            sum = Vector512.FusedMultiplyAdd(At(g, i), At(x, i), sum);
        }
        return Vector512.Sum(sum);
    }

    /// <summary>v = g·t; returns Σ v and Σ v·x.</summary>
    public static (double, double) ProductDots(double* v, int rows, double* g, double* t, double* x)
    {
        Vector512<double> s0 = Vector512<double>.Zero,
            s1 = s0;
        for (int i = 0; i < rows; i += 8)
        {
            Vector512<double> product = At(g, i) * At(t, i);
            Vector512.Store(product, v + i);
            s0 += product;
            s1 = Vector512.FusedMultiplyAdd(product, At(x, i), s1);
        }
        return (Vector512.Sum(s0), Vector512.Sum(s1));
    }
}
