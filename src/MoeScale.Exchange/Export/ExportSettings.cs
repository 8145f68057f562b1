using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Recipes;

namespace MoeScale.Exchange.Export;

/// <summary>What a user can set of an export, by the names that complaints speak of.</summary>
public static class ExportSettings
{
    /// <summary>The engine or format.</summary>
    public static readonly Setting Target = Of("to");

    /// <summary>The file or folder that is written.</summary>
    public static readonly Setting Out = Of("out");

    /// <summary>Where the tokens to train on are.</summary>
    public static readonly Setting DataPath = Of("data_path");

    /// <summary>The tokenizer of the text.</summary>
    public static readonly Setting Tokenizer = Of("tokenizer");

    /// <summary>Devices in all.</summary>
    public static readonly Setting Gpus = Of("gpus");

    /// <summary>Devices of one machine.</summary>
    public static readonly Setting GpusPerNode = Of("gpus_per_node");

    /// <summary>Ranks that divide a sequence for attention.</summary>
    public static readonly Setting ContextParallel = Of("context_parallel");

    /// <summary>A script for Slurm.</summary>
    public static readonly Setting Sbatch = Of("sbatch");

    /// <summary>Settings of a recipe that an export of training takes.</summary>
    public static IReadOnlyList<RecipeSetting> OfRecipe { get; } =
    [
        RecipeSettings.Tokens,
        RecipeSettings.BatchTokens,
        RecipeSettings.BatchRamp,
        RecipeSettings.LearningRate,
        RecipeSettings.Schedule,
        RecipeSettings.Warmup,
        RecipeSettings.Decay,
        RecipeSettings.Clip,
        RecipeSettings.WeightDecay,
        RecipeSettings.Beta1,
        RecipeSettings.Beta2,
        RecipeSettings.Epsilon,
        RecipeSettings.Seed,
    ];

    /// <summary>Settings of the layout over ranks that an export of training takes.</summary>
    public static IReadOnlyList<Setting> OfLayout { get; } =
    [
        LayoutSettings.MicroBatch,
        LayoutSettings.Sequence,
        LayoutSettings.DataParallel,
        LayoutSettings.TensorParallel,
        LayoutSettings.PipelineParallel,
        LayoutSettings.StageBlocks,
        LayoutSettings.ExpertParallel,
        LayoutSettings.ExpertTensorParallel,
        LayoutSettings.Zero,
        LayoutSettings.Precision,
        LayoutSettings.Recompute,
        ContextParallel,
        Gpus,
    ];

    private static Setting Of(string name) => new("export", name);
}
