using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Studies.Files;
using MoeScale.Training.Runs;

namespace MoeScale.Studies.Folders;

/// <summary>Where a cell stands.</summary>
public enum CellState
{
    /// <summary>Nothing was trained.</summary>
    Waiting,

    /// <summary>A program works on it.</summary>
    Running,

    /// <summary>Begun, and nobody works on it; it goes on from its checkpoint.</summary>
    Stopped,

    /// <summary>The last try failed, and there are no more.</summary>
    Failed,

    /// <summary>All its runs have results.</summary>
    Done,
}

/// <summary>What the folders say of a cell.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Tokens">Trained on, of <see cref="Cell.TrainedTokens"/>.</param>
/// <param name="Loss">Of the longest run at its end, else smoothed at the last step; null where none is known.</param>
/// <param name="TokensPerSecond">Of the last step; null where it does not run.</param>
/// <param name="Attempts">Tries that failed.</param>
/// <param name="Reason">Of the last one, or why it stopped where that is known; else empty.</param>
public sealed record CellStatus(
    Cell Cell,
    CellState State,
    double Tokens,
    double? Loss,
    double? TokensPerSecond,
    int Attempts,
    string Reason
)
{
    private const int TailBytes = 4096;

    /// <summary>To its end, at the speed of the last step; null where it does not run, or has made no step.</summary>
    public double? SecondsLeft => TokensPerSecond > 0 ? (Cell.TrainedTokens - Tokens) / TokensPerSecond : null;

    /// <param name="folder">Of the cell.</param>
    /// <param name="retries">How often a failed cell is tried again.</param>
    public static CellStatus Of(CellFolder folder, int retries)
    {
        Cell cell = folder.Cell;
        if (folder.IsDone)
        {
            JsonElement last = folder.Results()[^1];
            return new CellStatus(cell, CellState.Done, cell.TrainedTokens, Number(last, "loss"), null, 0, "");
        }
        if (!folder.IsBegun)
        {
            return new CellStatus(cell, CellState.Waiting, 0, null, null, 0, "");
        }
        IReadOnlyList<FailedAttempt> attempts = FailedAttempts.Read(folder.AttemptsPath);
        bool hasRun = Directory.Exists(folder.RunPath);
        CellState state =
            FileLock.IsHeld(folder.ClaimPath) || (hasRun && RunningProcess.IsAtWork(folder)) ? CellState.Running
            : FailedAttempts.AreAll(attempts, retries) ? CellState.Failed
            : hasRun ? CellState.Stopped
            : CellState.Waiting;
        string reason =
            attempts.Count > 0 ? attempts[^1].Reason
            : state is CellState.Stopped or CellState.Waiting ? Trouble(folder)
            : "";
        // Thousands that wait have no steps to look for.
        (double tokens, JsonElement? step) = hasRun ? Progress(folder) : (0, null);
        return new CellStatus(
            cell,
            state,
            tokens,
            step is JsonElement s ? Number(s, "smoothed_loss") ?? Number(s, "loss") : null,
            state == CellState.Running && step is JsonElement t ? Number(t, "tokens_per_second") : null,
            attempts.Count,
            reason
        );
    }

    // Nobody is left to tell: a bad result that was not looked at yet, or a task that its scheduler has ended.
    private static string Trouble(CellFolder folder) =>
        folder.Refusal ?? (TrainerLog.LastLine(folder.TaskLogPath) is string line ? $"{line} ({folder.TaskLogPath})" : "");

    private static (double Tokens, JsonElement? Step) Progress(CellFolder folder)
    {
        Cell cell = folder.Cell;
        JsonElement? last = LastStep(RunFolder.MetricsIn(folder.RunPath));
        double tokens = last is JsonElement step ? Number(step, "tokens") ?? 0 : 0;
        foreach (long length in cell.IsTrunk ? cell.Lengths : [])
        {
            if (LastStep(RunFolder.MetricsIn(folder.RunOf(length))) is JsonElement branch)
            {
                last = branch;
                tokens += Math.Max(0, (Number(branch, "tokens") ?? 0) - ((1 - cell.DecayShare) * length));
            }
        }
        return (Math.Clamp(tokens, 0, cell.TrainedTokens), last);
    }

    // The last whole line of a file that is being written.
    private static JsonElement? LastStep(string path)
    {
        string text = PlainFile.BytesIn(path) > 0 ? TextFile.Tail(path, TailBytes) ?? "" : "";
        string[] lines = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        try
        {
            return lines.Length == 0 ? null : JsonDocument.Parse(lines[^1]).RootElement;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static double? Number(JsonElement row, string name)
    {
        try
        {
            return
                row.ValueKind == JsonValueKind.Object
                && row.TryGetProperty(name, out JsonElement value)
                && value.ValueKind == JsonValueKind.Number
                && double.IsFinite(value.GetDouble())
                ? value.GetDouble()
                : null;
        }
        catch (InvalidOperationException)
        {
            // Another key holds half of a character, which is JSON and no text.
            return null;
        }
    }
}
