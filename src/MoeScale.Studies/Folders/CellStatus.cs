using System.Text.Json;
using MoeScale.Studies.Files;

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
/// <param name="Reason">Of the last one; empty where none failed.</param>
public sealed record CellStatus(Cell Cell, CellState State, double Tokens, double? Loss, double? TokensPerSecond, int Attempts, string Reason)
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
        CellState state = Claim.IsHeld(folder.ClaimPath) || RunningProcess.IsAlive(folder) ? CellState.Running
            : attempts.Count > retries ? CellState.Failed
            : Directory.Exists(folder.RunPath) ? CellState.Stopped
            : CellState.Waiting;
        (double tokens, JsonElement? step) = Progress(folder);
        return new CellStatus(
            cell, state, tokens, step is JsonElement s ? Number(s, "smoothed_loss") ?? Number(s, "loss") : null,
            state == CellState.Running && step is JsonElement t ? Number(t, "tokens_per_second") : null, attempts.Count, attempts.Count > 0 ? attempts[^1].Reason : "");
    }

    private static (double Tokens, JsonElement? Step) Progress(CellFolder folder)
    {
        Cell cell = folder.Cell;
        JsonElement? last = LastStep(Path.Combine(folder.RunPath, "metrics.jsonl"));
        double tokens = last is JsonElement step ? Number(step, "tokens") ?? 0 : 0;
        foreach (long length in cell.IsTrunk ? cell.Lengths : [])
        {
            if (LastStep(Path.Combine(folder.RunOf(length), "metrics.jsonl")) is JsonElement branch)
            {
                last = branch;
                tokens += Math.Max(0, (Number(branch, "tokens") ?? 0) - ((1 - cell.DecayShare) * length));
            }
        }
        return (Math.Min(tokens, cell.TrainedTokens), last);
    }

    // The last whole line of a file that is being written.
    private static JsonElement? LastStep(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            file.Seek(-Math.Min(TailBytes, file.Length), SeekOrigin.End);
            byte[] tail = new byte[TailBytes];
            string text = System.Text.Encoding.UTF8.GetString(tail, 0, file.ReadAtLeast(tail, TailBytes, throwOnEndOfStream: false));
            string[] lines = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return lines.Length == 0 ? null : JsonDocument.Parse(lines[^1]).RootElement;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private static double? Number(JsonElement row, string name) =>
        row.ValueKind == JsonValueKind.Object && row.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
