using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;
using MoeScale.Training.Data;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;

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
        RunConfiguration configuration = cell.Recipe.Run with
        {
            // A study has worked it out.
            LearningRateFrom = "given",
            Text = paths,
            HeldOut = share is null ? heldOut : [],
            HeldOutShare = text.IsSynthetic ? 0 : share ?? (heldOut.Count == 0 ? DefaultRecipe.HeldOutShare : 0),
            Field = text.Field ?? "text",
            Tokenizer = text.Tokenizer,
            TokenizerName = tokenizer?.Name ?? "",
            TokenType = text.TokenType,
            Separator = text.Separator,
        };
        return new CellRun(
            configuration,
            cell.Recipe.Checkpoints,
            tokenizer,
            text.VocabularyFile is string vocabulary ? [vocabulary, text.MergesFile!] : []
        );
    }

    /// <summary>The study's text, opened; its tokens are kept in a folder that all cells share.</summary>
    /// <exception cref="UserException">It cannot be read, or holds too few tokens.</exception>
    public TrainingData Open(StudyText text, Model model, string folder) =>
        RunData.Open(Configuration, model, Tokenizer, folder, text.Folder);
}
