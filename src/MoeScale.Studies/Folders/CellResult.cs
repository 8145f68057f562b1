using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Studies.Files;

namespace MoeScale.Studies.Folders;

/// <summary>The file that a trainer leaves, read and checked: a trainer of the user's may write anything.</summary>
/// <param name="Rows">One for each run, each with a loss; null where it is no result.</param>
/// <param name="Refusal">Why it is none; null where it is one, or nothing is there.</param>
/// <param name="Written">Of the file.</param>
/// <param name="Bytes">Of the file.</param>
internal sealed record CellResult(IReadOnlyList<JsonElement>? Rows, string? Refusal, DateTime Written, long Bytes)
{
    // A trainer may round to whole steps of its own.
    private const double Rounding = 0.1;

    public static CellResult None { get; } = new(null, null, default, -1);

    /// <summary>What the file says now.</summary>
    /// <param name="path">Of the file; need not exist.</param>
    /// <param name="cell">Whose result it should be.</param>
    /// <param name="known">What it said before; it is read again only where it was written since.</param>
    public static CellResult Of(string path, Cell cell, CellResult known)
    {
        FileInfo file = new(path);
        if (!file.Exists)
        {
            return None;
        }
        (DateTime written, long bytes) = (file.LastWriteTimeUtc, file.Length);
        if ((written, bytes) == (known.Written, known.Bytes))
        {
            return known;
        }
        (IReadOnlyList<JsonElement>? rows, string? refusal) = Read(path, cell);
        return new CellResult(rows, refusal, written, bytes);
    }

    private static (IReadOnlyList<JsonElement>? Rows, string? Refusal) Read(string path, Cell cell)
    {
        JsonElement[] rows;
        try
        {
            string text = TextFile.Read(path);
            rows = [.. (cell.IsTrunk ? text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [text]).Select(l => JsonDocument.Parse(l).RootElement)];
        }
        catch (UserException e)
        {
            return (null, e.Message.TrimEnd('.'));
        }
        catch (JsonException e)
        {
            return (null, $"{path} is no {(cell.IsTrunk ? "line of JSON for each run" : "one object of JSON")} ({e.Message.Split('.')[0]})");
        }
        string? wrong = rows.Length != cell.Lengths.Count
            ? $"has {rows.Length} {(rows.Length == 1 ? "row" : "rows")}, and the cell {cell.Lengths.Count} {(cell.Lengths.Count == 1 ? "run" : "runs")}"
            : rows.Index().Select(r => Wrong(r.Item, cell.Lengths[r.Index]) is string found ? $"{found} in row {r.Index + 1}" : null).FirstOrDefault(w => w is not null);
        return wrong is null ? (rows, null) : (null, $"{path} {wrong}");
    }

    private static string? Wrong(JsonElement row, long length)
    {
        if (row.ValueKind != JsonValueKind.Object)
        {
            return "has no object";
        }
        // 1e400 is JSON, and no number that can be computed with.
        foreach (JsonProperty value in row.EnumerateObject())
        {
            if (value.Value.ValueKind == JsonValueKind.Number && !double.IsFinite(value.Value.GetDouble()))
            {
                return $"has '{value.Name}' {value.Value.GetRawText()}, which is beyond all numbers,";
            }
        }
        return !row.TryGetProperty("loss", out JsonElement loss) || loss.ValueKind != JsonValueKind.Number ? "has no number 'loss'"
            : loss.GetDouble() <= 0 ? $"has 'loss' {loss.GetRawText()}, which is no loss in nats,"
            : row.TryGetProperty("train_flops", out JsonElement flops) && !(flops.ValueKind == JsonValueKind.Number && flops.GetDouble() > 0) ? $"has 'train_flops' {flops.GetRawText()}, which is no number above zero,"
            : !row.TryGetProperty("tokens", out JsonElement tokens) ? null
            : tokens.ValueKind != JsonValueKind.Number || Math.Abs((tokens.GetDouble() / length) - 1) > Rounding
            ? $"has 'tokens' {tokens.GetRawText()} where the run has {length} (the shortest first)"
            : null;
    }
}
