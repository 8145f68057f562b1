namespace MoeScale.Models.Tests;

public class TrainingSetupTests
{
    private static readonly Model Mixtral = ModelCatalog.Open("Mixtral-8x7B-v0.1") with { Context = 4096 };
    private static readonly Model Gpt2 = ModelCatalog.Open("GPT-2");

    public static TheoryData<TrainingSetup, string> Inconsistent =>
        new()
        {
            {
                new() { DataParallel = 0 },
                "'data_parallel' 0 must be at least 1"
            },
            {
                new() { TensorParallel = -1 },
                "'tensor_parallel' -1 must be at least 1"
            },
            {
                new() { PipelineParallel = 0 },
                "'pipeline_parallel' 0 must be at least 1"
            },
            {
                new() { ExpertParallel = 0 },
                "'expert_parallel' 0 must be at least 1"
            },
            {
                new() { ExpertTensorParallel = 0 },
                "'expert_tensor_parallel' 0 must be at least 1"
            },
            {
                new() { SequencesPerMicroBatch = 0 },
                "'micro_batch' 0 must be at least 1"
            },
            {
                new() { SequenceLength = 0 },
                "'sequence' 0 must be at least 1"
            },
            {
                new() { MicroBatches = 0 },
                "'micro_batches' 0 must be at least 1"
            },
            {
                new() { Zero = 4 },
                "'zero' 4 must be 0, 1, 2 or 3"
            },
            {
                new() { Zero = -1 },
                "'zero' -1 must be 0, 1, 2 or 3"
            },
            {
                new() { PipelineParallel = 2, StageBlocks = [12] },
                "'stage_blocks' has 1 stages, but 'pipeline_parallel' is 2"
            },
            {
                new() { PipelineParallel = 2, StageBlocks = [12, 0] },
                "'stage_blocks' 12,0 must be at least 1 each"
            },
            {
                new() { DataParallel = 12, ExpertParallel = 8 },
                "'expert_parallel' 8 times 'expert_tensor_parallel' 1 does not divide 'data_parallel' 12 times 'tensor_parallel' 1; "
                    + "change one of them"
            },
            {
                new()
                {
                    DataParallel = 2,
                    TensorParallel = 8,
                    ExpertParallel = 8,
                },
                "'expert_parallel' 8 times 'expert_tensor_parallel' 8 (that of 'tensor_parallel', "
                    + "unless given) does not divide 'data_parallel' 2 times 'tensor_parallel' 8; change one of them"
            },
            {
                new() { PipelineParallel = 1001 },
                "'pipeline_parallel' 1001 is more than 1000 stages"
            },
            {
                new() { ExpertTensorParallel = 2 },
                "'expert_parallel' 1 times 'expert_tensor_parallel' 2 does not divide 'data_parallel' 1 times 'tensor_parallel' 1; "
                    + "change one of them"
            },
            {
                new()
                {
                    TensorParallel = 2,
                    ExpertTensorParallel = 1,
                    SequenceParallel = false,
                },
                "'expert_tensor_parallel' 1 beside 'tensor_parallel' 2 needs sequence parallelism"
            },
        };

    public static TheoryData<TrainingSetup, string> Unsuited =>
        new()
        {
            {
                new() { DataParallel = 16, ExpertParallel = 16 },
                "'expert_parallel' 16 does not divide expert_count 8"
            },
            {
                new() { DataParallel = 3, ExpertParallel = 3 },
                "'expert_parallel' 3 does not divide expert_count 8"
            },
            {
                new() { DataParallel = 3, ExpertTensorParallel = 3 },
                "'expert_tensor_parallel' 3 does not divide d_expert 14336"
            },
            {
                new() { TensorParallel = 2, SequenceLength = 4095 },
                "'tensor_parallel' 2 does not divide 'sequence' 4095; give a multiple of it"
            },
            {
                new() { TensorParallel = 7, SequenceLength = 4095 },
                "'tensor_parallel' 7 does not divide n_heads 32"
            },
            {
                new() { PipelineParallel = 33 },
                "'pipeline_parallel' 33 is above n_blocks 32"
            },
            {
                new() { PipelineParallel = 2, StageBlocks = [16, 17] },
                "'stage_blocks' add up to 33, but n_blocks is 32"
            },
        };

