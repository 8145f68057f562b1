using System.Diagnostics;
using MoeScale.Models;
using MoeScale.Training.Kernels.Products;
using MoeScale.Training.Layers;

namespace MoeScale.Training.Transformers;

/// <summary>
/// How fast training steps are here: whole steps, forward, backward and AdamW, at the shapes that other trainers are compared at.
/// </summary>
public sealed record StepBenchmark
{
    /// <summary>GPT-2 style: learned positions, LayerNorm, biases, GELU, tied head.</summary>
    public required Model Model { get; init; }

    /// <summary>Name of the kind of feed-forward layers.</summary>
    public string Kind { get; init; } = "dense";

    /// <summary>Sequences of a step, of the model's context each.</summary>
    public required int Sequences { get; init; }

    /// <summary>d_model 256, 4 blocks of 4 heads, vocabulary 256, context 256, batch 16.</summary>
    public static StepBenchmark Small => new() { Model = Gpt2("S", 256, 4, 4, 256), Sequences = 16 };

    /// <summary>d_model 512, 8 blocks of 8 heads, vocabulary 4096, context 256, batch 8.</summary>
    public static StepBenchmark Medium => new() { Model = Gpt2("M", 512, 8, 8, 4096), Sequences = 8 };

    /// <summary>
    /// The same with Switch layers, 8 experts of which a token takes one; dropless, with biases, load-balancing loss and z-loss.
    /// </summary>
    public StepBenchmark Switch => this with { Kind = "switch", Model = WithExperts(8, 1, RouterWeights.Softmax) };

    /// <summary>
    /// The same with fine experts: 32 of a quarter of the width, of which a token takes four; dropless, weights of sum 1.
    /// </summary>
    public StepBenchmark Fine => this with { Kind = "fine", Model = WithExperts(8, 4, RouterWeights.SelectedSoftmax) };

    /// <summary>The same with experts that cost a token what the dense layer costs.</summary>
    /// <param name="expansion">E: parameters of the experts over those of the dense layer.</param>
    /// <param name="granularity">G: how many experts a token takes, each of so small a part of the width.</param>
    /// <param name="weights">Of their outputs.</param>
    public Model WithExperts(int expansion, int granularity, RouterWeights weights) =>
        Model with
        {
            ExpertCount = expansion * granularity,
            ExpertWidth = Model.FeedForwardWidth / granularity,
            TopK = granularity,
            Routing = new Routing { Weights = weights },
        };

    /// <summary>
    /// FLOPs of a step for each token, 6·12·blocks·d² + 6·d·V + 12·blocks·d·T: matrices forward and twice backward,
    /// attention in full though it is causal, as it is usually counted. Experts add nothing, for a token meets as many
    /// weights as in the dense layer; the router is left out.
    /// </summary>
    public double FlopsPerToken =>
        (6 * 12 * Model.Blocks * Model.ModelWidth * Model.ModelWidth)
        + (6 * Model.ModelWidth * Model.VocabularyRows)
        + (12 * Model.Blocks * Model.ModelWidth * Model.Context);

    /// <summary>Times steps on random tokens.</summary>
    /// <param name="threads">Threads to work with.</param>
    /// <param name="steps">Timed steps; the median counts.</param>
    /// <param name="warm">Steps before them.</param>
    public StepSpeed Run(int threads, int steps, int warm = 3)
    {
        int context = (int)Model.Context;
        using Transformer transformer = new(Model, Sequences, context, threads);
        using AdamWOptimizer optimizer = new(transformer, new AdamWSettings());
        transformer.Initialize(new Initialization(), seed: 1);
        Random random = new(1);
        int[] tokens = [.. Enumerable.Range(0, Sequences * context).Select(_ => random.Next(transformer.Vocabulary))];
        int[] targets = [.. tokens.Skip(1).Append(tokens[0])];
        StepClock clock = new();
        transformer.Clock = clock;
        double[] seconds = new double[steps];
        double peak = 0;
        long allocated = 0;
        for (int step = -warm; step < steps; step++)
        {
            if (step == 0)
            {
                clock.Clear();
                allocated = GC.GetTotalAllocatedBytes(precise: true);
            }
            clock.Begin();
            long start = Stopwatch.GetTimestamp();
            transformer.ClearGradients();
            clock.Mark("clear gradients");
            transformer.ForwardBackward(tokens, targets, 1f / tokens.Length);
            optimizer.Step(1e-4);
            transformer.EndStep();
            clock.Mark("AdamW and clipping");
            if (step >= 0)
            {
                seconds[step] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            }
        }
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        // In the same minute as the steps, since the machine's speed drifts.
        peak = PeakMeter.MeasureGflops(transformer.Pool);
        Array.Sort(seconds);
        double median = seconds[seconds.Length / 2];
        return new StepSpeed
        {
            Shape = Model.Name,
            Threads = threads,
            TokensPerSecond = tokens.Length / median,
            Gflops = FlopsPerToken * tokens.Length / median / 1e9,
            PeakGflops = peak,
            StepSeconds = median,
            FastestSeconds = seconds[0],
            SlowestSeconds = seconds[^1],
            AllocatedBytes = allocated,
            Kernels = [.. clock.Seconds.Select(k => (k.Kernel, k.Seconds / steps)).OrderByDescending(k => k.Item2)],
        };
    }

    private static Model Gpt2(string name, int width, int blocks, int heads, int vocabulary) =>
        new()
        {
            Name = name,
            ModelWidth = width,
            Blocks = blocks,
            Heads = heads,
            KvHeads = heads,
            HeadWidth = width / heads,
            FeedForwardWidth = 4 * width,
            ExpertWidth = 4 * width,
            VocabularySize = vocabulary,
            Context = 256,
            Activation = Activation.Gelu,
            Normalization = Normalization.LayerNorm,
            Positions = Positions.Learned,
            Biases = BiasSet.Layers,
            TiedEmbeddings = true,
        };
}

/// <summary>What <see cref="StepBenchmark"/> measured.</summary>
public sealed record StepSpeed
{
    /// <summary>Name of the shape.</summary>
    public required string Shape { get; init; }

    /// <summary>Threads that worked.</summary>
    public required int Threads { get; init; }

    /// <summary>At the median step.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Billions of operations a second at the median step.</summary>
    public required double Gflops { get; init; }

    /// <summary>The measured ceiling of as many threads.</summary>
    public required double PeakGflops { get; init; }

    /// <summary>Median.</summary>
    public required double StepSeconds { get; init; }

    /// <summary>Fastest step.</summary>
    public required double FastestSeconds { get; init; }

    /// <summary>Slowest step.</summary>
    public required double SlowestSeconds { get; init; }

    /// <summary>On the managed heap, over all timed steps.</summary>
    public required long AllocatedBytes { get; init; }

    /// <summary>Mean seconds of a step by kernel, the longest first.</summary>
    public required IReadOnlyList<(string Kernel, double Seconds)> Kernels { get; init; }

    public double PeakShare => Gflops / PeakGflops;
}
