using MoeScale.Training.Kernels.Experts;

namespace MoeScale.Training.Tests.Kernels;

public unsafe class RouterScoresTests
{
    private const int Rows = 3;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Forward_AllNumbersOfExperts_MatchesPlainArithmetic(bool sigmoid)
    {
        foreach ((int experts, int offset) in Draw.Lengths.Skip(1))
        {
            float[] logits = new Draw(experts).Floats(Rows * experts, 3),
                before = new Draw(1).Floats(experts);
            using Guarded<float> gLogits = new(logits, offset),
                scores = new(Rows * experts, 1),
                logSums = new(Rows, 2),
                sums = new(before, 3),
                entropies = new(Rows, 4);
            RouterScores.Forward(gLogits, Rows, experts, sigmoid, scores, logSums, entropies);
            RouterScores.AddShares(scores, Rows, experts, sigmoid, sums);
            double[][] rows = [.. Draw.Wide(logits).Chunk(experts)],
                expected = [.. rows.Select(row => Scores(row, sigmoid))];
            // Exponent, sum and quotient: a few roundings of 6e−8; a sum of logarithms is of a few units.
            Near.Check($"scores of {experts}", scores.Span, [.. expected.SelectMany(s => s)], 1e-6, scale: 0.1);
            Near.Check($"log sums of {experts}", logSums.Span, [.. rows.Select(LogSum)], 1e-6);
            Near.Check(
                $"entropies of {experts}",
                entropies.Span,
                [.. rows.Select(row => -Scores(row, false).Sum(p => p * Math.Log(p)))],
                2e-6
            );
            Near.Check($"shares of {experts}", sums.Span, [.. before.Select((b, e) => b + expected.Sum(s => s[e] / s.Sum()))], 1e-6);
            Near.SameBits("logits", gLogits.Span, logits);
        }
    }

