using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Layers;
using MoeScale.Training.Layers.Experts;
using MoeScale.Training.Tests.Kernels;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Transformers;

/// <summary>
/// What holds for any routing, on models that are large enough for work to be divided: chunks of rows, parts of weight gradients.
/// </summary>
public class ExpertInvariantTests
{
    private const int Sequences = 4,
        Sequence = 70;

    private static readonly Model Wide = TinyModels.Of("joint-2025") with
    {
        ModelWidth = 72,
        HeadWidth = 24,
        ExpertCount = 4,
        ExpertWidth = 40,
        VocabularySize = 130,
        Context = Sequence,
    };

    private static readonly Model[] Models =
    [
        // 2·264 channels before the gate are two parts of a weight gradient.
        Wide with
        {
            Name = "switch",
            Blocks = 1,
            ExpertWidth = 264,
            Routing = new() { CapacityFactor = 1 },
        },
        Wide with
        {
            Name = "fine-grained",
            ExpertCount = 8,
            TopK = 3,
            SharedWidth = 48,
            Biases = BiasSet.Layers | BiasSet.Router,
            Routing = new()
            {
                Weights = RouterWeights.SelectedSigmoid,
                CapacityFactor = 0.8,
                BalanceBias = 0.01,
            },
        },
        Wide with
        {
            Name = "selected softmax",
            ExpertCount = 6,
            TopK = 2,
            Biases = BiasSet.Experts | BiasSet.Router,
            Activation = Activation.Gelu,
            Routing = new() { Weights = RouterWeights.SelectedSoftmax, CapacityFactor = 0.9 },
        },
        Wide with
        {
            Name = "expert choice",
            TopK = 2,
            NormAfterExperts = true,
            Routing = Routing.ExpertChoice,
            RoutingGroup = 2,
        },
    ];

