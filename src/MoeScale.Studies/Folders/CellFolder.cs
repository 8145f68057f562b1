using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Studies.Files;
using MoeScale.Training.Runs;

namespace MoeScale.Studies.Folders;

/// <summary>The files of one cell. Whether it is done, the trainer's result says; everything else is only for going on.</summary>
/// <param name="Study">The study's folder.</param>
/// <param name="Cell">The cell.</param>
public sealed record CellFolder(StudyFolder Study, Cell Cell)
{
    /// <summary>The trainer's folder.</summary>
    public string RunPath { get; } = Path.Combine(Study.Location, "runs", Cell.Name);

    /// <summary>The folder of one of its runs: a branch of the trunk, or the trainer's folder itself.</summary>
    public string RunOf(long length) => Cell.IsTrunk ? RunFolder.BranchIn(RunPath, length) : RunPath;

    private string WorkPath { get; } = Path.Combine(Study.Location, "work", Cell.Name);

    public string ConfigurationPath => Path.Combine(WorkPath, "config.json");

    public string ModelPath => Path.Combine(WorkPath, "model.yaml");

    /// <summary>What the trainer printed.</summary>
    public string LogPath => Path.Combine(WorkPath, "log.txt");

    internal string ClaimPath => Path.Combine(WorkPath, "claim");

    internal string ProcessPath => Path.Combine(WorkPath, "process.json");

    internal string AttemptsPath => Path.Combine(WorkPath, "attempts.jsonl");

    /// <summary>A line of JSON for each run, written last and whole.</summary>
    public string ResultsPath => Path.Combine(RunPath, Cell.IsTrunk ? "runs.jsonl" : "result.json");

    public bool IsDone => File.Exists(ResultsPath);

    /// <summary>Whether the study has begun it.</summary>
    public bool IsBegun => File.Exists(ConfigurationPath);

    /// <summary>Writes down what the cell is, or makes sure that what was begun here is the same.</summary>
    /// <exception cref="UserException">Another cell of this name was begun here; names the difference.</exception>
    public void Begin(StudyText text)
    {
        CellConfiguration configuration = CellConfiguration.Of(Cell, text);
        if (IsBegun)
        {
            string? difference = CellConfiguration.Read(ConfigurationPath).Difference(configuration);
            if (difference is not null)
            {
                throw new UserException($"{RunPath} holds another run than the study has now: {difference}. Undo the change, give another --out, or remove both {RunPath} and {WorkPath}.");
            }
            return;
        }
        Directory.CreateDirectory(WorkPath);
        TextFile.WriteWhole(ModelPath, ModelFile.Write(Cell.Model));
        // Last: its presence says that the model is there.
        TextFile.WriteWhole(ConfigurationPath, configuration.ToJson());
    }

    /// <summary>The rows of a cell that is done, shortest first.</summary>
    /// <exception cref="UserException">The trainer wrote something else.</exception>
    public IReadOnlyList<JsonElement> Results()
    {
        string[] lines = TextFile.Read(ResultsPath).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        try
        {
            JsonElement[] rows = lines is [var first, ..] && first == "{"
                ? [JsonDocument.Parse(string.Join('\n', lines)).RootElement]
                : [.. lines.Select(l => JsonDocument.Parse(l).RootElement)];
            return rows.Length == Cell.Lengths.Count
                ? rows
                : throw new UserException($"{ResultsPath} has {rows.Length} rows, and the cell {Cell.Lengths.Count} runs. Remove {RunPath} to train it again.");
        }
        catch (JsonException e)
        {
            throw new UserException($"{ResultsPath} is no line of JSON for each run ({e.Message.Split('.')[0]}). Remove {RunPath} to train it again.");
        }
    }
}