    [Theory]
    [MemberData(nameof(Inconsistent))]
    public void WhyNot_SetupThatSuitsNoModel_SaysWhy(TrainingSetup setup, string reason)
    {
        Assert.Equal(reason, setup.WhyNot()!.Reason.ToString());
        Assert.Equal(reason, setup.WhyNot(Mixtral)!.Reason.ToString());
    }

    [Theory]
    [MemberData(nameof(Unsuited))]
    public void WhyNot_SetupThatSuitsOtherModels_SaysWhy(TrainingSetup setup, string reason)
    {
        Assert.Null(setup.WhyNot());
        Assert.Equal(reason, setup.WhyNot(Mixtral)!.Reason.ToString());
    }

    [Theory]
    [InlineData(8, null)]
    [InlineData(16, null)] // two ranks hold the same KV head
    [InlineData(32, null)]
    [InlineData(64, "'tensor_parallel' 64 does not divide n_heads 32")]
    public void WhyNot_TensorRanks_CutQueriesAndShareKvHeads(int tensor, string? reason) =>
        Assert.Equal(
            reason,
            new TrainingSetup { TensorParallel = tensor }
                .WhyNot(Mixtral)
                ?.Reason.ToString()
        );

    [Theory]
    [InlineData(16, 6, 4, "'tensor_parallel' 4 does not divide n_kv_heads 6")]
    [InlineData(12, 3, 4, "'tensor_parallel' 4 is not a multiple of n_kv_heads 3")]
    [InlineData(12, 3, 6, null)]
    public void WhyNot_KvHeads_AreNeverCut(double heads, double kvHeads, int tensor, string? reason)
    {
        Model m = Mixtral with { Heads = heads, KvHeads = kvHeads, Context = 4092, ExpertWidth = 1536 };
        Assert.Equal(
            reason,
            new TrainingSetup { TensorParallel = tensor }
                .WhyNot(m)
                ?.Reason.ToString()
        );
    }

    [Fact]
    public void WhyNot_WidthsThatDoNotDivide_AreNamed()
    {
        TrainingSetup four = new() { TensorParallel = 4, ExpertTensorParallel = 1 };
        Assert.Equal(
            "'tensor_parallel' 4 does not divide d_ff 1026",
            four.WhyNot(Mixtral with { LeadingDenseBlocks = 1, FeedForwardWidth = 1026 })!.Reason.ToString()
        );
        Assert.Equal(
            "'tensor_parallel' 4 does not divide d_expert 1026",
            new TrainingSetup { TensorParallel = 4 }
                .WhyNot(Mixtral with { ExpertWidth = 1026 })!
                .Reason.ToString()
        );
        Assert.Equal(
            "'tensor_parallel' 4 does not divide d_shared 510",
            four.WhyNot(Mixtral with { SharedWidth = 510 })!.Reason.ToString()
        );
        Assert.Equal("n_blocks 31.5 is not a whole number", four.WhyNot(Mixtral with { Blocks = 31.5 })!.Reason.ToString());
    }

    [Fact]
    public void WhyNot_MoreTokensThanLearnedPositions_IsSaid() =>
        Assert.Equal(
            "'sequence' 2048 is above the context of 1024 learned positions",
            new TrainingSetup { SequenceLength = 2048 }
                .WhyNot(Gpt2)!
                .Reason.ToString()
        );

    /// <summary>Without experts, expert-parallel ranks are data ranks like all others.</summary>
    [Fact]
    public void WhyNot_ExpertRanksOfADenseModel_DoNotMatter()
    {
        TrainingSetup setup = new()
        {
            DataParallel = 16,
            ExpertParallel = 16,
            Zero = 1,
        };
        Assert.Null(setup.WhyNot(Gpt2));
        Assert.Equal(TrainingMemory.Of(Gpt2, setup with { ExpertParallel = 1 }).Stages, TrainingMemory.Of(Gpt2, setup).Stages);
    }
}