    public static TheoryData<string> Names => [.. Models.Select(m => m.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Logits_LaterTokenChanged_KeepEarlierBits(string name)
    {
        using Transformer transformer = Open(Of(name));
        int vocabulary = transformer.Vocabulary;
        (int[] tokens, int[] targets) = Batch(transformer.Model);
        float[] before = transformer.Logits(tokens, 0, tokens.Length).ToArray(),
            trained = TrainingLosses(transformer, tokens, targets);
        bool seesOthers = transformer.Model.Routing.Kind == RoutingKind.ExpertChoice;
        foreach (int place in (int[])[0, 1, 31, 63, 64, Sequence - 1])
        {
            int row = Sequence + place;
            int[] changed = [.. tokens];
            changed[row] = (changed[row] + 1) % (int)transformer.Model.VocabularySize;
            float[] after = transformer.Logits(changed, 0, tokens.Length).ToArray(),
                trainedAfter = TrainingLosses(transformer, changed, targets);
            for (int r = 0; r < tokens.Length; r++)
            {
                // Earlier tokens; those of other sequences too, unless experts choose among all sequences of a group.
                bool isKept = r % Sequence < place || (r / Sequence != 1 && !(seesOthers && r / Sequence == 0));
                if (isKept)
                {
                    Near.SameBits(
                        $"logits of row {r}, token {row} changed",
                        after.AsSpan(r * vocabulary, vocabulary),
                        before.AsSpan(r * vocabulary, vocabulary)
                    );
                }
                // In training a token may lose its place at an expert, but only to tokens before it in the micro-batch.
                if (seesOthers ? isKept : r < row)
                {
                    Assert.True(
                        trainedAfter[r] == trained[r],
                        $"training loss of row {r}, token {row} changed: {trained[r]:R} and {trainedAfter[r]:R}"
                    );
                }
            }
            Assert.NotEqual(before[row * vocabulary], after[row * vocabulary]);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Steps_AnyNumberOfThreads_HaveTheSameBits(string name)
    {
        (double[] losses, double[] loads, float[] gradients, float[] weights) = Train(Of(name), threads: 1);
        foreach (int threads in (int[])[2, 3, 5])
        {
            (double[] otherLosses, double[] otherLoads, float[] otherGradients, float[] otherWeights) = Train(Of(name), threads);
            Assert.Equal(losses, otherLosses);
            Assert.Equal(loads, otherLoads);
            Near.SameBits($"gradients, {threads} threads", otherGradients, gradients);
            Near.SameBits($"weights, {threads} threads", otherWeights, weights);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Experts_InAnotherOrder_ChangeNothing(string name)
    {
        using Transformer one = Open(Of(name)),
            other = Open(Of(name));
        int experts = (int)one.Model.ExpertCount;
        int[] order = [.. Enumerable.Range(0, experts).Select(e => ((e * (experts == 6 ? 5 : 3)) + 1) % experts)];
        Assert.Equal(experts, order.Distinct().Count());
        Parameter[] dealt = [.. one.Parameters.Where(p => p.Experts is not null || p.Name.Contains(".router.", StringComparison.Ordinal))];
        Assert.Contains(dealt, p => p.Role == Role.Router);
        foreach (Parameter p in dealt)
        {
            Dealt(p.Weights.ToArray(), order).CopyTo(Find(other, p.Name).Weights);
        }
        (int[] tokens, int[] targets) = Batch(one.Model);
        float scale = 1f / TinyModels.Counted(targets);
        // The softmax of a router, and where experts choose the outputs of a token's experts, are added up in another
        // order: a rounding or two of each layer, and what the layers after it make of it.
        double loss = one.ForwardBackward(tokens, targets, scale),
            otherLoss = other.ForwardBackward(tokens, targets, scale);
        Assert.Equal(loss, otherLoss, 1e-6 * loss);
        foreach (Parameter p in one.Parameters)
        {
            float[] expected = dealt.Contains(p) ? Dealt(p.Gradients.ToArray(), order) : p.Gradients.ToArray();
            Near.Check(
                $"gradient of {p.Name}",
                Find(other, p.Name).Gradients,
                Draw.Wide(expected),
                1e-5,
                Math.Max(expected.Max(Math.Abs), 1e-3)
            );
        }
        foreach ((RouterLoad a, RouterLoad b) in one.RouterLoads.Zip(other.RouterLoads))
        {
            Assert.Equal(order.Select(e => a.Routed[e]), b.Routed.ToArray());
            Assert.Equal(a.DroppedShare, b.DroppedShare);
        }
        float[] logits = one.Logits(tokens, 0, tokens.Length).ToArray();
        Near.Check("logits", other.Logits(tokens, 0, tokens.Length), Draw.Wide(logits), 1e-5);
    }

    [Theory]
    [InlineData("switch")]
    [InlineData("fine-grained")]
    [InlineData("selected softmax")]
    public void Evaluation_WithACapacity_DropsNothing(string name)
    {
        Model model = Of(name);
        using Transformer tight = Open(model with { Routing = model.Routing with { CapacityFactor = 0.1 } }),
            free = Open(model with { Routing = model.Routing with { CapacityFactor = null } });
        (int[] tokens, int[] targets) = Batch(model);
        double loss = free.SumOfLosses(tokens, targets);
        Assert.Equal(loss, tight.SumOfLosses(tokens, targets));
        float[] logits = free.Logits(tokens, 0, tokens.Length).ToArray();
        Near.SameBits("logits", tight.Logits(tokens, 0, tokens.Length), logits);
        // Training differs, and evaluation counts no load.
        Assert.Equal(0, tight.RouterLoads[0].Tokens);
        Assert.NotEqual(loss, tight.ForwardBackward(tokens, targets, 1));
        // An expert keeps at most a tenth of the mean load, rounded up: of 70, 93⅓ or 105.
        Assert.InRange(tight.RouterLoads[0].DroppedShare, 0.89, 0.99);
        Assert.Equal(loss, free.ForwardBackward(tokens, targets, 1));
        Assert.Equal(0, free.RouterLoads[0].DroppedShare);
        // Nor does training leave anything behind that evaluation would see.
        Assert.Equal(loss, tight.SumOfLosses(tokens, targets));
    }

    [Fact]
    public void ForwardBackward_MicroBatches_AddUpWhereRoutersHaveNoLossOfShares()
    {
        // The load-balancing loss is of the shares of a micro-batch, and so is a capacity; all else is a sum over tokens.
        foreach (Model model in Models.Select(m => m with { Routing = m.Routing with { CapacityFactor = null, BalanceLoss = 0 } }))
        {
            using Transformer transformer = Open(model);
            (int[] tokens, int[] targets) = Batch(model);
            float scale = 1f / TinyModels.Counted(targets);
            double loss = transformer.ForwardBackward(tokens, targets, scale);
            float[][] whole = [.. transformer.Parameters.Select(p => p.Gradients.ToArray())];
            long[][] routed = [.. transformer.RouterLoads.Select(l => l.Routed.ToArray())];
            double z = transformer.RouterLoads[0].ZLoss;
            transformer.EndStep();
            transformer.ClearGradients();
            // The biases of the selection moved; put them back.
            foreach (Parameter p in transformer.Parameters.Where(p => p.Name.EndsWith("balance_bias", StringComparison.Ordinal)))
            {
                using Transformer fresh = Open(model);
                Find(fresh, p.Name).Weights.CopyTo(p.Weights);
            }
            double sum = 0;
            for (int at = 0; at < tokens.Length; at += 2 * Sequence)
            {
                sum += transformer.ForwardBackward(tokens.AsSpan(at, 2 * Sequence), targets.AsSpan(at, 2 * Sequence), scale);
            }
            Assert.Equal(loss, sum, 1e-12 * loss);
            Assert.Equal(routed, transformer.RouterLoads.Select(l => l.Routed.ToArray()));
            Assert.Equal(z, transformer.RouterLoads[0].ZLoss, 1e-9 * z);
            for (int i = 0; i < whole.Length; i++)
            {
                // As for dense models.
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

    [Fact]
    public void Transformer_SequencesThatAreNoWholeGroups_SaysSo()
    {
        Model model = Of("expert choice");
        Assert.Equal(2, Transformer.GroupOf(model));
        Assert.Equal(1, Transformer.GroupOf(Of("switch")));
        Assert.Contains(
            "routing_group of 2, so take a multiple of that",
            Assert.Throws<UserException>(() => new Transformer(model, 3, Sequence, threads: 1)).Message
        );
        using Transformer transformer = Open(model);
        int[] tokens = new int[3 * Sequence];
        Assert.Contains("no whole routing groups of 2", Assert.Throws<ArgumentException>(() => transformer.Loss(tokens, tokens)).Message);
    }

    private static (double[] Losses, double[] Loads, float[] Gradients, float[] Weights) Train(Model model, int threads)
    {
        using Transformer transformer = Open(model, threads);
        using AdamWOptimizer optimizer = new(transformer, new AdamWSettings());
        List<double> losses = [],
            loads = [];
        for (int step = 0; step < 3; step++)
        {
            (int[] tokens, int[] targets) = TinyModels.Batch(model, Sequences * Sequence, step);
            transformer.ClearGradients();
            losses.Add(transformer.ForwardBackward(tokens, targets, 1f / TinyModels.Counted(targets)));
            loads.AddRange(
                transformer.RouterLoads.SelectMany(l =>
                    (double[])[.. l.Routed.ToArray(), l.BalanceLoss, l.ZLoss, l.LogitNorm, l.DroppedShare, l.UnservedShare]
                )
            );
            Assert.True(optimizer.Step(1e-2) > 0);
            transformer.EndStep();
        }
        return (
            [.. losses],
            [.. loads],
            [.. transformer.Parameters.SelectMany(p => p.Gradients.ToArray())],
            [.. transformer.Parameters.SelectMany(p => p.Weights.ToArray())]
        );
    }

    private static float[] TrainingLosses(Transformer transformer, int[] tokens, int[] targets)
    {
        transformer.ForwardBackward(tokens, targets, 1);
        return transformer.Losses(tokens.Length).ToArray();
    }

    private static float[] Dealt(float[] values, int[] order)
    {
        int length = values.Length / order.Length;
        return [.. order.SelectMany(e => values.AsSpan(e * length, length).ToArray())];
    }

    private static Model Of(string name) => Models.Single(m => m.Name == name);

    private static Parameter Find(Transformer transformer, string name) => transformer.Parameters.Single(p => p.Name == name);

    private static (int[] Tokens, int[] Targets) Batch(Model model) => TinyModels.Batch(model, Sequences * Sequence, seed: 2);

    private static Transformer Open(Model model, int threads = 2)
    {
        Transformer transformer = new(model, Sequences, Sequence, threads);
        TinyModels.Fill(transformer, seed: 1);
        return transformer;
    }
}
