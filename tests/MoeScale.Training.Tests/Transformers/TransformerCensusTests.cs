using MoeScale.Models;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Transformers;

/// <summary>What is counted is what is allocated.</summary>
public class TransformerCensusTests(ITestOutputHelper output)
{
    private static readonly Model S = new()
    {
        Name = "S",
        ModelWidth = 256,
        Blocks = 4,
        Heads = 4,
        KvHeads = 4,
        HeadWidth = 64,
        FeedForwardWidth = 1024,
        ExpertWidth = 1024,
        VocabularySize = 256,
        Context = 256,
        Activation = Activation.Gelu,
        Normalization = Normalization.LayerNorm,
        Positions = Positions.Learned,
        Biases = BiasSet.Layers,
        TiedEmbeddings = true,
    };

    private static readonly Model M = S with
    {
        Name = "M",
        ModelWidth = 512,
        Blocks = 8,
        Heads = 8,
        KvHeads = 8,
        FeedForwardWidth = 2048,
        ExpertWidth = 2048,
        VocabularySize = 4096,
    };

    [Fact]
    public void Parameters_RandomDenseModels_AreThoseOfTheCensusByRole()
    {
        Random random = new(1);
        for (int i = 0; i < 200; i++)
        {
            Model model = Random(random);
            Assert.Null(Transformer.WhyNot(model));
            using Transformer transformer = new(model, 1, 1, threads: 1, forTraining: false);
            Census census = Census.Of(model);
            Assert.Equal(census.StoredParams, transformer.Parameters.Sum(p => (double)p.Count));
            Assert.Equal(
                census
                    .Rows.GroupBy(r => Joined(r.Role))
                    .Select(g => (g.Key, g.Sum(r => r.Stored)))
                    .Where(g => g.Item2 > 0)
                    .OrderBy(g => g.Key),
                transformer.Parameters.GroupBy(p => Joined(p.Role)).Select(g => (g.Key, g.Sum(p => (double)p.Count))).OrderBy(g => g.Key)
            );
            Assert.Equal(transformer.Parameters.Count, transformer.Parameters.Select(p => p.Name).Distinct().Count());
            Assert.All(transformer.Parameters, p => Assert.Equal(p.Count, p.Shape.Aggregate(1L, (a, b) => a * b)));
        }
    }

    public static TheoryData<string, int, int> Sizes =>
        new()
        {
            { "S", 16, 256 },
            { "S", 1, 256 },
            { "M", 8, 256 },
            { "joint-2025, bytes", 16, 256 },
            { "joint-2025, bytes", 32, 512 },
            { "joint-2025, synthetic", 64, 64 },
            { "joint-2025", 1, 256 },
            { "joint-2025", 8, 256 },
            { "fine-grained-2024, bytes", 16, 256 },
            { "joint-2025, 8 experts", 16, 256 },
            { "joint-2025, 8 experts", 2, 256 },
            { "joint-2025, 32 of a quarter", 16, 256 },
            { "fine-grained-2024, 8 experts", 32, 256 },
            { "fine-grained-2024, 32 of a quarter", 32, 128 },
        };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void TensorBytes_OfTraining_AreWithinTenPercentOfThePrediction(string name, int sequences, int sequence)
    {
        Model model = name switch
        {
            "S" => S,
            "M" => M,
            "joint-2025, 8 experts" => Experts("joint-2025", 8, 1),
            "joint-2025, 32 of a quarter" => Experts("joint-2025", 8, 4),
            "fine-grained-2024, 8 experts" => Experts("fine-grained-2024", 8, 1),
            "fine-grained-2024, 32 of a quarter" => Experts("fine-grained-2024", 8, 4),
            "joint-2025" => Buildable.Whole(ShapeFamily.Open("joint-2025").Model(128, 1, 1)),
            "joint-2025, bytes" => Buildable.Whole(ShapeFamily.Open("joint-2025").Model(128, 1, 1)) with { VocabularySize = 257 },
            "joint-2025, synthetic" => Buildable.Whole(ShapeFamily.Open("joint-2025").Model(64, 1, 1)) with { VocabularySize = 256 },
            _ => Buildable.Whole(ShapeFamily.Open("fine-grained-2024").Model(128, 1, 1)) with { VocabularySize = 257 },
        };
        TrainingSetup setup = new()
        {
            SequencesPerMicroBatch = sequences,
            SequenceLength = sequence,
            Precision = TrainingPrecision.Fp32,
            FusedAttention = true,
        };
        // Logits are predicted for all tokens; where they would take more than 64 MiB, the head works with some tokens at a time.
        int rows = sequences * sequence,
            vocabulary = (int)model.VocabularyRows,
            held = Math.Min(rows, (1 << 24) / vocabulary / 64 * 64);
        double predicted = TrainingMemory.Of(model, setup).MostLoaded.TotalBytes - (4.0 * (rows - held) * vocabulary);
        using Transformer transformer = new(model, sequences, sequence, threads: 2);
        using AdamWOptimizer optimizer = new(transformer, new AdamWSettings());
        // Scratch memory of products is the same for all models, and no part of the prediction.
        double allocated = transformer.TensorBytes - transformer.ScratchBytes + optimizer.TensorBytes;
        output.WriteLine(
            $"{name}, {sequences} x {sequence}: {allocated / (1 << 20):F1} MiB allocated, {predicted / (1 << 20):F1} MiB predicted, "
                + $"{(allocated / predicted) - 1:+0.0%;-0.0%}"
        );
        Assert.InRange(allocated / predicted, 0.9, 1.1);
    }

    private static Model Experts(string family, double experts, double granularity) =>
        Buildable.Whole(ShapeFamily.Open(family).Model(128, experts, granularity)) with
        {
            VocabularySize = 257,
        };

    // The engine keeps queries, keys and values in one matrix.
    private static Role Joined(Role role) => role is Role.Key or Role.Value ? Role.Query : role;

    private static Model Random(Random random)
    {
        int kvHeads = random.Next(1, 4);
        BiasSet biases = BiasSet.None;
        foreach (BiasSet part in (BiasSet[])[BiasSet.Qkv, BiasSet.AttentionOutput, BiasSet.FeedForward, BiasSet.Head])
        {
            biases |= random.Next(2) == 0 ? part : BiasSet.None;
        }
        int feedForward = random.Next(1, 60);
        return new Model
        {
            Name = "random",
            ModelWidth = random.Next(1, 40),
            Blocks = random.Next(1, 5),
            Heads = kvHeads * random.Next(1, 4),
            KvHeads = kvHeads,
            HeadWidth = 2 * random.Next(1, 9),
            FeedForwardWidth = feedForward,
            ExpertWidth = feedForward,
            VocabularySize = random.Next(1, 100),
            VocabularyMultipleOf = random.Next(2) == 0 ? 1 : 16,
            Context = random.Next(1, 30),
            Activation = (Activation)random.Next(4),
            Normalization = (Normalization)random.Next(2),
            Positions = (Positions)random.Next(2),
            Biases = biases,
            TiedEmbeddings = random.Next(2) == 0,
        };
    }
}
