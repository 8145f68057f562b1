using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeScale.Formulas.Differentiation;

/// <summary>
/// exp and ln over whole columns, to one unit in the last place. The platform's vectorised functions are as exact, but hand each vector
/// to a function through the stack; where that is not aligned to 64 bytes, as in three processes of four, they take two and a half times as
/// long.
/// </summary>
public static unsafe class ColumnFunctions
{
    // 1/k!, k = 2 … 13: on |r| ≤ ln(2)/2 the term after the last is 4e-18.
    private const double C2 = 1.0 / 2,
        C3 = 1.0 / 6,
        C4 = 1.0 / 24,
        C5 = 1.0 / 120,
        C6 = 1.0 / 720,
        C7 = 1.0 / 5040,
        C8 = 1.0 / 40320;
    private const double C9 = 1.0 / 362880,
        C10 = 1.0 / 3628800,
        C11 = 1.0 / 39916800,
        C12 = 1.0 / 479001600,
        C13 = 1.0 / 6227020800;

    // ln(2) in two parts, the first with zeros at its end, so that a whole multiple of it is exact (Cody and Waite).
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;

    // Adding it rounds to a whole number, which then stands in the lowest bits.
    private const double Rounder = 6755399441055744;

    // Beyond these the result is infinite, or has no full precision.
    private const double Largest = 709.782712893384;
    private const double Smallest = -708.396418532264;

    // Coefficients of the logarithm in fdlibm's e_log.c (Sun Microsystems 1993).
    private const double L1 = 6.666666666666735130e-01,
        L2 = 3.999999999940941908e-01,
        L3 = 2.857142874366239149e-01,
        L4 = 2.222219843214978396e-01;
    private const double L5 = 1.818357216161805012e-01,
        L6 = 1.531383769920937332e-01,
        L7 = 1.479819860511658591e-01;

    private const double MinNormal = 2.2250738585072014e-308;
    private const double TwoTo54 = 18014398509481984;
    private const long MantissaBits = 0x000FFFFFFFFFFFFF;
    private const long BitsOfHalf = 0x3FE0000000000000;

    /// <summary>y = exp(x).</summary>
    /// <param name="y">May be <paramref name="x"/>.</param>
    /// <param name="x">Results below 2.2e-308 are 0.</param>
    /// <param name="rows">A multiple of 8.</param>
    public static void Exp(double* y, double* x, int rows)
    {
        for (int i = 0; i < rows; i += 8)
        {
            Vector512.Store(Exp(Vector512.Load(x + i)), y + i);
        }
    }

    /// <summary>y = ln(x).</summary>
    /// <param name="y">May be <paramref name="x"/>.</param>
    /// <param name="x">Minus infinity for 0, not a number below.</param>
    /// <param name="rows">A multiple of 8.</param>
    public static void Log(double* y, double* x, int rows)
    {
        for (int i = 0; i < rows; i += 8)
        {
            Vector512.Store(Log(Vector512.Load(x + i)), y + i);
        }
    }

