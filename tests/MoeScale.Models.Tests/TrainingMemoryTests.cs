using MoeScale.Basics;

namespace MoeScale.Models.Tests;

/// <summary>Weights, gradients and optimizer states, rank by rank.</summary>
public class TrainingMemoryTests
{
    private const double GiB = 1073741824;

    /// <summary>A dense block, then two with four experts; sizes that 2, 4 and 8 ranks divide.</summary>
    private static readonly Model Small = new()
    {
        Name = "small",
        ModelWidth = 16,
        Blocks = 3,
        Heads = 4,
        KvHeads = 2,
        HeadWidth = 4,
        FeedForwardWidth = 32,
        ExpertCount = 4,
        ExpertWidth = 8,
        TopK = 2,
        SharedWidth = 8,
        LeadingDenseBlocks = 1,
        VocabularySize = 64,
        Context = 32,
        Positions = Positions.Learned,
    };

    private static readonly Model DeepSeek = ModelCatalog.Open("DeepSeek-V3");

    private static double States(StageMemory s) => s.WeightBytes + s.GradientBytes + s.OptimizerBytes;

    /// <summary>18 bytes a parameter in mixed precision, 16 in fp32, every stored one counted.</summary>
    [Theory]
    [InlineData("Llama-2-7B", 6738415616)]
    [InlineData("Mixtral-8x7B-v0.1", 46702792704)]
    [InlineData("GPT-2-xl", 1557611200)]
    public void Of_OneRank_HoldsEighteenBytesAParameter(string name, double parameters)
    {
        StageMemory mixed = TrainingMemory.Of(ModelCatalog.Open(name), new()).MostLoaded;
        Assert.Equal((2 * parameters, 4 * parameters, 12 * parameters), (mixed.WeightBytes, mixed.GradientBytes, mixed.OptimizerBytes));
        Assert.Equal(18 * parameters, States(mixed));
        StageMemory single = TrainingMemory.Of(ModelCatalog.Open(name), new() { Precision = TrainingPrecision.Fp32 }).MostLoaded;
        Assert.Equal((4 * parameters, 4 * parameters, 8 * parameters), (single.WeightBytes, single.GradientBytes, single.OptimizerBytes));
    }

    /// <summary>6 + 12/DP with a distributed optimizer, as Megatron-LM counts; then 2 + 16/DP and 18/DP.</summary>
    [Theory]
    [InlineData(0, 18)]
    [InlineData(1, 6 + (12 / 64.0))]
    [InlineData(2, 2 + (16 / 64.0))]
    [InlineData(3, 18 / 64.0)]
    public void Of_ZeroStage_DividesWhatItSays(int zero, double bytes) =>
        Assert.Equal(
            bytes * 6738415616,
            States(TrainingMemory.Of(ModelCatalog.Open("Llama-2-7B"), new() { DataParallel = 64, Zero = zero }).MostLoaded)
        );

    /// <summary>
    /// Every number of the model is dealt out to ranks one by one, by rules written down again here, and what each rank then
    /// holds is what the count says; so all ranks together hold each number as often as they should.
    /// </summary>
    [Theory]
    [InlineData(1, 1, 1, 1, 1)]
    [InlineData(4, 1, 1, 4, 1)]
    [InlineData(4, 2, 2, 4, 2)]
    [InlineData(4, 2, 2, 4, 1)]
    [InlineData(2, 4, 3, 2, 2)]
    [InlineData(2, 4, 2, 1, 8)]
    [InlineData(8, 2, 1, 2, 2)]
    public void Of_EveryRank_HoldsWhatIsDealtToIt(int data, int tensor, int pipeline, int expertParallel, int expertTensor)
    {
        int[] firstBlock = pipeline switch
        {
            1 => [0],
            2 => [0, 2],
            _ => [0, 1, 2],
        };
        for (int zero = 0; zero <= 3; zero++)
        {
            TrainingSetup setup = new()
            {
                DataParallel = data,
                TensorParallel = tensor,
                PipelineParallel = pipeline,
                ExpertParallel = expertParallel,
                ExpertTensorParallel = expertTensor,
                Zero = zero,
            };
            TrainingMemory memory = TrainingMemory.Of(Small, setup);
            Assert.Equal(pipeline, memory.Stages.Count);
            for (int rank = 0; rank < data * tensor * pipeline; rank++)
            {
                int stage = rank / (data * tensor);
                RankOf place = new(rank % (data * tensor), data, tensor, expertParallel, expertTensor);
                Dictionary<string, double> dealt = Deal(
                    place,
                    zero,
                    b => Array.FindLastIndex(firstBlock, f => f <= b) == stage,
                    stage == 0,
                    stage == pipeline - 1
                );
                StageMemory counted = memory.Stages[stage];
                foreach (
                    (string kind, StateBytes bytes) in new[]
                    {
                        ("tensor", counted.Tensor),
                        ("replicated", counted.Replicated),
                        ("experts", counted.Experts),
                    }
                )
                {
                    Assert.Equal(dealt[$"{kind} weights"], bytes.Weights);
                    Assert.Equal(dealt[$"{kind} gradients"], bytes.Gradients);
                    Assert.Equal(dealt[$"{kind} optimizer"], bytes.Optimizer);
                }
            }
        }
    }

