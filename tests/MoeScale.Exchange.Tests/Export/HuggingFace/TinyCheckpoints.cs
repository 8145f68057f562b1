using MoeScale.Basics;
using MoeScale.Exchange.Export;
using MoeScale.Exchange.Export.HuggingFace;
using MoeScale.Models;
using MoeScale.Training.Layers;
using MoeScale.Training.Transformers;

namespace MoeScale.Exchange.Tests.Export.HuggingFace;

/// <summary>Small models of each architecture that is computed here, with numbers in every parameter, as runs and as checkpoints.</summary>
internal static class TinyCheckpoints
{
    public const int Sequences = 2;
    public const int Sequence = 12;

    private static readonly Model Dense = new()
    {
        Name = "tiny",
        ModelWidth = 16,
        Blocks = 2,
        Heads = 4,
        KvHeads = 2,
        HeadWidth = 4,
        FeedForwardWidth = 24,
        ExpertWidth = 24,
        VocabularySize = 31,
        Context = Sequence,
    };

    private static readonly Model Experts = Dense with { ExpertCount = 6, ExpertWidth = 8, TopK = 2 };

    private static readonly Routing Sigmoid = new() { Weights = RouterWeights.SelectedSigmoid, BalanceBias = 1e-3 };

    /// <summary>By name, which begins with the architecture.</summary>
    public static IReadOnlyDictionary<string, Model> All { get; } =
        new Dictionary<string, Model>
        {
            ["llama"] = Dense,
            ["llama-wide-heads-and-biases"] = Dense with
            {
                HeadWidth = 6,
                Biases = BiasSet.Qkv | BiasSet.AttentionOutput | BiasSet.FeedForward,
                TiedEmbeddings = true,
                Activation = Activation.GeGluTanh,
                RopeTheta = 500,
                NormEpsilon = 1e-3,
                VocabularyMultipleOf = 8,
            },
            ["qwen2"] = Dense with { Biases = BiasSet.Qkv },
            ["gpt2"] = Dense with
            {
                KvHeads = 4,
                Activation = Activation.GeluTanh,
                Normalization = Normalization.LayerNorm,
                Positions = Positions.Learned,
                Biases = BiasSet.Layers,
                TiedEmbeddings = true,
            },
            ["mixtral"] = Experts with { Routing = new Routing { Weights = RouterWeights.SelectedSoftmax } },
            ["deepseek"] = Experts with
            {
                Routing = new Routing { CapacityFactor = 1 },
                SharedWidth = 16,
                LeadingDenseBlocks = 1,
            },
            ["deepseek-switch"] = Experts with { TopK = 1 },
            ["glm4_moe"] = Experts with
            {
                Routing = Sigmoid,
                Biases = BiasSet.Router | BiasSet.Qkv,
                SharedWidth = 16,
                LeadingDenseBlocks = 1,
            },
            ["glm4_moe-unscaled"] = Experts with { Routing = new Routing { Weights = RouterWeights.Sigmoid } },
        };

    /// <summary>The tokens that logits are of.</summary>
    public static int[] Tokens(Model model) =>
        [.. Enumerable.Range(0, Sequences * Sequence).Select(i => ((i * i) + (11 * i) + 5) % (int)model.VocabularyRows)];

    /// <summary>A model with numbers in every parameter: biases too, and gains about 1.</summary>
    public static Transformer Draw(Model model)
    {
        Transformer drawn = new(model, Sequences, Sequence, threads: 1, forTraining: false);
        ulong number = 0;
        foreach (Parameter p in drawn.Parameters)
        {
            foreach (ref float weight in p.Weights)
            {
                float even = (float)(CounterRandom.Unit(CounterRandom.Bits(1, number++)) - 0.5);
                weight = p.Beginning == Beginning.One ? 1 + even : even;
            }
        }
        return drawn;
    }

    /// <summary>Writes a run of such a model, and exports it.</summary>
    /// <param name="model">Its shape.</param>
    /// <param name="run">The folder of the run.</param>
    /// <param name="folder">That of the checkpoint.</param>
    /// <param name="tokenizer">As run.json names it.</param>
    public static void Export(Model model, string run, string folder, string tokenizer = "none")
    {
        SentenceRun.Write(run, tokenizer, Draw(model));
        Exported exported = new HuggingFaceTarget().Write(
            new ExportSubject
            {
                Name = model.Name,
                Model = model,
                RunFolder = run,
            },
            new ExportOptions()
        );
        Directory.CreateDirectory(folder);
        foreach (ExportedFile file in exported.Files)
        {
            file.Save(Path.Combine(folder, file.Name));
        }
    }
}
