using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Models;

namespace MoeScale.Cli.Input;

/// <summary>The options that lay a training run out over ranks: of <c>cost --training</c> and <c>plan --training-memory</c>.</summary>
internal static class TrainingOptions
{
    private const double MaxRanks = 1e7;

    public static readonly Option<string> MicroBatch = new("--micro-batch")
    {
        HelpName = "N",
        Description = "Sequences in a micro-batch. Default 1.",
    };
    public static readonly Option<string> Sequence = new("--sequence")
    {
        HelpName = "N",
        Description = "Tokens in a training sequence. Default: the model's context.",
    };
    private static readonly Option<string> Data = new("--data-parallel", "--dp")
    {
        HelpName = "N",
        Description = "Data-parallel ranks. Default 1; in a plan for so many devices, as many as fill them.",
    };
    private static readonly Option<string> Tensor = new("--tensor-parallel", "--tp")
    {
        HelpName = "N",
        Description = "Tensor-parallel ranks. Default 1.",
    };
    private static readonly Option<string> Pipeline = new("--pipeline-parallel", "--pp")
    {
        HelpName = "N",
        Description = "Pipeline stages. Default 1.",
    };
    private static readonly Option<string> Expert = new("--expert-parallel", "--ep")
    {
        HelpName = "N",
        Description = "Expert-parallel ranks, out of the data and tensor ranks. Default 1.",
    };
    private static readonly Option<string> ExpertTensor = new("--expert-tensor-parallel", "--etp")
    {
        HelpName = "N",
        Description = "Ranks that one expert is cut over. Default: those of --tensor-parallel.",
    };
    public static readonly Option<string> Zero = new("--zero")
    {
        HelpName = "0..3",
        Description = "What data ranks share out: 1 optimizer states, 2 also gradients, 3 also weights. Default 0, in an export 1.",
    };
    private static readonly Option<string> Precision = new("--precision")
    {
        HelpName = "TYPE",
        Description = "mixed (bf16 with an fp32 master copy) or fp32. Default mixed.",
    };
    private static readonly Option<string> Recompute = new("--recompute")
    {
        HelpName = "WHAT",
        Description = "Activations to compute again: none, selective (attention's probabilities) or full. Default none.",
    };
    private static readonly Option<bool> FusedAttention = new("--fused-attention")
    {
        Description = "Attention's probabilities never reach memory.",
    };
    private static readonly Option<bool> Dropout = new("--dropout") { Description = "Keep the masks of dropout." };
    private static readonly Option<bool> NoSequenceParallel = new("--no-sequence-parallel")
    {
        Description = "Tensor-parallel ranks do not share out what stands between matrices.",
    };
    private static readonly Option<string> StageBlocks = new("--stage-blocks")
    {
        HelpName = "LIST",
        Description = "Blocks of each pipeline stage, e.g. 3,4,4,4. Default: as even as possible.",
    };
    private static readonly Option<string> MicroBatches = new("--micro-batches")
    {
        HelpName = "N",
        Description = "Micro-batches of a step. Default: enough to fill the pipeline.",
    };

    private static readonly string[] Precisions = ["mixed", "fp32"];
    private static readonly string[] Recomputations = ["none", "selective", "full"];

    /// <summary>In the order of the help.</summary>
    public static IReadOnlyList<Option> All { get; } =
    [
        MicroBatch,
        Sequence,
        Data,
        Tensor,
        Pipeline,
        Expert,
        ExpertTensor,
        Zero,
        Precision,
        Recompute,
        FusedAttention,
        Dropout,
        NoSequenceParallel,
        StageBlocks,
        MicroBatches,
    ];