    /// <summary>
    /// Summed over all ranks, ZeRO-3 holds tensor-parallel weights and experts once, and replicated ones on each tensor rank.
    /// </summary>
    [Theory]
    [InlineData("DeepSeek-V3", 32, 8, 1)]
    [InlineData("Mixtral-8x7B-v0.1", 8, 2, 4)]
    [InlineData("Llama-2-7B", 1, 1, 8)]
    public void Of_AllRanksUnderZero3_HoldTheWholeModelOnce(string name, int expertParallel, int pipeline, int tensor)
    {
        Model m = ModelCatalog.Open(name);
        TrainingSetup setup = new()
        {
            DataParallel = 64,
            TensorParallel = tensor,
            ExpertParallel = expertParallel,
            PipelineParallel = pipeline,
            Zero = 3,
            SequenceLength = 4096,
        };
        double all = TrainingMemory.Of(m, setup).Stages.Sum(s => 64 * (States(s) - s.Replicated.Total) * tensor);
        double replicated = TrainingMemory.Of(m, setup).Stages.Sum(s => 64 * s.Replicated.Total);
        Census census = Census.Of(m);
        double copies = m.PredictionModules > 0 ? census.EmbeddingParams / 2 : 0; // the module's stage reads the embedding too
        double expected = 18 * (census.StoredParams + census.PredictionParams + copies);
        Assert.Equal(1, (all + replicated) / expected, 1e-12); // sums of a dozen terms
    }

    /// <summary>
    /// Zhang and Su 2025 (arXiv 2502.07846): DeepSeek-V3 on 16 stages, four blocks each and one for the last; 86 GB for stages 1 to 14.
    /// </summary>
    [Fact]
    public void Of_DeepSeekOnSixteenStages_HasThePublishedWeights()
    {
        TrainingSetup setup = new()
        {
            PipelineParallel = 16,
            StageBlocks = [.. Enumerable.Repeat(4, 15), 1],
            SequenceLength = 4096,
        };
        IReadOnlyList<StageMemory> stages = TrainingMemory.Of(DeepSeek, setup).Stages;
        Assert.All(stages.Take(1..15), s => Assert.Equal(86, s.WeightBytes / GiB, 0.5)); // printed without decimals
    }

    /// <summary>
    /// The same report: 11.64 GB of weights on a rank of stages 1 to 14 with tensor 2, expert 8, expert-tensor 1. It keeps the
    /// shared expert and the rotary part of the queries whole on each rank, which Megatron-LM cuts in two, as we do.
    /// </summary>
    [Fact]
    public void Of_DeepSeekRank_IsThePublishedOneButForWhatThatKeepsWhole()
    {
        TrainingSetup setup = new()
        {
            DataParallel = 32,
            TensorParallel = 2,
            PipelineParallel = 16,
            ExpertParallel = 8,
            ExpertTensorParallel = 1,
            StageBlocks = [.. Enumerable.Repeat(4, 15), 1],
            SequenceLength = 4096,
        };
        StageMemory rank = TrainingMemory.Of(DeepSeek, setup).Stages[1];
        const double halfShared = 3.0 * 7168 * 2048 / 2;
        const double halfRotary = 1536.0 * 128 * 64 / 2;
        Assert.Equal(11.64, (rank.WeightBytes + (2 * 4 * (halfShared + halfRotary))) / GiB, 0.005); // half of the last printed digit
    }