    /// <summary>exp(x) = 2ⁿ·exp(r), n = round(x/ln 2), r = x − n·ln 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Exp(Vector512<double> x)
    {
        Vector512<double> shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(1 / 0.69314718055994530942), Vector512.Create(Rounder));
        Vector512<double> n = shifted - Vector512.Create(Rounder);
        Vector512<double> r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);

        // In pairs and pairs of pairs (Estrin), so that multiplications need not wait for each other.
        Vector512<double> r2 = r * r,
            r4 = r2 * r2,
            r8 = r4 * r4;
        Vector512<double> p23 = Vector512.FusedMultiplyAdd(Vector512.Create(C3), r, Vector512.Create(C2));
        Vector512<double> p45 = Vector512.FusedMultiplyAdd(Vector512.Create(C5), r, Vector512.Create(C4));
        Vector512<double> p67 = Vector512.FusedMultiplyAdd(Vector512.Create(C7), r, Vector512.Create(C6));
        Vector512<double> p89 = Vector512.FusedMultiplyAdd(Vector512.Create(C9), r, Vector512.Create(C8));
        Vector512<double> pAb = Vector512.FusedMultiplyAdd(Vector512.Create(C11), r, Vector512.Create(C10));
        Vector512<double> pCd = Vector512.FusedMultiplyAdd(Vector512.Create(C13), r, Vector512.Create(C12));
        Vector512<double> low = Vector512.FusedMultiplyAdd(p45, r2, p23);
        Vector512<double> middle = Vector512.FusedMultiplyAdd(p89, r2, p67);
        Vector512<double> high = Vector512.FusedMultiplyAdd(pCd, r2, pAb);
        Vector512<double> tail = Vector512.FusedMultiplyAdd(high, r8, Vector512.FusedMultiplyAdd(middle, r4, low));
        Vector512<double> p = Vector512.FusedMultiplyAdd(tail, r2, r) + Vector512<double>.One;

        // n to the exponent's bits.
        Vector512<double> result = (p.AsInt64() + (shifted.AsInt64() << 52)).AsDouble();
        result = Vector512.ConditionalSelect(
            Vector512.GreaterThan(x, Vector512.Create(Largest)),
            Vector512.Create(double.PositiveInfinity),
            result
        );
        result = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(Smallest)), Vector512<double>.Zero, result);
        return Vector512.ConditionalSelect(Vector512.Equals(x, x), result, x);
    }

    /// <summary>ln(x) = k·ln 2 + ln(1 + f), x = 2ᵏ·(1 + f), 1 + f from √½ to √2; ln(1 + f) by s = f/(2 + f) as in fdlibm.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Log(Vector512<double> x)
    {
        Vector512<double> isTiny = Vector512.LessThan(x, Vector512.Create(MinNormal));
        Vector512<double> normal = Vector512.ConditionalSelect(isTiny, x * Vector512.Create(TwoTo54), x);
        Vector512<long> bits = normal.AsInt64();
        // The mantissa with the exponent of [½, 1), then doubled where it is below √½.
        Vector512<double> m = ((bits & Vector512.Create(MantissaBits)) | Vector512.Create(BitsOfHalf)).AsDouble();
        Vector512<double> isSmall = Vector512.LessThan(m, Vector512.Create(0.70710678118654752440));
        m = Vector512.ConditionalSelect(isSmall, m + m, m);
        // (bits >> 52) − 1022 as a double: small whole numbers stand in the low bits of 2⁵² + number.
        Vector512<double> exponent =
            (Vector512.ShiftRightLogical(bits, 52) | Vector512.Create(0x4330000000000000)).AsDouble()
            - Vector512.Create(4503599627370496.0 + 1022);
        Vector512<double> k = exponent - (isSmall & Vector512<double>.One) - (isTiny & Vector512.Create(54.0));

        Vector512<double> f = m - Vector512<double>.One;
        Vector512<double> s = f / (Vector512.Create(2.0) + f);
        Vector512<double> z = s * s,
            w = z * z;
        Vector512<double> even =
            w
            * Vector512.FusedMultiplyAdd(
                w,
                Vector512.FusedMultiplyAdd(w, Vector512.Create(L6), Vector512.Create(L4)),
                Vector512.Create(L2)
            );
        Vector512<double> odd =
            z
            * Vector512.FusedMultiplyAdd(
                w,
                Vector512.FusedMultiplyAdd(
                    w,
                    Vector512.FusedMultiplyAdd(w, Vector512.Create(L7), Vector512.Create(L5)),
                    Vector512.Create(L3)
                ),
                Vector512.Create(L1)
            );
        Vector512<double> half = Vector512.Create(0.5) * f * f;
        Vector512<double> inner = Vector512.FusedMultiplyAdd(s, half + (even + odd), k * Vector512.Create(Ln2Low));
        Vector512<double> result = Vector512.FusedMultiplyAdd(k, Vector512.Create(Ln2High), f - (half - inner));

        result = Vector512.ConditionalSelect(Vector512.Equals(x, Vector512.Create(double.PositiveInfinity)), x, result);
        result = Vector512.ConditionalSelect(
            Vector512.Equals(x, Vector512<double>.Zero),
            Vector512.Create(double.NegativeInfinity),
            result
        );
        return Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(x, Vector512<double>.Zero), result, Vector512.Create(double.NaN));
    }
}
