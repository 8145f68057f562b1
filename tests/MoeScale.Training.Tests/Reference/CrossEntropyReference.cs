using MoeScale.Training.Kernels;

namespace MoeScale.Training.Tests.Reference;

/// <summary>ln Σ e^x − x[target] of each row, in nats.</summary>
internal static class CrossEntropyReference
{
    public static double[] Forward(double[] logits, int classes, int[] targets) =>
        [.. targets.Select((t, r) => t == CrossEntropy.Ignored ? 0 : LogSum(logits, r * classes, classes) - logits[(r * classes) + t])];

    /// <summary>The gradient of scale·Σ_r loss[r].</summary>
    public static double[] Backward(double[] logits, int classes, int[] targets, double scale)
    {
        double[] dLogits = new double[logits.Length];
        for (int r = 0; r < targets.Length; r++)
        {
            if (targets[r] != CrossEntropy.Ignored)
            {
                double logSum = LogSum(logits, r * classes, classes);
                for (int c = 0; c < classes; c++)
                {
                    dLogits[(r * classes) + c] = scale * (Math.Exp(logits[(r * classes) + c] - logSum) - (c == targets[r] ? 1 : 0));
                }
            }
        }
        return dLogits;
    }

    private static double LogSum(double[] logits, int row, int classes)
    {
        ReadOnlySpan<double> x = logits.AsSpan(row, classes);
        double maximum = double.NegativeInfinity,
            sum = 0;
        foreach (double v in x)
        {
            maximum = Math.Max(maximum, v);
        }
        foreach (double v in x)
        {
            sum += Math.Exp(v - maximum);
        }
        return maximum + Math.Log(sum);
    }
}