    /// <summary>61 blocks on 16 stages as even as possible: 13 of four, then three of three; the first three blocks are dense.</summary>
    [Fact]
    public void Of_UnevenStages_CountAsTheyAre()
    {
        TrainingSetup setup = new() { PipelineParallel = 16, SequenceLength = 4096 };
        IReadOnlyList<StageMemory> stages = TrainingMemory.Of(DeepSeek, setup).Stages;
        Assert.Equal([.. Enumerable.Repeat(4.0, 13), 3, 3, 3], stages.Select(s => s.Blocks));
        const double experts = 256.0 * 3 * 7168 * 2048;
        // The last with the prediction module.
        Assert.Equal([1, .. Enumerable.Repeat(4.0, 12), 3, 3, 4], stages.Select(s => s.Experts.Weights / 2 / experts));
        Assert.Equal(1, TrainingMemory.Of(DeepSeek, setup).MostLoaded.Stage); // as full as the next eleven, with more micro-batches
    }

    /// <summary>Llama 4 Maverick has experts in blocks 1, 3, 5 ... of 48: stages of three hold one and two of them in turn.</summary>
    [Fact]
    public void Of_AlternatingBlocks_FallOnStagesByTheirPlace()
    {
        IReadOnlyList<StageMemory> stages = TrainingMemory
            .Of(ModelCatalog.Open("Llama-4-Maverick"), new() { PipelineParallel = 16, SequenceLength = 4096 })
            .Stages;
        const double experts = 128.0 * 3 * 5120 * 8192;
        Assert.Equal(Enumerable.Range(0, 16).Select(s => s % 2 == 0 ? 1.0 : 2.0), stages.Select(s => s.Experts.Weights / 2 / experts));
    }

    /// <summary>A tied embedding is read at both ends: one copy on one stage, two on several.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(6, 2)]
    public void Of_TiedEmbeddings_AreOnBothEnds(int pipeline, double copies)
    {
        Model m = ModelCatalog.Open("GPT-2");
        double weights = TrainingMemory.Of(m, new() { PipelineParallel = pipeline }).Stages.Sum(s => s.WeightBytes);
        Assert.Equal(2 * (124439808 + ((copies - 1) * 50257 * 768)), weights);
    }

