using MoeScale.Models;
using MoeScale.Training.Kernels;
using MoeScale.Training.Layers;
using MoeScale.Training.Tests.Kernels;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Transformers;

/// <summary>Models of every option, small enough for each of their parameters to be moved by itself.</summary>
internal static class TinyModels
{
    public const int Sequences = 2,
        Sequence = 6;

    private static readonly Model Smallest = new()
    {
        Name = "tiny",
        ModelWidth = 8,
        Blocks = 2,
        Heads = 2,
        KvHeads = 2,
        HeadWidth = 4,
        FeedForwardWidth = 12,
        ExpertWidth = 12,
        VocabularySize = 11,
        Context = Sequence,
    };

    private static readonly Model[] Models =
    [
        Smallest with
        {
            Name = "joint-2025",
            FeedForwardWidth = 24,
        },
        Smallest with
        {
            Name = "fine-grained-2024",
            Normalization = Normalization.LayerNorm,
            Positions = Positions.Learned,
            Activation = Activation.Relu,
            Context = 9,
        },
        Smallest with
        {
            Name = "gpt-2",
            Normalization = Normalization.LayerNorm,
            Positions = Positions.Learned,
            Activation = Activation.Gelu,
            Biases = BiasSet.Layers,
            TiedEmbeddings = true,
        },
        // Heads that are wider together than the model, and share keys and values; rows of the vocabulary that no token has; every bias
        // there is.
        Smallest with
        {
            Name = "grouped queries",
            Activation = Activation.GeGlu,
            Biases = BiasSet.Layers | BiasSet.Head,
            Heads = 6,
            KvHeads = 2,
            HeadWidth = 2,
            VocabularyMultipleOf = 8,
        },
        // Widths that no vector divides, a tied head with a bias, one head of keys and values.
        Smallest with
        {
            Name = "odd widths",
            ModelWidth = 9,
            Heads = 3,
            KvHeads = 1,
            HeadWidth = 6,
            FeedForwardWidth = 5,
            Normalization = Normalization.LayerNorm,
            Biases = BiasSet.Qkv | BiasSet.Head,
            TiedEmbeddings = true,
        },
        Smallest with
        {
            Name = "some biases",
            Positions = Positions.Learned,
            Activation = Activation.Gelu,
            Biases = BiasSet.AttentionOutput | BiasSet.FeedForward,
            HeadWidth = 3,
            Blocks = 1,
        },
        // Far from the usual ones, so that each is seen in every slope.
        Smallest with
        {
            Name = "base and epsilon",
            RopeTheta = 7,
            NormEpsilon = 0.03,
            Activation = Activation.GeluTanh,
            Blocks = 1,
        },
        Smallest with
        {
            Name = "epsilon of LayerNorm",
            Normalization = Normalization.LayerNorm,
            NormEpsilon = 0.03,
            Blocks = 1,
        },
        Smallest with
        {
            Name = "relu and rmsnorm",
            Activation = Activation.Relu,
            Biases = BiasSet.FeedForward,
            TiedEmbeddings = true,
            Heads = 1,
            KvHeads = 1,
            HeadWidth = 8,
            Blocks = 1,
        },
    ];

    public static TheoryData<string> Names => [.. Models.Select(m => m.Name)];

    public static Model Of(string name) => Models.Single(m => m.Name == name);

    /// <summary>
    /// Draws every parameter, gains and biases too, wide enough for no part of the model to be nearly linear or without effect.
    /// </summary>
    public static void Fill(Transformer transformer, int seed)
    {
        Draw draw = new(seed);
        foreach (Parameter p in transformer.Parameters)
        {
            float[] values = draw.Floats(p.Count, p.Beginning == Beginning.Random ? 1.2 / Math.Sqrt(p.FanIn) : 0.3);
            for (int i = 0; i < values.Length; i++)
            {
                p.Weights[i] = values[i] + (p.Beginning == Beginning.One ? 1 : 0);
            }
        }
    }

    /// <summary>Tokens and targets of a number of sequences; every seventh target is none.</summary>
    public static (int[] Tokens, int[] Targets) Batch(Model model, int tokens, int seed)
    {
        Draw draw = new(seed);
        int[] drawn = draw.Integers(tokens, (int)model.VocabularySize),
            targets = draw.Integers(tokens, (int)model.VocabularySize);
        for (int i = 3; i < tokens; i += 7)
        {
            targets[i] = CrossEntropy.Ignored;
        }
        return (drawn, targets);
    }

    public static int Counted(int[] targets) => targets.Count(t => t != CrossEntropy.Ignored);
}
