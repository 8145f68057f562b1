using System.Runtime.Intrinsics;

namespace MoeScale.Laws.Fitting.Problem;

/// <summary>
/// Huber's loss over columns: with c = r cut to ±δ, ρ = c·(r − c/2) and ρ' = c. Squares are the case δ = ∞, absolute values the
/// limit of ρ/δ for small δ. Rows are a multiple of eight, and sums have one order on every machine.
/// </summary>
internal static unsafe class ResidualKernels
{
    private static Vector512<double> At(double* x, int i) => Vector512.Load(x + i);

    /// <summary>Σ factor·w·ρ(ln predicted − target), with its derivative by each prediction.</summary>
    public static double LogSum(
        double* predicted,
        double* logs,
        double* target,
        double* weight,
        double* seed,
        int rows,
        double delta,
        double factor
    )
    {
        Vector512<double> high = Vector512.Create(delta),
            low = -high,
            f = Vector512.Create(factor),
            half = Vector512.Create(0.5);
        Vector512<double> sum = Vector512<double>.Zero;
        for (int i = 0; i < rows; i += 8)
        {
            Vector512<double> r = At(logs, i) - At(target, i);
            Vector512<double> c = Vector512.MaxNative(low, Vector512.MinNative(high, r));
            Vector512<double> wc = f * At(weight, i) * c;
            sum = Vector512.FusedMultiplyAdd(wc, r - (half * c), sum);
            Vector512.Store(wc / At(predicted, i), seed + i);
        }
        return Vector512.Sum(sum);
    }

    /// <summary>Σ factor·w·ρ(predicted − target), with its derivative by each prediction.</summary>
    public static double Sum(double* predicted, double* target, double* weight, double* seed, int rows, double delta, double factor)
    {
        Vector512<double> high = Vector512.Create(delta),
            low = -high,
            f = Vector512.Create(factor),
            half = Vector512.Create(0.5);
        Vector512<double> sum = Vector512<double>.Zero;
        for (int i = 0; i < rows; i += 8)
        {
            Vector512<double> r = At(predicted, i) - At(target, i);
            Vector512<double> c = Vector512.MaxNative(low, Vector512.MinNative(high, r));
            Vector512<double> wc = f * At(weight, i) * c;
            sum = Vector512.FusedMultiplyAdd(wc, r - (half * c), sum);
            Vector512.Store(wc, seed + i);
        }
        return Vector512.Sum(sum);
    }

    /// <summary>Σ w·a·b</summary>
    public static double WeightedDot(double* weight, double* a, double* b, int rows)
    {
        Vector512<double> sum = Vector512<double>.Zero;
        for (int i = 0; i < rows; i += 8)
        {
            sum = Vector512.FusedMultiplyAdd(At(weight, i) * At(a, i), At(b, i), sum);
        }
        return Vector512.Sum(sum);
    }

    /// <summary>y = factor·w·min(1, δ/|r|): a row's weight in iteratively reweighted least squares.</summary>
    public static void RobustWeights(double* y, double* weight, double* residual, int rows, double delta, double factor)
    {
        Vector512<double> d = Vector512.Create(delta),
            f = Vector512.Create(factor);
        for (int i = 0; i < rows; i += 8)
        {
            // Beyond δ the quotient is below 1; within, and for r = 0 and δ = ∞, it is cut.
            Vector512<double> share = Vector512.MinNative(d / Vector512.Abs(At(residual, i)), Vector512<double>.One);
            Vector512.Store(f * At(weight, i) * share, y + i);
        }
    }

    /// <summary>x = x − y</summary>
    public static void Subtract(double* x, double* y, int rows)
    {
        for (int i = 0; i < rows; i += 8)
        {
            Vector512.Store(At(x, i) - At(y, i), x + i);
        }
    }

    /// <summary>x = factor·x/divisor, or factor·x where there is none.</summary>
    public static void Scale(double* x, double factor, double* divisor, int rows)
    {
        Vector512<double> f = Vector512.Create(factor);
        for (int i = 0; i < rows; i += 8)
        {
            Vector512.Store(divisor is null ? f * At(x, i) : f * At(x, i) / At(divisor, i), x + i);
        }
    }
}