    [Fact]
    public void MostLoaded_OfAllStages_HasTheLargestTotal()
    {
        TrainingMemory memory = TrainingMemory.Of(
            ModelCatalog.Open("Llama-3-8B"),
            new()
            {
                PipelineParallel = 4,
                SequenceLength = 2048,
                Recomputation = Recomputation.Full,
                MicroBatches = 1,
            }
        );
        Assert.Equal(3, memory.MostLoaded.Stage); // the head's logits outweigh everything
        Assert.Equal(memory.Stages.Max(s => s.TotalBytes), memory.MostLoaded.TotalBytes);
        Assert.Equal(States(memory.MostLoaded) + memory.MostLoaded.Activations.Total, memory.MostLoaded.TotalBytes);
    }

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 4, 3, 2)]
    public void OfContinuous_SizesThatDivide_IsTheSame(int data, int tensor, int pipeline, int expertParallel)
    {
        TrainingSetup setup = new()
        {
            DataParallel = data,
            TensorParallel = tensor,
            PipelineParallel = pipeline,
            ExpertParallel = expertParallel,
        };
        Assert.Equal(TrainingMemory.Of(Small, setup).Stages, TrainingMemory.OfContinuous(Census.Of(Small), setup).Stages);
    }

    /// <summary>61 blocks on 16 stages are 3.8125 each; the first holds the three dense ones, the last a prediction module.</summary>
    [Fact]
    public void OfContinuous_BlocksThatDoNotDivide_AreCut()
    {
        IReadOnlyList<StageMemory> stages = TrainingMemory.OfContinuous(Census.Of(DeepSeek), new() { PipelineParallel = 16 }).Stages;
        const double experts = 256.0 * 3 * 7168 * 2048;
        Assert.All(stages, s => Assert.Equal(61 / 16.0, s.Blocks));
        Assert.Equal(
            [(61 / 16.0) - 3, .. Enumerable.Repeat(61 / 16.0, 14), (61 / 16.0) + 1],
            stages.Select(s => s.Experts.Weights / 2 / experts)
        );
        double[] given =
        [
            .. TrainingMemory
                .OfContinuous(Census.Of(DeepSeek with { Blocks = 30.5 }), new() { PipelineParallel = 2, StageBlocks = [40, 21] })
                .Stages.Select(s => s.Blocks),
        ];
        Assert.Equal([20, 10.5], given);
    }

    [Fact]
    public void Of_SetupThatDoesNotSuit_NamesModelAndReason()
    {
        Assert.Equal(
            "small cannot be trained so: 'tensor_parallel' 3 does not divide the model's context of 32 tokens; "
                + "give 'sequence' with a multiple of it.",
            Assert.Throws<UserException>(() => TrainingMemory.Of(Small, new() { TensorParallel = 3 })).Message
        );
        Assert.Equal(
            "no model can be trained so: 'zero' 4 must be 0, 1, 2 or 3.",
            Assert.Throws<UserException>(() => TrainingMemory.OfContinuous(Census.Of(Small), new() { Zero = 4 })).Message
        );
    }

    /// <summary>
    /// Where one of the data · tensor ranks of a stage stands: tensor ranks are neighbours, and so are those of one expert.
    /// </summary>
    private sealed class RankOf(int rank, int data, int tensor, int expertParallel, int expertTensor)
    {
        public int Tensor => rank % tensor;

        public int Data => rank / tensor;

        public int DataRanks => data;

        public int TensorRanks => tensor;

        public int ExpertTensor => rank % expertTensor;

        public int ExpertTensorRanks => expertTensor;

        public int Expert => rank / expertTensor % expertParallel;

        public int ExpertParallel => expertParallel;

        public int ExpertData => rank / (expertTensor * expertParallel);

        public int ExpertDataRanks => data * tensor / (expertTensor * expertParallel);
    }

    // The small model again, number by number: 16 wide, 4 heads and 2 KV heads of 4, 32 positions, 64 words.
    private static Dictionary<string, double> Deal(RankOf rank, int zero, Func<int, bool> hasBlock, bool isFirst, bool isLast)
    {
        Dictionary<string, double> bytes = [];
        foreach (string kind in new[] { "tensor", "replicated", "experts" })
        {
            foreach (string state in new[] { "weights", "gradients", "optimizer" })
            {
                bytes[$"{kind} {state}"] = 0;
            }
        }
        if (isFirst)
        {
            Tensor(64 * 16);
            Replicated(32 * 16);
        }
        for (int block = 0; block < 3; block++)
        {
            if (!hasBlock(block))
            {
                continue;
            }
            Tensor(16 * 16); // queries
            KeysOrValues(16 * 8);
            KeysOrValues(16 * 8);
            Tensor(16 * 16); // output
            Replicated(2 * 16); // norms
            if (block == 0)
            {
                Tensor(3 * 16 * 32);
                continue;
            }
            Replicated(16 * 4); // router
            Tensor(3 * 16 * 8); // shared expert
            for (int expert = 0; expert < 4; expert++)
            {
                Expert(expert, 3 * 16 * 8);
            }
        }
        if (isLast)
        {
            Replicated(16);
            Tensor(16 * 64);
        }
        return bytes;

        void Tensor(int count) =>
            Each(count, "tensor", i => i % rank.TensorRanks == rank.Tensor, i => i / rank.TensorRanks % rank.DataRanks == rank.Data);

        // Two heads: two ranks hold one each, of four ranks two hold the same one.
        void KeysOrValues(int count)
        {
            int cuts = Math.Min(2, rank.TensorRanks);
            Each(count, "tensor", i => i % cuts == rank.Tensor % cuts, i => i / cuts % rank.DataRanks == rank.Data);
        }

        void Replicated(int count) => Each(count, "replicated", _ => true, i => i % rank.DataRanks == rank.Data);

        void Expert(int expert, int count) =>
            Each(
                count,
                "experts",
                i => expert % rank.ExpertParallel == rank.Expert && i % rank.ExpertTensorRanks == rank.ExpertTensor,
                i => i / rank.ExpertTensorRanks % rank.ExpertDataRanks == rank.ExpertData
            );

        void Each(int count, string kind, Func<int, bool> holds, Func<int, bool> isShare)
        {
            for (int i = 0; i < count; i++)
            {
                if (holds(i))
                {
                    bytes[$"{kind} weights"] += zero < 3 || isShare(i) ? 2 : 0;
                    bytes[$"{kind} gradients"] += zero < 2 || isShare(i) ? 4 : 0;
                    bytes[$"{kind} optimizer"] += zero < 1 || isShare(i) ? 12 : 0;
                }
            }
        }
    }
}
