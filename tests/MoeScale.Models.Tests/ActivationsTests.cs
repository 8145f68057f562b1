namespace MoeScale.Models.Tests;

/// <summary>Activations against the closed forms of Korthikanti et al. 2022 (arXiv 2205.05198), and tensor by tensor beyond them.</summary>
public class ActivationsTests
{
    /// <summary>The models of the paper: a GPT block of width h with a heads.</summary>
    private static Model Gpt(double h, double a, double blocks = 1) =>
        new()
        {
            Name = "gpt",
            ModelWidth = h,
            Blocks = blocks,
            Heads = a,
            KvHeads = a,
            HeadWidth = h / a,
            FeedForwardWidth = 4 * h,
            ExpertWidth = 4 * h,
            VocabularySize = 51200,
            Context = 2048,
            Activation = Activation.Gelu,
            Normalization = Normalization.LayerNorm,
            Positions = Positions.Learned,
            Biases = BiasSet.Layers,
        };

    private static readonly Model Moe = Gpt(1024, 16) with { Activation = Activation.SwiGlu, ExpertCount = 8, ExpertWidth = 512, TopK = 2 };

    private static double Bytes(Model m, TrainingSetup setup) =>
        Bytes(m, setup, m.IsDense ? LayerKind.Dense : LayerKind.MixtureOfExperts, _ => true);

    private static double Bytes(Model m, TrainingSetup setup, LayerKind kind, Func<SavedTensor, bool> which) =>
        new Activations(m, setup).OfBlock(kind).Where(which).Sum(t => t.Bytes);

    private static double Bytes(Model m, TrainingSetup setup, string name) =>
        Bytes(m, setup, LayerKind.MixtureOfExperts, t => t.Name == name);

    /// <summary>Its Table 1: 22B, GPT-3, MT-NLG. 5·a·s/h is 106 2/3, 80 and 64; the last two are printed in its Section 5.</summary>
    [Theory]
    [InlineData(6144, 64, 4, 1)]
    [InlineData(12288, 96, 1, 8)]
    [InlineData(20480, 128, 2, 8)]
    public void OfBlock_GptWithDropout_IsThePapersFormulaToTheByte(double h, double a, int b, int t)
    {
        Model gpt = Gpt(h, a);
        const double s = 2048;
        TrainingSetup setup = new() { SequencesPerMicroBatch = b, Dropout = true };
        Assert.Equal((34 * s * b * h) + (5 * a * s * s * b), Bytes(gpt, setup)); // Eq. 1
        Assert.Equal(
            (10 * s * b * h) + (24 * s * b * h / t) + (5 * a * s * s * b / t),
            Bytes(gpt, setup with { TensorParallel = t, SequenceParallel = false })
        ); // Eq. 2
        Assert.Equal(((34 * s * b * h) + (5 * a * s * s * b)) / t, Bytes(gpt, setup with { TensorParallel = t })); // Eq. 4
    }

    [Theory]
    [InlineData(12288, 96, 80)]
    [InlineData(20480, 128, 64)]
    public void OfBlock_LargeModels_SpendOnProbabilitiesWhatThePaperPrints(double h, double a, double share) =>
        Assert.Equal(2048 * h * (34 + share), Bytes(Gpt(h, a), new() { Dropout = true }));

    /// <summary>Its Table 2, last rows; a whole pipeline in flight makes up for the stages.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(8, 1)]
    [InlineData(8, 4)]
    public void Of_Recomputation_LeavesWhatThePaperSays(int t, int p)
    {
        const double s = 2048,
            b = 2,
            h = 6144,
            a = 64,
            blocks = 48;
        Model gpt = Gpt(h, a, blocks);
        TrainingSetup setup = new()
        {
            SequencesPerMicroBatch = (int)b,
            Dropout = true,
            TensorParallel = t,
            PipelineParallel = p,
        };
        ActivationBytes First(TrainingSetup recomputing) => TrainingMemory.Of(gpt, recomputing).Stages[0].Activations;

        ActivationBytes none = First(setup);
        Assert.Equal(blocks * ((34 * s * b * h) + (5 * a * s * s * b)) / t, none.Blocks);
        Assert.Equal(0, none.WorkingBlock);

        ActivationBytes selective = First(setup with { Recomputation = Recomputation.Selective });
        Assert.Equal(34 * s * b * h * blocks / t, selective.Blocks); // Eq. 6
        Assert.Equal(5 * a * s * s * b / t, selective.WorkingBlock);

        ActivationBytes full = First(setup with { Recomputation = Recomputation.Full, SequenceParallel = false });
        Assert.Equal(2 * s * b * h * blocks, full.Blocks);
        Assert.Equal(2 * s * b * h * blocks / t, First(setup with { Recomputation = Recomputation.Full }).Blocks);
        Assert.Equal((8 * s * b * h) + (24 * s * b * h / t) + (5 * a * s * s * b / t), full.WorkingBlock); // Eq. 2 without the kept input
    }

