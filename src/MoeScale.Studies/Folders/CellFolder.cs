using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Studies.Files;
using MoeScale.Training.Runs;

namespace MoeScale.Studies.Folders;

/// <summary>The files of one cell. Whether it is done, the trainer's result says; everything else is only for going on.</summary>
public sealed class CellFolder
{
    private CellResult _result = CellResult.None;

    /// <param name="study">The study's folder.</param>
    /// <param name="cell">The cell.</param>
    public CellFolder(StudyFolder study, Cell cell)
    {
        (Study, Cell) = (study, cell);
        RunPath = Path.Combine(study.Location, "runs", cell.Name);
        WorkPath = Path.Combine(study.Location, "work", cell.Name);
    }

    public StudyFolder Study { get; }

    public Cell Cell { get; }

    /// <summary>The trainer's folder.</summary>
    public string RunPath { get; }

    private string WorkPath { get; }

    /// <summary>The folder of one of its runs: a branch of the trunk, or the trainer's folder itself.</summary>
    public string RunOf(long length) => Cell.IsTrunk ? RunFolder.BranchIn(RunPath, length) : RunPath;

    public string ConfigurationPath => Path.Combine(WorkPath, "config.json");

    public string ModelPath => Path.Combine(WorkPath, "model.yaml");

    /// <summary>What the trainer printed.</summary>
    public string LogPath => Path.Combine(WorkPath, "log.txt");

    /// <summary>Name of a link to the log of the last task of a scheduler that worked on it.</summary>
    internal const string TaskLog = "slurm.log";

    internal string TaskLogPath => Path.Combine(WorkPath, TaskLog);

    internal string ClaimPath => Path.Combine(WorkPath, "claim");

    internal string ProcessPath => Path.Combine(WorkPath, "process.json");

    internal string AttemptsPath => Path.Combine(WorkPath, "attempts.jsonl");

    /// <summary>A line of JSON for each run, written last and whole.</summary>
    public string ResultsPath => Cell.IsTrunk ? RunFolder.RunsIn(RunPath) : RunFolder.ResultIn(RunPath);

    /// <summary>Whether the trainer's result is there, and is one.</summary>
    public bool IsDone => Result().Rows is not null;

    /// <summary>
    /// What is wrong with what the trainer left as its result, in whole sentences; null where nothing is, or nothing is there.
    /// </summary>
    internal string? Refusal => Result().Refusal;

    /// <summary>Whether the study has begun it.</summary>
    public bool IsBegun => File.Exists(ConfigurationPath);

    /// <summary>Writes down what the cell is, or makes sure that what was begun here is the same.</summary>
    /// <exception cref="UserException">Another cell of this name was begun here, with the difference; or it cannot be written.</exception>
    public void Begin(StudyText text)
    {
        CellConfiguration configuration = CellConfiguration.Of(Cell, text);
        if (IsBegun)
        {
            CellConfiguration begun = CellConfiguration.Read(ConfigurationPath);
            if (begun.Difference(configuration) is SettingDifference difference)
            {
                throw new UserException(
                    $"{RunPath} holds another run than the study has now: {difference}. Undo the change, give another {StudySettings.Out}, "
                        + $"or remove both {RunPath} and {WorkPath}."
                );
            }
            // What decides nothing may be another now, and an earlier version told less.
            if (configuration.WithPathsOf(begun).ToJson() is string told && told != begun.ToJson())
            {
                TextFile.WriteWhole(ConfigurationPath, told);
            }
            return;
        }
        MakeFolder(WorkPath);
        TextFile.WriteWhole(ModelPath, ModelFile.Write(Cell.Model));
        // Last: its presence says that the model is there.
        TextFile.WriteWhole(ConfigurationPath, configuration.ToJson());
    }

    /// <exception cref="UserException">It cannot be made.</exception>
    internal void MakeRunFolder() => MakeFolder(RunPath);

    /// <summary>The rows of a cell that is done, shortest first.</summary>
    /// <exception cref="UserException">It is not done.</exception>
    public IReadOnlyList<JsonElement> Results() =>
        Result() switch
        {
            { Rows: IReadOnlyList<JsonElement> rows } => rows,
            { Refusal: string refusal } => throw new UserException($"{refusal} Remove {ResultsPath} to train the cell again."),
            _ => throw new UserException($"{ResultsPath} is not there yet: the cell is not done."),
        };

    /// <summary>Moves away what the trainer left as its result and is none.</summary>
    /// <returns>What was wrong; null where nothing was.</returns>
    /// <exception cref="UserException">It cannot be moved.</exception>
    internal string? Refuse()
    {
        if (Refusal is not string refusal)
        {
            return null;
        }
        string kept = ResultsPath + ".refused";
        try
        {
            if (Directory.Exists(ResultsPath))
            {
                Directory.Move(ResultsPath, kept);
            }
            else
            {
                File.Move(ResultsPath, kept, overwrite: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{refusal} It cannot be renamed: {TextFile.Reason(e)}.");
        }
        return $"{refusal} It is renamed to {Path.GetFileName(kept)}.";
    }

    // Several threads ask; each takes or leaves a whole answer.
    private CellResult Result() => _result = CellResult.Of(ResultsPath, Cell, _result);

    private static void MakeFolder(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"{path} cannot be made: {TextFile.Reason(e)}.");
        }
    }
}