    /// <summary>Those of a layout that is written for another program, and the settings that they give.</summary>
    public static IReadOnlyList<(Option Option, Setting Setting)> OfExports { get; } =
    [
        (Data, LayoutSettings.DataParallel),
        (Tensor, LayoutSettings.TensorParallel),
        (Pipeline, LayoutSettings.PipelineParallel),
        (StageBlocks, LayoutSettings.StageBlocks),
        (Expert, LayoutSettings.ExpertParallel),
        (ExpertTensor, LayoutSettings.ExpertTensorParallel),
        (MicroBatch, LayoutSettings.MicroBatch),
        (Sequence, LayoutSettings.Sequence),
        (Zero, LayoutSettings.Zero),
        (Precision, LayoutSettings.Precision),
        (Recompute, LayoutSettings.Recompute),
    ];

    /// <summary>The name of an option that was given; null if none was.</summary>
    public static string? AnyGiven(ParseResult parsed) => All.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false })?.Name;

    /// <param name="parsed">The command line.</param>
    /// <param name="ranks">Devices that train, which data ranks fill where --data-parallel is not given; null for one data rank.</param>
    /// <param name="context">Ranks that divide a sequence for attention, and hold experts as data ranks do.</param>
    /// <exception cref="UserException">A value that makes no sense, or a layout that suits no model.</exception>
    public static TrainingSetup Read(ParseResult parsed, double? ranks = null, int context = 1)
    {
        (int tensor, int pipeline) = (Count(parsed, Tensor) ?? 1, Count(parsed, Pipeline) ?? 1);
        double others = (double)tensor * pipeline * context;
        int data = Count(parsed, Data) ?? (int)Math.Max(1, (ranks ?? 0) / others);
        if (ranks is double all && data * others != all && AnyGiven(parsed) is not null)
        {
            throw new UserException(
                $"{data} data x {tensor} tensor x {pipeline} pipeline{(context > 1 ? $" x {context} context" : "")} ranks are "
                    + $"{data * others:0}, but --gpus has {all:0}. Change one of them."
            );
        }
        TrainingSetup setup = new()
        {
            SequencesPerMicroBatch = Count(parsed, MicroBatch) ?? 1,
            SequenceLength = Count(parsed, Sequence),
            DataParallel = data,
            TensorParallel = tensor,
            PipelineParallel = pipeline,
            ExpertParallel = Count(parsed, Expert) ?? 1,
            ExpertTensorParallel = Count(parsed, ExpertTensor),
            Zero = parsed.GetValue(Zero) is string zero
                ? zero is "0" or "1" or "2" or "3"
                    ? zero[0] - '0'
                    : throw new UserException($"--zero '{zero}' is no stage of ZeRO. Known are 0, 1, 2 and 3.")
                : 0,
            Precision = (TrainingPrecision)Choice(parsed, Precision, Precisions),
            Recomputation = (Recomputation)Choice(parsed, Recompute, Recomputations),
            FusedAttention = parsed.GetValue(FusedAttention),
            Dropout = parsed.GetValue(Dropout),
            SequenceParallel = !parsed.GetValue(NoSequenceParallel),
            StageBlocks = Options.List(parsed, StageBlocks) is { } blocks ? [.. blocks.Select(b => Whole(b, StageBlocks))] : null,
            MicroBatches = Count(parsed, MicroBatches),
        };
        (setup with { DataParallel = data * context }).RequireConsistent();
        return setup;
    }

    private static int? Count(ParseResult parsed, Option<string> option) => (int?)Options.Whole(parsed, option, MaxRanks);

    private static int Whole(double value, Option<string> option) =>
        value == Math.Floor(value) && value <= MaxRanks
            ? (int)value
            : throw new UserException($"{option.Name} holds {value}; it needs whole numbers, such as 3,4,4,4.");

    // The names stand in the order of the enumerations.
    private static int Choice(ParseResult parsed, Option<string> option, string[] names)
    {
        string text = parsed.GetValue(option) ?? names[0];
        int index = Array.IndexOf(names, text);
        return index >= 0
            ? index
            : throw new UserException(
                $"{option.Name} '{text}' is not known{Guess.Hint(text, names)}. Known are {string.Join(", ", names)}."
            );
    }
}