    /// <summary>Section 4.3: the embedding's mask for each micro-batch under way, 4·s·b·h·(1 + v/h)/t where the head is.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(8, 1)]
    [InlineData(8, 4)]
    public void Of_Ends_AreThoseOfThePaper(int t, int p)
    {
        const double s = 2048,
            b = 2,
            h = 6144,
            v = 51200;
        TrainingSetup setup = new()
        {
            SequencesPerMicroBatch = (int)b,
            Dropout = true,
            TensorParallel = t,
            PipelineParallel = p,
        };
        IReadOnlyList<StageMemory> stages = TrainingMemory.Of(Gpt(h, 64, 48), setup).Stages;
        double mask = s * b * h * p / t;
        double head = ((4 * s * b * h) + (4 * s * b * v)) / t;
        Assert.Equal(p == 1 ? mask + head : mask, stages[0].Activations.Ends);
        Assert.Equal(p == 1 ? mask + head : head, stages[^1].Activations.Ends);
    }

    /// <summary>1F1B: stage s keeps p − s micro-batches, or all of them if they are fewer.</summary>
    [Theory]
    [InlineData(null, 4.0, 3.0, 2.0, 1.0)]
    [InlineData(8, 4.0, 3.0, 2.0, 1.0)]
    [InlineData(2, 2.0, 2.0, 2.0, 1.0)]
    public void Of_Stages_KeepTheMicroBatchesBehindThem(int? microBatches, params double[] expected)
    {
        TrainingSetup setup = new() { PipelineParallel = 4, MicroBatches = microBatches };
        Model gpt = Gpt(1024, 16, 8);
        Assert.Equal(
            expected.Select(n => n * 2 * Bytes(gpt, setup)),
            TrainingMemory.Of(gpt, setup).Stages.Select(s => s.Activations.Blocks)
        );
    }

    [Fact]
    public void OfBlock_WithoutDropout_KeepsNoMasks() =>
        Assert.Equal((32.0 * 2048 * 1024) + (2.0 * 16 * 2048 * 2048), Bytes(Gpt(1024, 16), new()));

    [Fact]
    public void OfBlock_FusedAttention_IsWhatSelectiveRecomputationKeeps()
    {
        TrainingSetup fused = new() { FusedAttention = true, Dropout = true };
        Assert.Equal(34.0 * 2048 * 1024, Bytes(Gpt(1024, 16), fused));
        Assert.Equal(
            0,
            TrainingMemory.Of(Gpt(1024, 16), fused with { Recomputation = Recomputation.Selective }).Stages[0].Activations.WorkingBlock
        );
    }

    [Fact]
    public void OfBlock_Fp32_DoublesAllButMasksAndRouter()
    {
        TrainingSetup mixed = new() { Dropout = true };
        const double masks = (16.0 * 2048 * 2048) + (2 * 2048 * 1024);
        Assert.Equal(
            masks + (2 * (Bytes(Gpt(1024, 16), mixed) - masks)),
            Bytes(Gpt(1024, 16), mixed with { Precision = TrainingPrecision.Fp32 })
        );
        const double router = 4.0 * 2048 * 8;
        Assert.Equal(router + (2 * (Bytes(Moe, new()) - router)), Bytes(Moe, new() { Precision = TrainingPrecision.Fp32 }));
    }

