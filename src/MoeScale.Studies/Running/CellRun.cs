using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;
using MoeScale.Training;
using MoeScale.Training.Data;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Layers;
using MoeScale.Training.Runs;
using MoeScale.Training.Transformers;

namespace MoeScale.Studies.Running;

/// <summary>A cell as a run of Training, the same that <c>moescale train</c> makes of the cell's words.</summary>
/// <param name="Configuration">Of the run, or of the trunk.</param>
/// <param name="Checkpoints">When they are written.</param>
/// <param name="Tokenizer">Null for synthetic text, and for tokens of which no more is known.</param>
/// <param name="VocabularyFiles">Of the tokenizer; none for one that has no files.</param>
internal sealed record CellRun(
    RunConfiguration Configuration,
    CheckpointRule Checkpoints,
    ITokenizer? Tokenizer,
    IReadOnlyList<string> VocabularyFiles
)
{
    /// <param name="folder">Of the cell, in which it has begun.</param>
    /// <param name="text">Of the study.</param>
    /// <exception cref="UserException">A file of the tokenizer cannot be read.</exception>
    public static CellRun Of(CellFolder folder, StudyText text)
    {
        Cell cell = folder.Cell;
        (IReadOnlyList<string> paths, IReadOnlyList<string> heldOut) = text.PathsOf(folder.ConfigurationPath);
        double? share =
            heldOut is [string only] && !StudyText.IsPath(only) && Quantity.TryParseCount(only, out double given) ? given : null;
        ITokenizer? tokenizer = text.OpenTokenizer();
        long tokens = cell.Lengths[^1];
        RateShape schedule =
            cell.IsTrunk ? RateShape.Constant
            : cell.Schedule == "cosine" ? RateShape.Cosine
            : RateShape.Wsd;
        AdamWSettings optimizer = new();
        RunConfiguration configuration = new()
        {
            Text = paths,
            HeldOut = share is null ? heldOut : [],
            HeldOutShare = text.IsSynthetic ? 0 : share ?? (heldOut.Count == 0 ? DefaultRecipe.HeldOutShare : 0),
            Field = text.Field ?? "text",
            Tokenizer = text.Tokenizer,
            TokenizerName = tokenizer?.Name ?? "",
            TokenType = text.TokenType,
            Separator = text.Separator,
            Tokens = tokens,
            Branches = cell.IsTrunk ? cell.Lengths : [],
            Epochs = (int)(Further("epochs") ?? 1),
            Context = cell.Context,
            BatchSequences = cell.Batch,
            MicroBatchSequences = cell.MicroBatch,
            Schedule = schedule,
            LearningRate = cell.LearningRate,
            // Below 1 it would be a share.
            WarmupTokens = cell.Warmup < 1 ? 0 : cell.Warmup,
            DecayTokens = schedule == RateShape.Wsd ? cell.DecayShare * tokens : 0,
            Seed = cell.Seed,
            InitialScale = Further("init_scale") ?? 0.1,
            InitialCut = Text("init_cut") == "0.2" ? InitialCut.Absolute : InitialCut.TwoDeviations,
            Optimizer = optimizer with
            {
                WeightDecay = Further("weight_decay") ?? optimizer.WeightDecay,
                Clip = Further("clip") ?? optimizer.Clip,
            },
            HeldOutTokens = cell.EvaluationTokens,
            // Nobody reads what would be scored on the way, a tenth of a short run's time.
            HeldOutEvery = RecipeLimits.MaxTokens,
        };
        return new CellRun(
            configuration,
            new CheckpointRule(Further("checkpoint_seconds") ?? 60, (long)(Further("checkpoint_steps") ?? 0)),
            tokenizer,
            text.VocabularyFile is string vocabulary ? [vocabulary, text.MergesFile!] : []
        );

        string? Text(string key) => cell.Further.FirstOrDefault(f => f.Key == key).Value;

        double? Further(string key) => Text(key) is string value && Quantity.TryParseCount(value, out double number) ? number : null;
    }

    /// <summary>The study's text, opened; its tokens are kept in a folder that all cells share.</summary>
    /// <exception cref="UserException">It cannot be read, or holds too few tokens.</exception>
    public TrainingData Open(StudyText text, Model model, string folder) =>
        RunData.Open(Configuration, model, Tokenizer, folder, text.Folder);
}
