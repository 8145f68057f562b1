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

public sealed record LayoutJson
{
    public required int SequencesPerMicroBatch { get; init; }

    public required double SequenceLength { get; init; }

    public required int DataParallel { get; init; }

    public required int TensorParallel { get; init; }

    public required int PipelineParallel { get; init; }

    public required int ExpertParallel { get; init; }

    public required int ExpertTensorParallel { get; init; }

    public required double ExpertDataParallel { get; init; }

    public required int Zero { get; init; }

    public required string Precision { get; init; }

    public required string Recomputation { get; init; }

    public required bool FusedAttention { get; init; }

    public required bool Dropout { get; init; }

    public required bool SequenceParallel { get; init; }

    public required int? MicroBatches { get; init; }

    public static LayoutJson Of(Model model, TrainingSetup s) =>
        new()
        {
            SequencesPerMicroBatch = s.SequencesPerMicroBatch,
            SequenceLength = s.SequenceOf(model),
            DataParallel = s.DataParallel,
            TensorParallel = s.TensorParallel,
            PipelineParallel = s.PipelineParallel,
            ExpertParallel = s.ExpertParallel,
            ExpertTensorParallel = s.ExpertTensorRanks,
            ExpertDataParallel = s.ExpertDataRanks,
            Zero = s.Zero,
            Precision = s.Precision.ToString().ToLowerInvariant(),
            Recomputation = s.Recomputation.ToString().ToLowerInvariant(),
            FusedAttention = s.FusedAttention,
            Dropout = s.Dropout,
            SequenceParallel = s.SequenceParallel,
            MicroBatches = s.MicroBatches,
        };
}

public sealed record RankJson
{
    public required int Stage { get; init; }

    public required double Blocks { get; init; }

    public required double TotalBytes { get; init; }

    public required double WeightsBytes { get; init; }

    public required double GradientsBytes { get; init; }

    public required double OptimizerBytes { get; init; }

    public required double ActivationsBytes { get; init; }

    public required StatesJson Tensor { get; init; }

    public required StatesJson Replicated { get; init; }

    public required StatesJson Experts { get; init; }

    public required ActivationsJson Activations { get; init; }

    public static RankJson Of(StageMemory s) =>
        new()
        {
            Stage = s.Stage,
            Blocks = s.Blocks,
            TotalBytes = s.TotalBytes,
            WeightsBytes = s.WeightBytes,
            GradientsBytes = s.GradientBytes,
            OptimizerBytes = s.OptimizerBytes,
            ActivationsBytes = s.Activations.Total,
            Tensor = StatesJson.Of(s.Tensor),
            Replicated = StatesJson.Of(s.Replicated),
            Experts = StatesJson.Of(s.Experts),
            Activations = new ActivationsJson(s.Activations.Blocks, s.Activations.WorkingBlock, s.Activations.Ends),
        };
}

public sealed record StatesJson(double WeightsBytes, double GradientsBytes, double OptimizerBytes)
{
    public static StatesJson Of(StateBytes b) => new(b.Weights, b.Gradients, b.Optimizer);
}

public sealed record ActivationsJson(double BlocksBytes, double WorkingBlockBytes, double EndsBytes);