    /// <summary>SwiGLU, four query heads for each KV head, norms of queries and keys and after both parts: each tensor by hand.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(8)]
    public void OfBlock_LlamaShape_IsCountedByHand(int t)
    {
        Model m = Gpt(1024, 16) with
        {
            Activation = Activation.SwiGlu,
            FeedForwardWidth = 2560,
            KvHeads = 4,
            QueryKeyNorm = QueryKeyNorm.PerHead,
            NormAfterParts = true,
        };
        double q = 1024.0 / t;
        double kv = 256.0 / Math.Min(t, 4); // one whole KV head of 64 where there are more ranks than heads
        double along = 6 * 1024.0 / t; // inputs of two norms, of attention and feed-forward layer, of two norms after them
        double expected = 2 * 2048 * (along + q + kv + q + kv + kv + q + (3 * 2560.0 / t));
        Assert.Equal(expected, Bytes(m, new() { TensorParallel = t, FusedAttention = true }));
    }

    /// <summary>
    /// DeepSeek-V3: latents of 1536 and 512 before and after their norms, one rotary key of 64, 128 heads of 192, 192 and 128.
    /// </summary>
    [Fact]
    public void OfBlock_LatentAttention_IsCountedByHand()
    {
        Model m = ModelCatalog.Open("DeepSeek-V3");
        const double t = 4;
        double attention = ((7168 + (2 * 1536) + (2 * 512) + 64) / t) + (128 * (192 + 192 + 128 + 128) / t);
        double dense = 3 * 18432 / t;
        double routed = (8 * 7168) + (3 * 8 * 2048 / t) + (8 * 7168 / t) + (3 * 2048 / t);
        double others = 3 * 7168 / t;
        TrainingSetup setup = new()
        {
            TensorParallel = (int)t,
            SequenceLength = 4096,
            FusedAttention = true,
        };
        Assert.Equal(2 * 4096 * (others + attention + dense), Bytes(m, setup, LayerKind.Dense, _ => true));
        Assert.Equal((2 * 4096 * (others + attention + routed)) + (4 * 4096 * 256 / t), Bytes(m, setup));
    }

    /// <summary>top_k·s·b·d_expert/TP, three of them if gated: expert-parallel ranks exchange tokens, they do not divide them.</summary>
    [Theory]
    [InlineData(1, 1, null)]
    [InlineData(1, 8, null)]
    [InlineData(4, 1, null)]
    [InlineData(4, 8, null)]
    [InlineData(4, 8, 1)]
    [InlineData(4, 2, 2)]
    [InlineData(1, 4, 2)]
    public void OfBlock_RoutedExperts_AreNotDividedByExpertRanks(int t, int expertParallel, int? expertTensor)
    {
        TrainingSetup setup = new()
        {
            TensorParallel = t,
            DataParallel = 8,
            ExpertParallel = expertParallel,
            ExpertTensorParallel = expertTensor,
            SequencesPerMicroBatch = 2,
        };
        Assert.Null(setup.WhyNot(Moe));
        double routed = 2 * 2.0 * 2048 * 2; // bytes, top-2, tokens, sequences
        Assert.Equal(routed * 3 * 512 / t, Bytes(Moe, setup, "hidden of routed experts"));
        Assert.Equal(routed * 1024 * (expertTensor ?? t) / t, Bytes(Moe, setup, "inputs of routed experts"));
        Assert.Equal(routed * 1024 / t, Bytes(Moe, setup, "outputs of routed experts"));
        Assert.Equal(4.0 * 2048 * 2 * 8 / t, Bytes(Moe, setup, "router probabilities, fp32"));
    }

    [Fact]
    public void OfBlock_SharedExpertsWithGateAndNorm_AddTheirOwn()
    {
        Model shared = Moe with { SharedWidth = 256, SharedGate = true, NormAfterExperts = true };
        Assert.Equal(Bytes(Moe, new()) + (2 * 2048 * ((3 * 256) + 1024 + 1024)), Bytes(shared, new()));
    }

    /// <summary>A prediction module keeps one more block, two norms' inputs, the projection's of both, and a head of its own.</summary>
    [Fact]
    public void Of_PredictionModules_AddABlockAndAHead()
    {
        Model two = Moe with { PredictionModules = 2 };
        ActivationBytes without = TrainingMemory.Of(Moe, new()).Stages[0].Activations;
        ActivationBytes with = TrainingMemory.Of(two, new()).Stages[0].Activations;
        Assert.Equal(3 * without.Blocks, with.Blocks);
        Assert.Equal((3 * without.Ends) + (2 * 2 * 2048 * 4 * 1024), with.Ends);
    }
}
