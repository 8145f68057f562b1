using MoeScale.Models;
using MoeScale.Training.Layers;
using MoeScale.Training.Tests.Kernels;
using MoeScale.Training.Tests.Reference;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Transformers;

public class InitializerTests
{
    // Fan-ins of 4, 64 and 200; each matrix has thousands of weights.
    private static readonly Model Wide = TinyModels.Of("gpt-2") with
    {
        ModelWidth = 64,
        HeadWidth = 48,
        FeedForwardWidth = 200,
        VocabularySize = 500,
    };

    // 6 experts of 20 channels, which 4 experts of a token make 80 or all make 120.
    private static readonly Model Experts = TinyModels.Of("joint-2025") with
    {
        ModelWidth = 64,
        HeadWidth = 32,
        ExpertCount = 6,
        ExpertWidth = 20,
        TopK = 4,
        SharedWidth = 30,
        VocabularySize = 500,
        Biases = BiasSet.Layers | BiasSet.Router,
    };

    private static readonly Model ExpertsChoose = Experts with { Name = "expert choice", Routing = Routing.ExpertChoice, RoutingGroup = 3 };
    private static readonly Model Narrow = TinyModels.Of("fine-grained-2024") with { ModelWidth = 4, HeadWidth = 2, VocabularySize = 5000 };

    [Theory]
    [InlineData(InitialCut.TwoDeviations)]
    [InlineData(InitialCut.Absolute)]
    public void Initialize_EveryMatrix_HasTheSpreadOfItsFanInAndEndsAtTheCut(InitialCut cut)
    {
        foreach (Model model in (Model[])[Wide, Narrow, Experts, ExpertsChoose])
        {
            using Transformer transformer = new(model, Transformer.GroupOf(model), 1, threads: 1, forTraining: false);
            transformer.Initialize(new Initialization(Cut: cut), seed: 7);
            foreach (Parameter p in transformer.Parameters.Where(p => p.Beginning == Beginning.Random && p.Count > 1000))
            {
                double before = Math.Sqrt(0.1 / FanIn(model, p.Name, cut)),
                    most = cut == InitialCut.Absolute ? 0.2 : 2 * before;
                double[] weights = Draw.Wide(p.Weights);
                double mean = weights.Average(),
                    spread = Math.Sqrt(weights.Average(w => w * w));
                // Cut at ±a deviations, a normal number has variance 1 − 2a·φ(a)/(2Φ(a) − 1).
                double a = most / before,
                    bell = Math.Exp(-a * a / 2) / Math.Sqrt(2 * Math.PI);
                double expected = before * Math.Sqrt(1 - (2 * a * bell / ((2 * ActivationReference.Phi(a)) - 1)));
                // A sample of n has a mean of spread/√n, and a spread that is off by 1/√(2n) of itself at most, once in its deviation: five
                // are one in a million.
                Assert.True(Math.Abs(mean) < 5 * expected / Math.Sqrt(p.Count), $"{p.Name}: mean {mean}");
                Assert.True(
                    Math.Abs(spread - expected) < 5 * expected / Math.Sqrt(2 * p.Count),
                    $"{p.Name}: spread {spread}, expected {expected}"
                );
                // Of a thousand, some come near the cut, unless it lies where there is nothing; the last bit is of the rounding to single
                // precision.
                double largest = weights.Max(Math.Abs);
                Assert.InRange(largest, Math.Min(most, 2.5 * before) * 0.95, most * (1 + 1e-7));
            }
        }
    }

    [Fact]
    public void Initialize_GainsAndBiases_AreOneAndZero()
    {
        foreach (Model model in (Model[])[Wide, Experts, Experts with { Routing = new() { BalanceBias = 0.1 } }])
        {
            CheckGainsAndBiases(model);
        }
    }

    private static void CheckGainsAndBiases(Model model)
    {
        using Transformer transformer = new(model, 1, 1, threads: 1, forTraining: false);
        TinyModels.Fill(transformer, seed: 1);
        transformer.Initialize(new Initialization(), seed: 7);
        foreach (Parameter p in transformer.Parameters.Where(p => p.Rows == 1))
        {
            Assert.False(p.Weights.ContainsAnyExcept(p.Name.EndsWith("norm.weight", StringComparison.Ordinal) ? 1 : 0), p.Name);
        }
    }

    [Fact]
    public void Initialize_SameSeed_SameBitsWhateverStandsBeside()
    {
        using Transformer one = new(Wide, 1, 1, threads: 1),
            other = new(Wide with { Biases = BiasSet.None, Blocks = 1 }, 1, 1, threads: 2);
        one.Initialize(new Initialization(), seed: 7);
        other.Initialize(new Initialization(), seed: 7);
        foreach (Parameter p in other.Parameters)
        {
            Near.SameBits(p.Name, one.Parameters.Single(q => q.Name == p.Name).Weights, p.Weights);
        }
        // Another seed, or another name, and hardly a weight is the same.
        other.Initialize(new Initialization(), seed: 8);
        Assert.True(Same(Find(one, "embedding.weight"), Find(other, "embedding.weight")) < 5);
        Assert.True(Same(Find(one, "blocks.0.attention.qkv.weight"), Find(one, "blocks.1.attention.qkv.weight")) < 5);
    }

    private static Parameter Find(Transformer transformer, string name) => transformer.Parameters.Single(p => p.Name == name);

    private static int Same(Parameter a, Parameter b) => Enumerable.Range(0, a.Count).Count(i => a.Weights[i] == b.Weights[i]);

    private static double FanIn(Model m, string name, InitialCut cut) =>
        name.EndsWith("attention.output.weight", StringComparison.Ordinal) ? m.Heads * m.HeadWidth
        : name.EndsWith("feed_forward.output.weight", StringComparison.Ordinal) ? m.FeedForwardWidth
        : name.EndsWith("shared_experts.output.weight", StringComparison.Ordinal) ? m.SharedWidth
        : name.EndsWith("experts.output.weight", StringComparison.Ordinal)
            ? m.ExpertWidth
                * (
                    cut == InitialCut.TwoDeviations ? 1
                    : m.Routing.Kind == RoutingKind.ExpertChoice ? m.TopK
                    : m.ExpertCount
                )
        : m.ModelWidth;
}
