using MoeScale.Models;
using MoeScale.Training.Layers;
using MoeScale.Training.Safetensors;
using MoeScale.Training.Tests.Kernels;
using MoeScale.Training.Tests.Transformers;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Goldens;

/// <summary>
/// What PyTorch makes of some models at 4,096 tokens a step. It is made once for all tests, where PyTorch is installed: files of it would
/// be large.
/// </summary>
public sealed class LargeBatches : IDisposable
{
    public const int Sequences = 64,
        Sequence = 64,
        Steps = 2;

    private readonly GoldenFiles _files = new();
    private readonly string? _text;

    public LargeBatches()
    {
        if (SimdPathTests.IsInside)
        {
            return;
        }
        foreach ((string name, Model model) in Models)
        {
            using Transformer transformer = Open(name);
            float[] tokens = [.. new Draw(3).Integers(Steps * Sequences * (Sequence + 1), (int)model.VocabularySize).Select(t => (float)t)];
            Parameter[] parameters = [.. transformer.Parameters];
            SafetensorsFile.Write(
                Path.Combine(_files.Folder, $"{name}.safetensors"),
                [
                    .. parameters.Select(p => (p.Name, (IReadOnlyList<long>)p.Shape)),
                    ("tokens", [Steps, Sequences, Sequence + 1]),
                    ("rates", [Steps]),
                ],
                i =>
                    i < parameters.Length ? parameters[i].Weights
                    : i == parameters.Length ? tokens
                    : Rates,
                new Dictionary<string, string> { ["model"] = ModelFile.Write(model) }
            );
            Tokens[name] = [.. tokens.Select(t => (int)t)];
        }
        _text = _files.MakeAgain("--batches");
    }

    public static float[] Rates => [.. Enumerable.Repeat(2e-3f, Steps)];

    /// <summary>(steps, sequences, sequence + 1)</summary>
    public Dictionary<string, int[]> Tokens { get; } = [];

    public bool HasPyTorch => _text is not null;

    /// <summary>
    /// Shapes of the joint law's paper, of one block or two, with experts of 1/granularity of the width. No token is lost.
    /// </summary>
    public static Dictionary<string, Model> Models { get; } =
        new()
        {
            ["dense-64"] = Of(64),
            ["switch-64"] = WithExperts(Of(64), experts: 8, granularity: 1),
            ["fine-64"] = WithExperts(Of(64), experts: 10, granularity: 2),
            ["dense-128"] = Of(128),
            ["switch-128"] = WithExperts(Of(128), experts: 7, granularity: 1),
            ["fine-128"] = WithExperts(Of(128), experts: 18, granularity: 2),
        };

    public static Transformer Open(string name)
    {
        Transformer transformer = new(Models[name], Sequences, Sequence, threads: 2);
        TinyModels.Fill(transformer, seed: 4);
        return transformer;
    }

    public Dictionary<string, float[]> Golden(string name) => GoldenFiles.Read(Path.Combine(_files.Folder, $"{name}.golden.safetensors"));

    public void Dispose() => _files.Dispose();

    private static Model Of(int width) =>
        TinyModels.Of("joint-2025") with
        {
            Name = "joint-2025",
            ModelWidth = width,
            Blocks = width / 64,
            HeadWidth = width / 2,
            FeedForwardWidth = 3 * width,
            ExpertWidth = 3 * width,
            VocabularySize = 64,
            Context = Sequence,
        };

    private static Model WithExperts(Model model, int experts, int granularity) =>
        model with
        {
            ExpertCount = experts,
            TopK = granularity,
            ExpertWidth = model.FeedForwardWidth / granularity,
            Routing = new()
            {
                Weights = granularity == 1 ? RouterWeights.Softmax : RouterWeights.SelectedSoftmax,
                BalanceLoss = 0.1,
                ZLoss = 0.05,
            },
        };
}

/// <summary>
/// Whole models, dense and with experts of hundreds of tokens each, against PyTorch in double precision. An element of a gradient is a
/// sum over thousands of tokens, which cancel for the greater part while their roundings of 6e−8 do not: 0.6e−6 to 2.2e−6 of the largest
/// element of a tensor is what was measured. 1e−5, as for small models, leaves room for other orders of summation; an expert's product
/// that is wrong somewhere is off by a tenth and more.
/// </summary>
public class LargeBatchTests(LargeBatches batches, ITestOutputHelper output) : IClassFixture<LargeBatches>
{
    public static TheoryData<string> Names => [.. LargeBatches.Models.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Steps_OfThousandsOfTokens_AreThoseOfPyTorch(string name)
    {
        Assert.SkipWhen(SimdPathTests.IsInside, "once is enough: products are tried on every path");
        Assert.SkipUnless(batches.HasPyTorch, "there is no python3 with PyTorch here (Debian: apt-get install python3-torch)");
        Dictionary<string, float[]> golden = batches.Golden(name);
        using Transformer transformer = LargeBatches.Open(name);
        using AdamWOptimizer optimizer = new(transformer, new AdamWSettings(Clip: 2.7));
        for (int step = 0; step < LargeBatches.Steps; step++)
        {
            (int[] tokens, int[] targets) = Batch(batches.Tokens[name], step);
            transformer.ClearGradients();
            double loss = transformer.ForwardBackward(tokens, targets, 1f / tokens.Length) / tokens.Length;
            (float expected, float length) = (golden["losses"][step], golden["norms"][step]);
            Assert.True(Math.Abs(loss - expected) <= 1e-6 * expected, $"loss {loss:R} before step {step}, of PyTorch {expected:R}");
            if (step == 0)
            {
                CheckGradients(name, transformer, golden);
            }
            double norm = optimizer.Step(LargeBatches.Rates[step]);
            Assert.True(Math.Abs(norm - length) <= 1e-5 * length, $"gradient of length {norm:R} at step {step}, of PyTorch {length:R}");
            transformer.EndStep();
        }
    }

    private void CheckGradients(string name, Transformer transformer, Dictionary<string, float[]> golden)
    {
        double worst = 0;
        foreach (Parameter p in transformer.Parameters)
        {
            double[] expected = Draw.Wide(golden[$"gradient.{p.Name}"]);
            double scale = Math.Max(expected.Max(Math.Abs), 1e-3);
            worst = Math.Max(worst, Enumerable.Range(0, p.Count).Max(i => Math.Abs(p.Gradients[i] - expected[i])) / scale);
            Near.Check($"{name}: gradient of {p.Name}", p.Gradients, expected, 1e-5, scale);
        }
        output.WriteLine(
            $"{name}: gradients off from PyTorch by {worst:e1} of the largest of a tensor"
                + string.Concat(transformer.RouterLoads.Select(l => $"; tokens by expert: {string.Join(", ", l.Routed.ToArray())}"))
        );
        Assert.All(transformer.RouterLoads, l => Assert.True(l.Routed.ToArray().Max() > 384, "these experts have few tokens"));
    }

    private static (int[] Tokens, int[] Targets) Batch(int[] all, int step)
    {
        int[] tokens = new int[LargeBatches.Sequences * LargeBatches.Sequence],
            targets = new int[tokens.Length];
        for (int i = 0; i < tokens.Length; i++)
        {
            int sequence = (step * LargeBatches.Sequences) + (i / LargeBatches.Sequence);
            int at = (sequence * (LargeBatches.Sequence + 1)) + (i % LargeBatches.Sequence);
            (tokens[i], targets[i]) = (all[at], all[at + 1]);
        }
        return (tokens, targets);
    }
}
