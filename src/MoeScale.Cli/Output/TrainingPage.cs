using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Planning;
using MoeScale.Reporting;

namespace MoeScale.Cli.Output;

/// <summary>What each rank holds in training, in words and a table.</summary>
internal static class TrainingPage
{
    /// <summary>One line: "61.2 GB on the most loaded rank: weights 3.1 GB, ...".</summary>
    public static string Line(TrainingMemory memory)
    {
        StageMemory most = memory.MostLoaded;
        string stage = memory.Stages.Count > 1 ? $", of stage {most.Stage}" : "";
        return $"{Quantity.FormatBytes(most.TotalBytes)} on the most loaded rank{stage}: "
            + $"weights {Quantity.FormatBytes(most.WeightBytes)}, gradients {Quantity.FormatBytes(most.GradientBytes)}, "
            + $"optimizer {Quantity.FormatBytes(most.OptimizerBytes)}, activations {Quantity.FormatBytes(most.Activations.Total)}";
    }

    public static void Write(Model model, TrainingMemory memory, Headroom headroom)
    {
        TrainingSetup setup = memory.Setup;
        StageMemory most = memory.MostLoaded;
        Page.Field("Training", Line(memory));
        string free = headroom == Headroom.None ? "no headroom" : $"of which {HeadroomWords.Amount(headroom)} stays free";
        Page.Field("", $"needs a device of {Quantity.FormatBytes(headroom.Around(most.TotalBytes))}, {free} (--headroom)");
        WriteLayout(model, setup);
        if (
            !setup.FusedAttention
            && memory.MostLoaded.TotalBytes - TrainingMemory.Of(model, setup with { FusedAttention = true }).MostLoaded.TotalBytes
                is double probabilities
                    and > 0
        )
        {
            Page.Field(
                "",
                $"{Quantity.FormatBytes(probabilities)} of it for attention's probabilities, which --fused-attention leaves out"
            );
        }
        Page.BlankLine();
        Page.Table(
            ["<states", "weights", "gradients", "optimizer", "together"],
            [States("tensor", most.Tensor), States("replicated", most.Replicated), States("experts", most.Experts)]
        );
        Page.BlankLine();
        Page.Table(
            ["<activations", "bytes"],
            [
                ["blocks", Quantity.FormatBytes(most.Activations.Blocks)],
                ["working block", Quantity.FormatBytes(most.Activations.WorkingBlock)],
                ["ends", Quantity.FormatBytes(most.Activations.Ends)],
            ]
        );
        if (memory.Stages.Count > 1)
        {
            Page.BlankLine();
            Page.Table(
                ["<", "stage", "blocks", "weights", "gradients", "optimizer", "activations", "together"],
                [
                    .. memory.Stages.Select(s =>
                        (IReadOnlyList<string>)
                            [
                                s == most ? ">" : "",
                                Figures.Exact(s.Stage),
                                Figures.Exact(s.Blocks),
                                Quantity.FormatBytes(s.WeightBytes),
                                Quantity.FormatBytes(s.GradientBytes),
                                Quantity.FormatBytes(s.OptimizerBytes),
                                Quantity.FormatBytes(s.Activations.Total),
                                Quantity.FormatBytes(s.TotalBytes),
                            ]
                    ),
                ]
            );
        }
    }

    /// <summary>The two lines that the bytes depend on: ranks, and what a micro-batch is.</summary>
    public static void WriteLayout(Model model, TrainingSetup setup)
    {
        Page.Field("Layout", Layout(setup));
        string tokens = Plural.Of(Figures.Exact(setup.SequenceOf(model)), "token");
        string origin = setup.SequenceLength is null ? " (the model's context; --sequence sets another)" : "";
        string recomputation = setup.Recomputation.ToString().ToLowerInvariant();
        string attention = setup.FusedAttention ? ", fused attention" : "";
        string dropout = setup.Dropout ? ", dropout" : "";
        Page.Field("Micro-batch", $"{setup.SequencesPerMicroBatch} x {tokens}{origin}; recomputation {recomputation}{attention}{dropout}");
    }

    private static string Layout(TrainingSetup s)
    {
        string experts =
            s.ExpertParallel * s.ExpertTensorRanks > 1
                ? $"; experts over {s.ExpertParallel} expert x {s.ExpertTensorRanks} tensor x {Figures.Exact(s.ExpertDataRanks)} data"
                : "";
        string precision = s.Precision == TrainingPrecision.Mixed ? "mixed precision" : "fp32";
        return $"{s.DataParallel} data x {s.TensorParallel} tensor x {s.PipelineParallel} pipeline ranks{experts}; ZeRO-{s.Zero}, "
            + $"AdamW in {precision}";
    }

    private static IReadOnlyList<string> States(string kind, StateBytes bytes) =>
        [
            kind,
            Quantity.FormatBytes(bytes.Weights),
            Quantity.FormatBytes(bytes.Gradients),
            Quantity.FormatBytes(bytes.Optimizer),
            Quantity.FormatBytes(bytes.Total),
        ];
}
