using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Planning.Hardware;

namespace MoeScale.Planning.Tests.Hardware;

public class ServingTests
{
    private static readonly ShapeFamily Joint = ShapeFamily.Open("joint-2025");
    private static readonly Cluster H100 = Cluster.Parse("H100", "");

    // d 8, 1 block, 2 heads of 4, 1 KV head; 6 experts of width 8, top-2, 1 shared; 10 words, 5 positions.
    private static readonly Model Tiny = ModelFile.Parse(
        YamlMap.Parse(
            "{ id: tiny, d_model: 8, n_blocks: 1, n_heads: 2, n_kv_heads: 1, d_ff: 16, experts: 3, granularity: 2, shared_experts: 1, "
                + "vocab_size: 10, context: 5, activation: swiglu, norm: rmsnorm, positions: learned, biases: true }",
            "tiny.yaml"
        )
    );

    private static readonly Cluster Slow = new(
        2,
        new Accelerator
        {
            Id = "slow",
            Name = "slow",
            MemoryBytes = 4000,
            Bf16Flops = 2e4,
            Fp8Flops = 3e4,
            Bandwidth = 500,
            Source = "this test",
        }
    );

    [Fact]
    public void Step_OfASmallModel_IsCountedByHand()
    {
        ServingStep step = new Serving(Sequences: 3, ContextTokens: 4).Step(Census.Of(Tiny), Slow);
        double expert = (3 * 8 * 8) + 8 + 8 + 8;
        double attention = (8 * 8) + (2 * 8 * 4) + (8 * 8) + (8 + 4 + 4 + 8);
        double always = attention + (3 * 8) + (8 * 6) + expert + (8 * 10); // norms, router, shared expert, head
        double chosen = 6 * expert * (1 - (4.0 / 6 * 4 / 6 * 4 / 6)); // each of three tokens passes an expert by with 4/6
        double lookups = (3 * 8) + (3 * 8);
        Assert.Equal(2 * (always + chosen + lookups), step.WeightBytes, 1e-9); // thousands, in some ten roundings
        Assert.Equal(2 * 3 * 4 * (2 * 4), step.KvBytes);
        double matrices = (8 * 8) + (2 * 8 * 4) + (8 * 8) + (8 * 6) + (3 * 3 * 8 * 8) + (8 * 10);
        Assert.Equal(3 * ((2 * matrices) + (4 * 4 * 8)), step.Flops); // scores and mix: 2 · 4 tokens · width 8 each
        Assert.Equal((step.WeightBytes + step.KvBytes) / 1000, step.ReadSeconds);
        Assert.Equal(step.Flops / 4e4, step.ComputeSeconds);
        Assert.True(step.IsBoundByBandwidth);
        Assert.Equal(3 / step.ReadSeconds, step.TokensPerSecond);
        Assert.Equal(2 * Census.Of(Tiny).StoredParams + step.KvBytes, step.HeldBytes);
        Assert.True(step.Fits); // 4,000 + 192 of 8,000 bytes
        Assert.False(new Serving(300, 4).Step(Census.Of(Tiny), Slow).Fits);
    }

    [Fact]
    public void Step_OneByteWeights_AreHalfTheBytesAtTheFp8Rate()
    {
        Serving bf16 = new(3, 4);
        ServingStep wide = bf16.Step(Census.Of(Tiny), Slow);
        ServingStep narrow = (bf16 with { Weights = NumberType.Int8 }).Step(Census.Of(Tiny), Slow);
        Assert.Equal((wide.WeightBytes / 2, wide.KvBytes, 6e4), (narrow.WeightBytes, narrow.KvBytes, narrow.PeakFlops));
        Assert.Equal(wide.KvBytes / 2, (bf16 with { Kv = NumberType.Fp8 }).Step(Census.Of(Tiny), Slow).KvBytes);
    }

    [Fact]
    public void Step_TiedEmbeddings_AreReadOnceAsTheHead()
    {
        ServingStep untied = new Serving(3, 4).Step(Census.Of(Tiny), Slow);
        ServingStep tied = new Serving(3, 4).Step(Census.Of(Tiny with { TiedEmbeddings = true }), Slow);
        Assert.Equal(2 * 3 * 8, untied.WeightBytes - tied.WeightBytes, 1e-9); // the three rows looked up; sums of thousands
    }

