using MoeScale.Models;
using MoeScale.Training.Kernels;
using MoeScale.Training.Layers;
using MoeScale.Training.Tests.Kernels;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Transformers;

/// <summary>
/// What holds for any model, checked on ones that are large enough for work to be divided: several chunks of rows, columns and parameters.
/// </summary>
public class TransformerInvariantTests
{
    private const int Sequences = 4,
        Sequence = 70;

    public static TheoryData<string> Names => ["joint-2025", "gpt-2", "grouped queries"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Logits_LaterTokenChanged_KeepEarlierBits(string name)
    {
        using Transformer transformer = Open(name, threads: 2);
        int vocabulary = transformer.Vocabulary;
        (int[] tokens, _) = TinyModels.Batch(transformer.Model, Sequences * Sequence, seed: 2);
        float[] before = transformer.Logits(tokens, 0, tokens.Length).ToArray();
        foreach (int place in (int[])[0, 1, 31, 63, 64, Sequence - 1])
        {
            // In the second sequence, so that others stand on both sides.
            int row = Sequence + place;
            int[] changed = [.. tokens];
            changed[row] = (changed[row] + 1) % (int)transformer.Model.VocabularySize;
            float[] after = transformer.Logits(changed, 0, tokens.Length).ToArray();
            Near.SameBits("earlier", after.AsSpan(0, row * vocabulary), before.AsSpan(0, row * vocabulary));
            Near.SameBits("other sequences", after.AsSpan(2 * Sequence * vocabulary), before.AsSpan(2 * Sequence * vocabulary));
            for (int later = row; later < 2 * Sequence; later++)
            {
                Assert.False(
                    after.AsSpan(later * vocabulary, vocabulary).SequenceEqual(before.AsSpan(later * vocabulary, vocabulary)),
                    $"row {later} does not see token {row}"
                );
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Steps_AnyNumberOfThreads_HaveTheSameBits(string name)
    {
        (double[] losses, float[] gradients, float[] weights) = Train(name, threads: 1);
        foreach (int threads in (int[])[2, 3, 5])
        {
            (double[] otherLosses, float[] otherGradients, float[] otherWeights) = Train(name, threads);
            Assert.Equal(losses, otherLosses);
            Near.SameBits($"gradients, {threads} threads", otherGradients, gradients);
            Near.SameBits($"weights, {threads} threads", otherWeights, weights);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ForwardBackward_MicroBatches_AddUpToTheBatch(string name)
    {
        using Transformer transformer = Open(name, threads: 2);
        (int[] tokens, int[] targets) = TinyModels.Batch(transformer.Model, Sequences * Sequence, seed: 2);
        float scale = 1f / TinyModels.Counted(targets);
        double loss = transformer.ForwardBackward(tokens, targets, scale);
        float[][] whole = [.. transformer.Parameters.Select(p => p.Gradients.ToArray())];
        foreach (int sequences in (int[])[1, 2, 3])
        {
            transformer.ClearGradients();
            double sum = 0;
            for (int at = 0; at < tokens.Length; at += sequences * Sequence)
            {
                Range part = at..Math.Min(at + (sequences * Sequence), tokens.Length);
                sum += transformer.ForwardBackward(tokens.AsSpan(part), targets.AsSpan(part), scale);
            }
            // Rows do not see each other: losses are the same to the bit, and their sum in double to its last ones.
            Assert.Equal(loss, sum, 1e-12 * loss);
            for (int i = 0; i < whole.Length; i++)
            {
                // The same 280 terms, added in another order: √280 roundings of 6e−8 of a partial sum that may be some times the result.
                Near.Check(
                    transformer.Parameters[i].Name,
                    transformer.Parameters[i].Gradients,
                    Draw.Wide(whole[i]),
                    3e-6,
                    Math.Max(whole[i].Max(Math.Abs), 1e-3)
                );
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ForwardBackward_VocabularyTooLargeForAllLogitsAtOnce_IsTheSumOfItsPieces(bool tied)
    {
        // 60,000 rows are held for 256 tokens at a time; a batch of 384 needs two turns, the second of them a short one.
        Model model = TinyModels.Of("gpt-2") with
        {
            VocabularySize = 60_000,
            Context = 128,
            TiedEmbeddings = tied,
            Biases = BiasSet.Layers | BiasSet.Head,
        };
        using Transformer transformer = new(model, 3, 128, threads: 2);
        TinyModels.Fill(transformer, seed: 1);
        (int[] tokens, int[] targets) = TinyModels.Batch(model, 3 * 128, seed: 2);
        float scale = 1f / TinyModels.Counted(targets);
        double loss = transformer.ForwardBackward(tokens, targets, scale),
            evaluated = transformer.SumOfLosses(tokens, targets);
        Assert.Equal(loss, evaluated);
        float[][] whole = [.. transformer.Parameters.Select(p => p.Gradients.ToArray())];
        transformer.ClearGradients();
        double sum = 0;
        for (int at = 0; at < tokens.Length; at += 128)
        {
            sum += transformer.ForwardBackward(tokens.AsSpan(at, 128), targets.AsSpan(at, 128), scale);
        }
        Assert.Equal(loss, sum, 1e-12 * loss);
        for (int i = 0; i < whole.Length; i++)
        {
            // As for micro-batches of any model.
            Near.Check(
                transformer.Parameters[i].Name,
                transformer.Parameters[i].Gradients,
                Draw.Wide(whole[i]),
                3e-6,
                Math.Max(whole[i].Max(Math.Abs), 1e-3)
            );
        }
    }

    [Fact]
    public void Transformer_WithAMatrixBeyondAnArray_IsRefused()
    {
        Model large = TinyModels.Of("joint-2025") with { VocabularySize = 3e8 };
        Assert.IsType<TrainingObstacle.MatrixTooLarge>(Transformer.WhyNot(large));
    }

    [Fact]
    public void ForwardBackward_WithoutGradients_SaysSo()
    {
        using Transformer model = new(TinyModels.Of("joint-2025"), 1, 4, threads: 1, forTraining: false);
        Assert.Throws<InvalidOperationException>(() => model.ForwardBackward([0, 1, 2, 3], [1, 2, 3, 0], 1));
    }

    [Fact]
    public void ForwardBackward_IgnoredTargets_TakeNoPart()
    {
        using Transformer transformer = Open("gpt-2", threads: 2);
        (int[] tokens, int[] targets) = TinyModels.Batch(transformer.Model, Sequences * Sequence, seed: 2);
        Assert.Contains(CrossEntropy.Ignored, targets);
        double loss = transformer.Loss(tokens, targets),
            sum = transformer.SumOfLosses(tokens, targets);
        Assert.Equal(loss * TinyModels.Counted(targets), sum, 1e-9);
        ReadOnlySpan<float> losses = transformer.Losses(tokens.Length);
        for (int r = 0; r < losses.Length; r++)
        {
            Assert.Equal(targets[r] == CrossEntropy.Ignored, losses[r] == 0);
        }

        // None at all: no gradient either.
        Array.Fill(targets, CrossEntropy.Ignored);
        Assert.Equal(0, transformer.ForwardBackward(tokens, targets, 1));
        foreach (Parameter p in transformer.Parameters)
        {
            Assert.False(p.Gradients.ContainsAnyExcept(0), p.Name);
        }
    }

    [Fact]
    public void Step_GradientThatIsNoNumber_ChangesNothing()
    {
        using Transformer transformer = Open("joint-2025", threads: 2);
        using AdamWOptimizer optimizer = new(transformer, new AdamWSettings());
        transformer.Parameters[3].Gradients[5] = float.NaN;
        float[] before = All(transformer, p => p.Weights);
        Assert.False(double.IsFinite(optimizer.Step(1e-3)));
        Near.SameBits("weights", All(transformer, p => p.Weights), before);
        Assert.Equal(0, optimizer.Steps);
    }

    [Fact]
    public void FirstNonFinite_NaNInAnyParameter_IsFoundByName()
    {
        using Transformer transformer = Open("gpt-2", threads: 2);
        (int[] tokens, _) = TinyModels.Batch(transformer.Model, Sequences * Sequence, seed: 2);
        Assert.Null(transformer.FirstNonFinite(tokens));
        foreach (Parameter p in transformer.Parameters)
        {
            float kept = p.Weights[^1];
            p.Weights[^1] = float.NaN;
            Assert.Equal(p.Name, transformer.FirstNonFinite(tokens));
            p.Weights[^1] = kept;
        }
        Assert.Null(transformer.FirstNonFinite(tokens));
    }

    [Theory]
    [InlineData("blocks.0.attention.qkv.weight", "blocks.0.attention queries, keys and values")]
    [InlineData("blocks.1.feed_forward.input.weight", "blocks.1.feed_forward before its function")]
    [InlineData("blocks.0.feed_forward.output.weight", "blocks.1 input")]
    public void FirstNonFinite_WeightsThatOverflow_NamesTheLayerWhereItBegins(string parameter, string expected)
    {
        using Transformer transformer = Open("joint-2025", threads: 2);
        (int[] tokens, int[] targets) = TinyModels.Batch(transformer.Model, Sequences * Sequence, seed: 2);
        foreach (ref float weight in transformer.Parameters.Single(p => p.Name == parameter).Weights)
        {
            weight = float.CopySign(2e38f, weight);
        }
        Assert.False(double.IsFinite(transformer.ForwardBackward(tokens, targets, 1)));
        Assert.Equal(expected, transformer.FirstNonFinite(tokens));
    }

    private static (double[] Losses, float[] Gradients, float[] Weights) Train(string name, int threads)
    {
        using Transformer transformer = Open(name, threads);
        using AdamWOptimizer optimizer = new(transformer, new AdamWSettings());
        double[] losses = new double[3];
        for (int step = 0; step < losses.Length; step++)
        {
            (int[] tokens, int[] targets) = TinyModels.Batch(transformer.Model, Sequences * Sequence, step);
            transformer.ClearGradients();
            losses[step] = transformer.ForwardBackward(tokens, targets, 1f / TinyModels.Counted(targets));
            Assert.True(optimizer.Step(1e-2) > 0);
        }
        return (losses, All(transformer, p => p.Gradients), All(transformer, p => p.Weights));
    }

    private static Transformer Open(string name, int threads)
    {
        Model small = TinyModels.Of(name);
        Model model = small with { ModelWidth = 72, HeadWidth = 24, FeedForwardWidth = 200, VocabularySize = 130, Context = Sequence };
        Transformer transformer = new(model, Sequences, Sequence, threads);
        TinyModels.Fill(transformer, seed: 1);
        return transformer;
    }

    private delegate Span<float> Part(Parameter p);

    private static float[] All(Transformer transformer, Part part)
    {
        List<float> all = [];
        foreach (Parameter p in transformer.Parameters)
        {
            all.AddRange(part(p));
        }
        return [.. all];
    }
}
