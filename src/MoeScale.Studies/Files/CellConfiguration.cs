using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training;
using MoeScale.Training.Recipes;

namespace MoeScale.Studies.Files;

/// <summary>
/// What a cell is, as config.json: what a trainer reads, the built-in one or the user's, and by which a folder knows whether it holds
/// the same cell.
/// </summary>
public sealed class CellConfiguration
{
    private static readonly JsonSerializerOptions Written = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly string[] OfText = ["text", "held_out"];

    // They decide nothing that a cell comes to.
    private static readonly string[] Free = [RecipeSettings.CheckpointSeconds.FileKey, RecipeSettings.CheckpointSteps.FileKey];

    // Earlier versions left them out, and train compares them by itself.
    private static readonly string[] Added = ["field", "vocab_file", "merges_file"];

    private readonly JsonObject _json;

    // From which paths start; null where none are known.
    private readonly string? _folder;

    private CellConfiguration(JsonObject json, string? folder) => (_json, _folder) = (json, folder);

    /// <param name="cell">A cell.</param>
    /// <param name="text">What it trains on; null where that is the same for all that are compared.</param>
    public static CellConfiguration Of(Cell cell, StudyText? text)
    {
        JsonObject json = new() { ["id"] = cell.Name, ["model"] = Keys(YamlMap.Parse(ModelFile.Write(cell.Model), cell.Name)) };
        foreach ((string key, JsonNode? value) in RecipeFile.Write(cell.Recipe))
        {
            json[key] = value;
        }
        if (text is { IsGiven: true })
        {
            json["text"] = new JsonArray([.. text.Paths.Select(p => (JsonNode)text.FromFolder(p))]);
            json["held_out"] = new JsonArray([.. text.HeldOut.Select(p => (JsonNode)text.FromFolder(p))]);
            json["tokenizer"] = text.Tokenizer;
            foreach (
                (string key, string? said) in ((string, string?)[])
                    [
                        ("token_type", text.Given.Value(TrainSettings.TokenType)),
                        ("separator", text.Given.Value(TrainSettings.Separator)),
                        ("field", text.Given.Value(TrainSettings.Field)),
                        ("vocab_file", text.VocabularyFile is string vocabulary ? text.FromFolder(vocabulary) : null),
                        ("merges_file", text.MergesFile is string merges ? text.FromFolder(merges) : null),
                    ]
            )
            {
                if (!string.IsNullOrEmpty(said))
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

    /// <summary>The same with the paths of a text as another writes them: a run goes on only with the words that it began with.</summary>
    public CellConfiguration WithPathsOf(CellConfiguration begun)
    {
        JsonObject json = _json.DeepClone().AsObject();
        foreach (string key in OfText.Where(begun._json.ContainsKey))
        {
            json[key] = begun._json[key]!.DeepClone();
        }
        return new CellConfiguration(json, _folder);
    }

    /// <summary>The first setting that differs; null where none does.</summary>
    /// <param name="now">The other one.</param>
    public SettingDifference? Difference(CellConfiguration now) => Differences(now).FirstOrDefault();

    /// <summary>All settings that differ. Paths may be written from the study's folder or whole.</summary>
    /// <param name="now">The other one.</param>
    public IEnumerable<SettingDifference> Differences(CellConfiguration now) => Differences("", _json, now._json, now._folder);

    private static IEnumerable<SettingDifference> Differences(string prefix, JsonObject there, JsonObject here, string? folder)
    {
        IEnumerable<string> keys = there.Select(p => p.Key).Union(here.Select(p => p.Key));
        foreach (string key in keys.Where(k => prefix.Length > 0 || !(Free.Contains(k) || (Added.Contains(k) && !there.ContainsKey(k)))))
        {
            (JsonNode? old, JsonNode? now) = (there[key], here[key]);
            bool isPath = prefix.Length == 0 && OfText.Contains(key) && folder is not null;
            if (old is JsonObject a && now is JsonObject b)
            {
                foreach (SettingDifference inner in Differences($"{prefix}{key}.", a, b, folder))
                {
                    yield return inner;
                }
            }
            else if (!JsonNode.DeepEquals(old, now) && !(isPath && Whole(old, folder!).SequenceEqual(Whole(now, folder!))))
            {
                yield return new SettingDifference($"{prefix}{key}", Text(old), Text(now));
            }
        }

        static string Text(JsonNode? node) => node?.ToJsonString(Written).Replace("\n", "", StringComparison.Ordinal) ?? "absent";
    }

    private static IEnumerable<string> Whole(JsonNode? paths, string folder) =>
        paths is JsonArray list ? list.Select(p => StudyText.IsPath($"{p}") ? Path.GetFullPath($"{p}", folder) : $"{p}") : [$"{paths}"];

    private static JsonObject Keys(YamlMap yaml)
    {
        JsonObject json = [];
        foreach (string key in yaml.Keys)
        {
            json[key] = yaml.IsList(key)
                ? new JsonArray([.. yaml.Texts(key).Select(t => JsonValues.Of(t))])
                : JsonValues.Of(yaml.Text(key));
        }
        return json;
    }
}