    /// <summary>Experts that a step reads, against routers that draw k of X distinct experts for each of B tokens.</summary>
    [Theory]
    [InlineData(8, 1, 4)]
    [InlineData(8, 2, 6)]
    [InlineData(64, 6, 10)]
    [InlineData(16, 16, 3)]
    public void Step_ChosenExperts_AreAsManyAsSimulated(int experts, int topK, int tokens)
    {
        Model model = Joint.Model(512, experts, 1) with { TopK = topK };
        double expertBytes = 2 * 3 * 512 * model.FeedForwardWidth * model.Blocks;
        double none = new Serving(tokens, 0).Step(Census.Of(model with { ExpertWidth = 0 }), H100).WeightBytes;
        double expected = (new Serving(tokens, 0).Step(Census.Of(model), H100).WeightBytes - none) / expertBytes;

        const int Trials = 20000;
        Random random = new(20260401);
        int[] order = [.. Enumerable.Range(0, experts)];
        long chosen = 0;
        for (int trial = 0; trial < Trials; trial++)
        {
            HashSet<int> touched = [];
            for (int token = 0; token < tokens; token++)
            {
                random.Shuffle(order);
                touched.UnionWith(order.Take(topK));
            }
            chosen += touched.Count;
        }
        // An expert that is missed makes it likelier that another is hit, so the variance is at most X·q·(1 − q), q being the
        // share that is missed. Five standard errors; with k = X nothing varies, and bytes of 1e8 are divided.
        double missed = Math.Pow(1 - ((double)topK / experts), tokens);
        double tolerance = (5 * Math.Sqrt(experts * missed * (1 - missed) / Trials)) + 1e-9;
        Assert.Equal((double)chosen / Trials, expected, tolerance);
    }

    /// <summary>One sequence, no context: every weight once, but only one row of the embedding.</summary>
    [Fact]
    public void TokensPerSecond_DenseModelAlone_IsBandwidthOverItsBytes()
    {
        Model dense = Joint.Model(1024, 1, 1);
        Census census = Census.Of(dense);
        double bytes = 2 * (census.StoredParams - (50257 * 1024) + 1024);
        double speed = new Serving(1, 0).Step(census, H100).TokensPerSecond;
        Assert.Equal(1, speed * bytes / 3.35e12, 1e-14); // two divisions
        Assert.Equal(8, new Serving(1, 0).Step(census, Cluster.Parse("8xH100", "")).TokensPerSecond / speed, 1e-14);
    }

    [Fact]
    public void TokensPerSecond_MixtureOfExperts_IsAboveThatOfADenseModelOfItsSize()
    {
        Census mixture = Census.Of(Joint.Model(1024, 8, 1));
        Census dense = Census.Of(Joint.Model(1792, 1, 1));
        Assert.InRange(dense.TotalParams / mixture.TotalParams, 0.95, 1); // no larger, in favour of the dense one
        foreach (double sequences in new[] { 1, 4, 16, 1e6 })
        {
            Serving serving = new(sequences, 0);
            Assert.True(serving.Step(mixture, H100).TokensPerSecond > serving.Step(dense, H100).TokensPerSecond, $"{sequences}");
        }
    }

    [Fact]
    public void TokensPerSecond_EverMoreSequences_RiseToThePeakOverTheFlopsOfAToken()
    {
        Census census = Census.Of(Joint.Model(1024, 8, 1));
        ServingStep[] steps = [.. Enumerable.Range(0, 31).Select(i => new Serving(Math.Pow(2, i), 0).Step(census, H100))];
        // Where arithmetic bounds the speed it stays the same, but for rounding.
        Assert.All(
            steps.Zip(steps.Skip(1)),
            pair => Assert.True(pair.Second.TokensPerSecond >= pair.First.TokensPerSecond * (1 - 1e-14), $"{pair.First.Sequences}")
        );
        Assert.True(steps[0].IsBoundByBandwidth);
        Assert.False(steps[^1].IsBoundByBandwidth);
        Assert.Equal(1, steps[^1].TokensPerSecond * census.MatrixFlopsPerToken / 989.4e12, 1e-14);
        // All weights, with every row of the embedding.
        Assert.Equal(census.WeightBytes(NumberType.Bf16), steps[^1].WeightBytes, 1e-3); // of 2e9, in twelve sums
    }

    [Theory]
    [InlineData(0.5, 10)]
    [InlineData(double.NaN, 10)]
    [InlineData(1, -1)]
    [InlineData(1, double.NaN)]
    public void Step_ImpossibleLoad_IsRefused(double sequences, double context) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Serving(sequences, context).Step(Census.Of(Tiny), H100));
}