    [Theory]
    [InlineData(false, false, 0)]
    [InlineData(false, true, 0)]
    [InlineData(false, false, 0.3f)]
    [InlineData(false, true, 0.3f)]
    [InlineData(true, false, 0)]
    [InlineData(true, true, 0)]
    [InlineData(true, false, 0.3f)]
    [InlineData(true, true, 0.3f)]
    public void Backward_AllNumbersOfExperts_MatchesTheJacobian(bool sigmoid, bool withShares, float zScale)
    {
        foreach ((int experts, int offset) in Draw.Lengths.Skip(1))
        {
            Draw draw = new(experts);
            float[] logits = draw.Floats(Rows * experts, 2),
                dShares = draw.Floats(experts);
            // No choice, one, and up to three of them.
            int[] starts = [0, 0, 1, 1 + Math.Min(3, experts)];
            int[] chosen = [experts / 2, .. Enumerable.Range(0, experts).Reverse().Take(3)];
            float[] asked = draw.Floats(chosen.Length);
            using Guarded<float> gLogits = new(logits, offset),
                scores = new(Rows * experts, 1),
                logSums = new(Rows, 2),
                gShares = new(dShares, 3),
                gAsked = new(asked, 4),
                entropies = new(Rows);
            using Guarded<int> gStarts = new(starts),
                gChosen = new(chosen);
            RouterScores.Forward(gLogits, Rows, experts, sigmoid, scores, logSums, entropies);
            RouterScores.Backward(
                gLogits,
                Rows,
                experts,
                sigmoid,
                scores,
                logSums,
                new RowChoices(gStarts, gChosen, gAsked),
                withShares ? gShares.Pointer : null,
                zScale
            );
            double[] expected =
            [
                .. Enumerable
                    .Range(0, Rows)
                    .SelectMany(r =>
                    {
                        double[] dScores = new double[experts];
                        for (int i = starts[r]; i < starts[r + 1]; i++)
                        {
                            dScores[chosen[i]] += asked[i];
                        }
                        return Slopes(
                            Draw.Wide(logits.AsSpan(r * experts, experts)),
                            sigmoid,
                            dScores,
                            withShares ? Draw.Wide(dShares) : new double[experts],
                            zScale
                        );
                    }),
            ];
            // Differences of a few numbers of up to 3, each right to some 2e−7.
            Near.Check($"dLogits of {experts}", scores.Span, expected, 2e-6);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Forward_LargeLogits_StayNumbers(bool sigmoid)
    {
        // Of the last row every sigmoid vanishes, and so does every share, which is no 0/0.
        using Guarded<float> logits = new([1000, 999, -1000, 0, 0, 0, -1000, -1000, -1000]),
            scores = new(9),
            logSums = new(3),
            sums = new(new float[3]),
            asked = new([1f]);
        using Guarded<float> dShares = new([1, 2, 3]),
            entropies = new(3);
        using Guarded<int> starts = new([0, 0, 0, 1]),
            chosen = new([1]);
        RouterScores.Forward(logits, 3, 3, sigmoid, scores, logSums, entropies);
        RouterScores.AddShares(scores, 3, 3, sigmoid, sums);
        double third = 1.0 / 3,
            p = 1 / (1 + Math.Exp(-1));
        Near.Check("log sums", logSums.Span, [1000 + Math.Log(1 + Math.Exp(-1)), Math.Log(3), -1000 + Math.Log(3)], 1e-6);
        // −p·ln p − (1 − p)·ln(1 − p) with odds of 1 to e.
        Near.Check("entropies", entropies.Span, [Math.Log(1 + Math.E) - p, Math.Log(3), Math.Log(3)], 2e-6);
        Near.Check(
            "scores",
            scores.Span,
            sigmoid ? [1, 1, 0, 0.5, 0.5, 0.5, 0, 0, 0] : [p, 1 - p, 0, third, third, third, third, third, third],
            1e-6
        );
        Near.Check(
            "shares",
            sums.Span,
            sigmoid ? [0.5 + third, 0.5 + third, third] : [p + third + third, 1 - p + third + third, third + third],
            1e-6
        );
        RouterScores.Backward(logits, 3, 3, sigmoid, scores, logSums, new RowChoices(starts, chosen, asked), dShares, 0);
        Assert.All(scores.Span.ToArray(), d => Assert.True(float.IsFinite(d)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Forward_NaN_StaysInItsRow(bool sigmoid)
    {
        using Guarded<float> logits = new([0, float.NaN, 1, 0, 2, 1]),
            scores = new(6),
            logSums = new(2),
            entropies = new(2);
        RouterScores.Forward(logits, 2, 3, sigmoid, scores, logSums, entropies);
        Assert.True(float.IsNaN(scores.Span[1]) && float.IsNaN(logSums.Span[0]));
        Near.Check("the other row", scores.Span[3..], Scores([0, 2, 1], sigmoid), 1e-6);
    }

    private static double LogSum(double[] logits)
    {
        double most = logits.Max();
        return most + Math.Log(logits.Sum(l => Math.Exp(l - most)));
    }

    private static double[] Scores(double[] logits, bool sigmoid)
    {
        double logSum = LogSum(logits);
        return [.. logits.Select(l => sigmoid ? 1 / (1 + Math.Exp(-l)) : Math.Exp(l - logSum))];
    }

    // d logit_j = Σ_i (dScore_i·∂score_i/∂logit_j + dShare_i·∂share_i/∂logit_j) + 2z·L·e^(logit_j − L)
    private static IEnumerable<double> Slopes(double[] logits, bool sigmoid, double[] dScores, double[] dShares, double z)
    {
        double[] scores = Scores(logits, sigmoid);
        double sum = scores.Sum(),
            logSum = LogSum(logits);
        for (int j = 0; j < logits.Length; j++)
        {
            double slope = 2 * z * logSum * Math.Exp(logits[j] - logSum);
            for (int i = 0; i < logits.Length; i++)
            {
                double self = i == j ? 1 : 0;
                double byLogit = sigmoid ? self * scores[i] * (1 - scores[i]) : scores[i] * (self - scores[j]);
                double shareByLogit = sigmoid ? scores[j] * (1 - scores[j]) * ((self / sum) - (scores[i] / (sum * sum))) : byLogit;
                slope += (dScores[i] * byLogit) + (dShares[i] * shareByLogit);
            }
            yield return slope;
        }
    }
}
