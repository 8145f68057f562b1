using MoeScale.Models;
using MoeScale.Training.Layers;
using MoeScale.Training.Layers.Experts;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Transformers;

/// <summary>Of models with experts, too, what is counted is what is allocated and done.</summary>
public class ExpertCensusTests(ITestOutputHelper output)
{
    [Fact]
    public void Parameters_RandomModelsWithExperts_AreThoseOfTheCensusByRole()
    {
        Random random = new(1);
        for (int i = 0; i < 200; i++)
        {
            Model model = Random(random);
            Assert.Null(Transformer.WhyNot(model));
            using Transformer transformer = new(model, Transformer.GroupOf(model), 1, threads: 1, forTraining: false);
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
            // What decays is a matrix, of whatever number of dimensions; gains and biases do not.
            Assert.All(
                transformer.Parameters,
                p =>
                    Assert.Equal(
                        p.Name.EndsWith("weight", StringComparison.Ordinal) && !p.Name.EndsWith("norm.weight", StringComparison.Ordinal),
                        p.Decays
                    )
            );
            Assert.Equal(model.MoeBlocks, transformer.RouterLoads.Count);
        }
    }

    [Theory]
    [MemberData(nameof(TinyExperts.Names), MemberType = typeof(TinyExperts))]
    public void ForwardPass_SlotsAndTokensThroughEachMatrix_AreTheFlopsAndActiveParametersOfTheCensus(string name)
    {
        Model model = TinyExperts.Of(name);
        model = model with { Routing = model.Routing with { CapacityFactor = null } };
        using Transformer transformer = new(model, TinyExperts.Sequences, TinyExperts.Sequence, threads: 2);
        TinyModels.Fill(transformer, seed: 1);
        (int[] tokens, int[] targets) = TinyModels.Batch(model, TinyExperts.Sequences * TinyExperts.Sequence, seed: 2);
        transformer.ForwardBackward(tokens, targets, 1);
        // An expert's matrices multiply the slots that it was given, all others each token: the embedding, unless it is the head too, is
        // only read.
        double multiplied = 0,
            used = 0;
        foreach (Parameter p in transformer.Parameters)
        {
            double rows = p.Experts is null ? tokens.Length : 0;
            double perRow = p.Count / (double)(p.Experts ?? 1);
            if (p.Experts is not null)
            {
                RouterLoad load = transformer.RouterLoads.Single(l =>
                    p.Name.StartsWith($"blocks.{l.Block}.experts.", StringComparison.Ordinal)
                );
                rows = load.Routed.ToArray().Sum() * (1 - load.DroppedShare);
            }
            used += rows * perRow;
            multiplied +=
                p.Decays && p.Role is not Role.Positions && !(p.Role == Role.Embedding && !model.TiedEmbeddings) ? rows * perRow : 0;
        }
        Census census = Census.Of(model);
        Assert.Equal(census.MatrixFlopsPerToken * tokens.Length, 2 * multiplied, 1e-9 * multiplied);
        Assert.Equal(census.ActiveParams * tokens.Length, used, 1e-9 * used);
    }

    [Theory]
    [InlineData("switch", 8, 1, 0)]
    [InlineData("fine-grained", 32, 4, 0)]
    [InlineData("expert choice", 32, 4, 16)]
    public void TensorBytes_OfTraining_AreWithinThePrediction(string name, int experts, int topK, int group)
    {
        const int sequences = 16,
            sequence = 256;
        Model model = new()
        {
            Name = name,
            ModelWidth = 256,
            Blocks = 4,
            Heads = 4,
            KvHeads = 4,
            HeadWidth = 64,
            FeedForwardWidth = 1024,
            ExpertCount = experts,
            ExpertWidth = 1024 / topK,
            TopK = topK,
            VocabularySize = 256,
            Context = 256,
            Activation = Activation.Gelu,
            Normalization = Normalization.LayerNorm,
            Positions = Positions.Learned,
            TiedEmbeddings = true,
            Routing = group > 0 ? Routing.ExpertChoice : new Routing(),
            RoutingGroup = group,
            NormAfterExperts = group > 0,
        };
        TrainingSetup setup = new()
        {
            SequencesPerMicroBatch = sequences,
            SequenceLength = sequence,
            Precision = TrainingPrecision.Fp32,
            FusedAttention = true,
        };
        double predicted = TrainingMemory.Of(model, setup).MostLoaded.TotalBytes;
        // Moments are two floats for each parameter; scratch memory of products is no part of the prediction.
        using Transformer planned = Transformer.Planned(model, sequences, sequence, threads: 2);
        double allocated = planned.TensorBytes - planned.ScratchBytes + (8 * Census.Of(model).StoredParams);
        output.WriteLine(
            $"{name}: {allocated / (1 << 20):F1} MiB allocated, {predicted / (1 << 20):F1} MiB predicted, "
                + $"{(allocated / predicted) - 1:+0.0%;-0.0%}"
        );
        // The prediction is of a trainer whose layers each keep a copy of what their experts read and write, top_k rows
        // of d_model for each token and both; here a product gathers its rows while it packs them, and all layers share
        // the memory of what experts write.
        double copies = 2.0 * topK * sequences * sequence * model.ModelWidth * model.Blocks * sizeof(float);
        Assert.InRange(allocated, 0.9 * (predicted - copies), 1.03 * predicted);
    }

    // The engine keeps queries, keys and values in one matrix.
    private static Role Joined(Role role) => role is Role.Key or Role.Value ? Role.Query : role;

    private static Model Random(Random random)
    {
        BiasSet biases = BiasSet.None;
        foreach (BiasSet part in (BiasSet[])[BiasSet.FeedForward, BiasSet.Experts, BiasSet.SharedExperts, BiasSet.Router])
        {
            biases |= random.Next(2) == 0 ? part : BiasSet.None;
        }
        int experts = random.Next(2, 9),
            topK = random.Next(1, experts + 1),
            every = random.Next(1, 3),
            leading = random.Next(2);
        bool expertsChoose = random.Next(3) == 0;
        Routing routing = expertsChoose
            ? Routing.ExpertChoice
            : new()
            {
                Weights = topK == 1 ? RouterWeights.Sigmoid : (RouterWeights)random.Next(4),
                BalanceBias = random.Next(2) == 0 && biases.HasFlag(BiasSet.Router) ? 0.01 : 0,
            };
        return new Model
        {
            Name = "random",
            ModelWidth = random.Next(1, 40),
            Blocks = leading + (every * random.Next(1, 3)),
            Heads = 2,
            KvHeads = random.Next(1, 3),
            HeadWidth = 4,
            FeedForwardWidth = random.Next(1, 60),
            ExpertWidth = random.Next(1, 30),
            ExpertCount = experts,
            TopK = topK,
            SharedWidth = random.Next(2) * random.Next(20),
            LeadingDenseBlocks = leading,
            MoeEvery = every,
            Routing = routing,
            RoutingGroup = expertsChoose ? experts : 0,
            NormAfterExperts = random.Next(2) == 0,
            VocabularySize = random.Next(1, 100),
            Context = random.Next(1, 30),
            Activation = (Activation)random.Next(4),
            Normalization = (Normalization)random.Next(2),
            Positions = (Positions)random.Next(2),
            Biases = biases,
            TiedEmbeddings = random.Next(2) == 0,
        };
    }
}
