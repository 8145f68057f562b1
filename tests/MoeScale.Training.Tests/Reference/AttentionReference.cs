using MoeScale.Training.Kernels.Attention;

namespace MoeScale.Training.Tests.Reference;

/// <summary>Causal self-attention of one sequence, rows [queries | keys | values].</summary>
internal static class AttentionReference
{
    public static double[] Forward(AttentionShape s, double[] input)
    {
        double[] output = new double[s.Sequence * s.OutputWidth];
        for (int head = 0; head < s.Heads; head++)
        {
            for (int row = 0; row < s.Sequence; row++)
            {
                double[] p = Probabilities(s, input, head, row);
                for (int j = 0; j <= row; j++)
                {
                    for (int c = 0; c < s.HeadWidth; c++)
                    {
                        output[(row * s.OutputWidth) + (head * s.HeadWidth) + c] += p[j] * input[Value(s, head, j) + c];
                    }
                }
            }
        }
        return output;
    }

    public static double[] Backward(AttentionShape s, double[] input, double[] dOutput)
    {
        double[] dInput = new double[input.Length];
        double scale = 1 / Math.Sqrt(s.HeadWidth);
        for (int head = 0; head < s.Heads; head++)
        {
            for (int row = 0; row < s.Sequence; row++)
            {
                double[] p = Probabilities(s, input, head, row),
                    dP = new double[row + 1];
                int at = (row * s.OutputWidth) + (head * s.HeadWidth);
                double mean = 0;
                for (int j = 0; j <= row; j++)
                {
                    for (int c = 0; c < s.HeadWidth; c++)
                    {
                        dP[j] += dOutput[at + c] * input[Value(s, head, j) + c];
                        dInput[Value(s, head, j) + c] += dOutput[at + c] * p[j];
                    }
                    mean += p[j] * dP[j];
                }
                for (int j = 0; j <= row; j++)
                {
                    double dScore = p[j] * (dP[j] - mean) * scale;
                    for (int c = 0; c < s.HeadWidth; c++)
                    {
                        dInput[Query(s, head, row) + c] += dScore * input[Key(s, head, j) + c];
                        dInput[Key(s, head, j) + c] += dScore * input[Query(s, head, row) + c];
                    }
                }
            }
        }
        return dInput;
    }

    /// <summary>ln Σ e^score of each head and row.</summary>
    public static double[] LogSums(AttentionShape s, double[] input) =>
        [.. Enumerable.Range(0, s.Heads * s.Sequence).Select(i => LogSum(Scores(s, input, i / s.Sequence, i % s.Sequence)))];

    private static double[] Probabilities(AttentionShape s, double[] input, int head, int row)
    {
        double[] scores = Scores(s, input, head, row);
        double logSum = LogSum(scores);
        return [.. scores.Select(x => Math.Exp(x - logSum))];
    }

    private static double[] Scores(AttentionShape s, double[] input, int head, int row)
    {
        double[] scores = new double[row + 1];
        for (int j = 0; j <= row; j++)
        {
            for (int c = 0; c < s.HeadWidth; c++)
            {
                scores[j] += input[Query(s, head, row) + c] * input[Key(s, head, j) + c] / Math.Sqrt(s.HeadWidth);
            }
        }
        return scores;
    }

    private static double LogSum(double[] scores) => scores.Max() + Math.Log(scores.Sum(x => Math.Exp(x - scores.Max())));

    private static int Query(AttentionShape s, int head, int row) => (row * s.InputWidth) + (head * s.HeadWidth);

    private static int Key(AttentionShape s, int head, int row) => (row * s.InputWidth) + ((s.Heads + (head / s.Group)) * s.HeadWidth);

    private static int Value(AttentionShape s, int head, int row) => Key(s, head, row) + (s.KvHeads * s.HeadWidth);
}
