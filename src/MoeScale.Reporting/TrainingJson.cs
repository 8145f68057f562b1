using MoeScale.Models;
using MoeScale.Planning;

namespace MoeScale.Reporting;

/// <summary>Memory of training on one rank of each pipeline stage, and which of them is the most loaded.</summary>
public sealed record TrainingJson(LayoutJson Layout, RankJson MostLoaded, IReadOnlyList<RankJson> Stages, double DeviceBytes)
{
    public static TrainingJson Of(Model model, TrainingMemory memory, Headroom headroom) =>
        new(
            LayoutJson.Of(model, memory.Setup),
            RankJson.Of(memory.MostLoaded),
            [.. memory.Stages.Select(RankJson.Of)],
            headroom.Around(memory.MostLoaded.TotalBytes)
        );
}

public sealed record LayoutJson(
    int SequencesPerMicroBatch,
    double SequenceLength,
    int DataParallel,
    int TensorParallel,
    int PipelineParallel,
    int ExpertParallel,
    int ExpertTensorParallel,
    double ExpertDataParallel,
    int Zero,
    string Precision,
    string Recomputation,
    bool FusedAttention,
    bool Dropout,
    bool SequenceParallel,
    int? MicroBatches
)
{
    public static LayoutJson Of(Model model, TrainingSetup s) =>
        new(
            s.SequencesPerMicroBatch,
            s.SequenceOf(model),
            s.DataParallel,
            s.TensorParallel,
            s.PipelineParallel,
            s.ExpertParallel,
            s.ExpertTensorRanks,
            s.ExpertDataRanks,
            s.Zero,
            s.Precision.ToString().ToLowerInvariant(),
            s.Recomputation.ToString().ToLowerInvariant(),
            s.FusedAttention,
            s.Dropout,
            s.SequenceParallel,
            s.MicroBatches
        );
}

public sealed record RankJson(
    int Stage,
    double Blocks,
    double TotalBytes,
    double WeightsBytes,
    double GradientsBytes,
    double OptimizerBytes,
    double ActivationsBytes,
    StatesJson Tensor,
    StatesJson Replicated,
    StatesJson Experts,
    ActivationsJson Activations
)
{
    public static RankJson Of(StageMemory s) =>
        new(
            s.Stage,
            s.Blocks,
            s.TotalBytes,
            s.WeightBytes,
            s.GradientBytes,
            s.OptimizerBytes,
            s.Activations.Total,
            StatesJson.Of(s.Tensor),
            StatesJson.Of(s.Replicated),
            StatesJson.Of(s.Experts),
            new ActivationsJson(s.Activations.Blocks, s.Activations.WorkingBlock, s.Activations.Ends)
        );
}

public sealed record StatesJson(double WeightsBytes, double GradientsBytes, double OptimizerBytes)
{
    public static StatesJson Of(StateBytes b) => new(b.Weights, b.Gradients, b.Optimizer);
}

public sealed record ActivationsJson(double BlocksBytes, double WorkingBlockBytes, double EndsBytes);
