using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;
using MoeScale.Training.Data;
using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;

namespace MoeScale.Studies.Running;

/// <summary>A cell as a run of Training, the same that <c>moescale train</c> makes of the cell's file.</summary>
/// <param name="Configuration">Of the run, or of the trunk.</param>
/// <param name="Checkpoints">When they are written.</param>
/// <param name="Text">With its tokenizer open.</param>
internal sealed record CellRun(RunConfiguration Configuration, CheckpointRule Checkpoints, RunText Text)
{
    /// <param name="folder">Of the cell, in which it has begun.</param>
    /// <param name="text">Of the study.</param>
    /// <exception cref="UserException">A file of the tokenizer cannot be read.</exception>
    public static CellRun Of(CellFolder folder, StudyText text)
    {
        Cell cell = folder.Cell;
        (IReadOnlyList<string> paths, IReadOnlyList<string> heldOut) = text.PathsOf(folder.ConfigurationPath);
        RunText given = RunText.Of(text.Given with { Paths = paths, HeldOut = heldOut.Count > 0 ? heldOut : null });
        // A study has worked the rate out.
        RunConfiguration configuration = given.Fill(cell.Recipe.Run with { LearningRateFrom = "given" });
        return new CellRun(configuration, cell.Recipe.Checkpoints, given);
    }

    /// <summary>The study's text, opened; its tokens are kept in a folder that all cells share.</summary>
    /// <exception cref="UserException">It cannot be read, or holds too few tokens.</exception>
    public TrainingData Open(StudyText text, Model model, string folder) =>
        RunData.Open(Configuration, model, Text.Tokenizer, folder, text.Folder);
}
