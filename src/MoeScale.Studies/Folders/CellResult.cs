using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Studies.Files;

namespace MoeScale.Studies.Folders;

/// <summary>The file that a trainer leaves, read and checked: a trainer of the user's may write anything.</summary>
/// <param name="Rows">One for each run, each with a loss; null where it is no result.</param>
/// <param name="Refusal">Why it is none, in whole sentences; null where it is one, or nothing is there.</param>
/// <param name="Written">Of the file.</param>
/// <param name="Bytes">Of the file.</param>
internal sealed record CellResult(IReadOnlyList<JsonElement>? Rows, string? Refusal, DateTime Written, long Bytes)
{
    // A trainer may round to whole steps of its own.
    private const double Rounding = 0.1;

    // Each value is a column of the table of runs, and a cell of that is no longer.
    private const int MaxValues = 1000;
    private const int LongestText = 10_000;

    // No mean of measured losses is below the rounding of the numbers that it is a mean of. Logarithms, ratios and
    // squares of what lies between are numbers.
    private const double MinLoss = 1e-12;
    private const double MaxLoss = 1e12;
    private const double MaxFlops = 1e60;

    public static CellResult None { get; } = new(null, null, default, -1);

    /// <summary>What the file says now.</summary>
    /// <param name="path">Of the file; need not exist.</param>
    /// <param name="cell">Whose result it should be.</param>
    /// <param name="known">What it said before; it is read again only where it was written since.</param>
    public static CellResult Of(string path, Cell cell, CellResult known)
    {
        FileInfo file = new(path);
        if (Directory.Exists(path))
        {
            return new CellResult(null, $"{path} is a folder, and the result is a file.", default, 0);
        }
        if (!file.Exists)
        {
            return None;
        }
        (DateTime written, long bytes) = (file.LastWriteTimeUtc, PlainFile.BytesIn(path));
        if ((written, bytes) == (known.Written, known.Bytes))
        {
            return known;
        }
        (IReadOnlyList<JsonElement>? rows, string? refusal) = Read(path, cell);
        return new CellResult(rows, refusal, written, bytes);
    }

    private static (IReadOnlyList<JsonElement>? Rows, string? Refusal) Read(string path, Cell cell)
    {
        if (PlainFile.BytesIn(path) == 0)
        {
            return (null, $"{path} is empty, or is no plain file.");
        }
        JsonElement[] rows;
        try
        {
            string text = TextFile.Read(path);
            rows =
            [
                .. (
                    cell.IsTrunk ? text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [text]
                ).Select(l => JsonDocument.Parse(l).RootElement),
            ];
        }
        catch (UserException e)
        {
            return (null, e.Phrase.Say(StudyTerms.All));
        }
        catch (JsonException e)
        {
            return (
                null,
                $"{path} is no {(cell.IsTrunk ? "line of JSON for each run" : "one object of JSON")}: it cannot be read at byte "
                    + $"{e.BytePositionInLine + 1} of line {e.LineNumber + 1}."
            );
        }
        string? wrong =
            rows.Length != cell.Lengths.Count
                ? $"has {Plural.Of(rows.Length, "row")}, and the cell {Plural.Of(cell.Lengths.Count, "run")}"
                : rows.Index()
                    .Select(r => Wrong(r.Item, cell.Lengths[r.Index]) is string found ? $"{found} in row {r.Index + 1}" : null)
                    .FirstOrDefault(w => w is not null);
        return wrong is null ? (rows, null) : (null, $"{path} {wrong}.");
    }

    private static string? Wrong(JsonElement row, long length)
    {
        if (row.ValueKind != JsonValueKind.Object)
        {
            return "has no object";
        }
        try
        {
            return WrongValue(row) ?? WrongRun(row, length);
        }
        catch (InvalidOperationException)
        {
            // "\ud800" is JSON, and half of a character.
            return "has a name or a value with half of a pair of surrogates, which is no text,";
        }
    }

    private static string? WrongValue(JsonElement row)
    {
        int values = 0;
        foreach (JsonProperty value in row.EnumerateObject())
        {
            string name = value.Name;
            if (++values > MaxValues)
            {
                return $"has more than {MaxValues} values,";
            }
            if (name.Length is 0 or > LongestText || name.Trim() != name || name.Any(char.IsControl))
            {
                return "has a name that no column can have: empty, very long, or with space around it or a control character in it,";
            }
            // 1e400 is JSON, and no number that can be computed with.
            if (value.Value.ValueKind == JsonValueKind.Number && !double.IsFinite(value.Value.GetDouble()))
            {
                return $"has '{name}' {Shown(value.Value)}, which is beyond all numbers,";
            }
            if (value.Value.ValueKind == JsonValueKind.String && value.Value.GetString()!.Length > LongestText)
            {
                return $"has a text of more than {LongestText} characters in '{name}',";
            }
        }
        return null;
    }

    private static string? WrongRun(JsonElement row, long length) =>
        !row.TryGetProperty("loss", out JsonElement loss) || loss.ValueKind != JsonValueKind.Number ? "has no number 'loss'"
        : !(loss.GetDouble() is >= MinLoss and <= MaxLoss)
            ? FormattableString.Invariant($"has 'loss' {Shown(loss)}, which is no loss in nats ({MinLoss:0e0} to {MaxLoss:0e0}),")
        : row.TryGetProperty("train_flops", out JsonElement flops)
        && !(flops.ValueKind == JsonValueKind.Number && flops.GetDouble() is >= 1 and <= MaxFlops)
            ? $"has 'train_flops' {Shown(flops)}, which is no number of FLOPs,"
        : !row.TryGetProperty("tokens", out JsonElement tokens) ? null
        : tokens.ValueKind != JsonValueKind.Number || Math.Abs((tokens.GetDouble() / length) - 1) > Rounding
            ? $"has 'tokens' {Shown(tokens)} where the run has {length} (the shortest first)"
        : null;

    // A number may have thousands of digits.
    private static string Shown(JsonElement value) => value.GetRawText() is { Length: > 40 } raw ? $"{raw[..40]}..." : value.GetRawText();
}
