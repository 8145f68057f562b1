using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MoeScale.Basics;
using MoeScale.Models;

namespace MoeScale.Studies.Files;

/// <summary>
/// Everything that decides what a cell comes to, as config.json: what a trainer of the user's reads, and by which a folder knows whether it
/// holds the same cell.
/// </summary>
public sealed class CellConfiguration
{
    private static readonly JsonSerializerOptions Written = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly string[] OfText = ["text", "held_out"];

    private readonly JsonObject _json;

    // From which paths start; null where none are known.
    private readonly string? _folder;

    private CellConfiguration(JsonObject json, string? folder) => (_json, _folder) = (json, folder);

    /// <param name="cell">A cell.</param>
    /// <param name="text">What it trains on; null where that is the same for all that are compared.</param>
    public static CellConfiguration Of(Cell cell, StudyText? text)
    {
        JsonObject json = new()
        {
            ["id"] = cell.Name,
            ["model"] = Keys(YamlMap.Parse(ModelFile.Write(cell.Model), cell.Name)),
            [cell.IsTrunk ? "branches" : "tokens"] = cell.IsTrunk
                ? new JsonArray([.. cell.Lengths.Select(l => (JsonNode)l)])
                : cell.Lengths[0],
            ["batch_tokens"] = (long)cell.Batch * cell.Context,
            ["micro_batch"] = cell.MicroBatch,
            ["learning_rate"] = cell.LearningRate,
            ["schedule"] = cell.Schedule,
            ["warmup_tokens"] = cell.Warmup,
            ["decay_share"] = cell.DecayShare,
            ["eval_tokens"] = cell.EvaluationTokens,
            ["seed"] = cell.Seed,
        };
        foreach ((string key, string value) in cell.Further.Where(f => !f.Key.StartsWith("checkpoint_", StringComparison.Ordinal)))
        {
            json[key] = Value(value);
        }
        if (text is { IsGiven: true })
        {
            json["text"] = new JsonArray([.. text.Paths.Select(p => (JsonNode)text.FromFolder(p))]);
            json["held_out"] = new JsonArray([.. text.HeldOut.Select(p => (JsonNode)text.FromFolder(p))]);
            json["tokenizer"] = text.Tokenizer;
            foreach ((string key, string said) in ((string, string)[])[("token_type", text.TokenType), ("separator", text.Separator)])
            {
                if (said.Length > 0)
                {
                    json[key] = said;
                }
            }
        }
        return new CellConfiguration(json, text?.Folder);
    }

    /// <exception cref="UserException">It is no such file.</exception>
    public static CellConfiguration Read(string path)
    {
        try
        {
            return new CellConfiguration(JsonNode.Parse(TextFile.Read(path)) as JsonObject ?? throw new JsonException(), null);
        }
        catch (JsonException)
        {
            throw new UserException($"{path} is no configuration of a cell, or is damaged. Remove its folder to begin anew.");
        }
    }

    public string ToJson() => _json.ToJsonString(Written) + "\n";

    /// <summary>A text's paths as they stand; null where there is no such key.</summary>
    /// <param name="key">"text" or "held_out".</param>
    public IReadOnlyList<string>? Paths(string key) => _json[key] is JsonArray list ? [.. list.Select(p => $"{p}")] : null;

    /// <summary>
    /// The first setting that differs, in words; null where none does. Paths may be written from the study's folder or whole.
    /// </summary>
    /// <param name="now">The other one.</param>
    public string? Difference(CellConfiguration now) => Difference("", _json, now._json, now._folder);

    private static string? Difference(string prefix, JsonObject there, JsonObject here, string? folder)
    {
        foreach (string key in there.Select(p => p.Key).Union(here.Select(p => p.Key)))
        {
            (JsonNode? old, JsonNode? now) = (there[key], here[key]);
            string? difference =
                old is JsonObject a && now is JsonObject b ? Difference($"{prefix}{key}.", a, b, folder)
                : JsonNode.DeepEquals(old, now)
                || (
                    prefix.Length == 0 && OfText.Contains(key) && folder is not null && Whole(old, folder).SequenceEqual(Whole(now, folder))
                )
                    ? null
                : $"{prefix}{key} is {Text(old)} there and {Text(now)} now";
            if (difference is not null)
            {
                return difference;
            }
        }
        return null;
        static string Text(JsonNode? node) => node?.ToJsonString(Written).Replace("\n", "", StringComparison.Ordinal) ?? "absent";
    }

    private static IEnumerable<string> Whole(JsonNode? paths, string folder) =>
        paths is JsonArray list ? list.Select(p => StudyText.IsPath($"{p}") ? Path.GetFullPath($"{p}", folder) : $"{p}") : [$"{paths}"];

    private static JsonObject Keys(YamlMap yaml)
    {
        JsonObject json = [];
        foreach (string key in yaml.Keys)
        {
            json[key] = yaml.IsList(key) ? new JsonArray([.. yaml.Texts(key).Select(t => Value(t))]) : Value(yaml.Text(key));
        }
        return json;
    }

    private static JsonNode Value(string text) =>
        text is "true" or "false" ? text == "true"
        : double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number
        : text;
}
