using System.Text;
using System.Text.Json;
using MoeScale.Basics;

namespace MoeScale.Models;

/// <summary>A JSON object of settings, read with complaints that name file, key and value. It remembers what it was asked for.</summary>
internal sealed class JsonSettings
{
    private readonly JsonElement _root;
    private readonly string _file;
    private readonly string _outside;
    private readonly HashSet<string> _asked = [];

    private JsonSettings(JsonElement root, string file, string outside = "")
    {
        _root = root;
        _file = file;
        _outside = outside;
    }

    /// <summary>All keys, once each.</summary>
    public IEnumerable<string> Keys => _root.EnumerateObject().Select(p => p.Name).Distinct();

    /// <summary>Keys with a value that nothing has asked for yet.</summary>
    public IEnumerable<string> Unread => Keys.Where(key => !_asked.Contains(key) && _root.GetProperty(key).ValueKind != JsonValueKind.Null);

    /// <exception cref="UserException">Not JSON, or no object.</exception>
    public static JsonSettings Parse(string text, string file)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(
                PythonNumbers.ToJson(text),
                new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip }
            );
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new JsonSettings(document.RootElement.Clone(), file)
                : throw new UserException($"{file} holds no JSON object; a configuration begins with '{{'.");
        }
        catch (JsonException e)
        {
            throw new UserException(
                $"{file}:{e.LineNumber + 1}:{e.BytePositionInLine + 1}: "
                    + $"{(text.TrimEnd().EndsWith('}') ? "this is not JSON" : "the JSON ends early, or is none")}."
            );
        }
    }

    /// <summary>Some of the keys with their values, as JSON; empty where there is none of them.</summary>
    public string Only(IReadOnlyList<string> keys)
    {
        JsonProperty[] found = [.. _root.EnumerateObject().Where(p => keys.Contains(p.Name) && p.Value.ValueKind != JsonValueKind.Null)];
        if (found.Length == 0)
        {
            return "";
        }
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            foreach (JsonProperty property in found.DistinctBy(p => p.Name))
            {
                json.WritePropertyName(property.Name);
                property.Value.WriteTo(json);
            }
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    public string Text(string key) => OptionalText(key) ?? throw Missing(key);

    public string? OptionalText(string key) =>
        Find(key) switch
        {
            null => null,
            { ValueKind: JsonValueKind.String } value => Decoded(key, value),
            _ => throw Error(key, "it needs a text"),
        };

    // Half of a surrogate pair can be written as an escape, but is no text.
    private string? Decoded(string key, JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            throw Error(key, "it is no valid text");
        }
    }

    /// <summary>A number from 0 up; null where there is none.</summary>
    public double? OptionalNumber(string key) =>
        Find(key) is not JsonElement value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number >= 0 && double.IsFinite(number)
            ? number
        : throw Error(key, "it needs a number from 0 up, without quotes");

    /// <summary>A whole number from 0 up.</summary>
    /// <param name="key">The key.</param>
    /// <param name="otherwiseKey">An older name of the same setting.</param>
    public double Count(string key, string? otherwiseKey = null) =>
        OptionalCount(key) ?? (otherwiseKey is null ? null : OptionalCount(otherwiseKey)) ?? throw Missing(key);

    public double? OptionalCount(string key) => Find(key) is JsonElement value ? Count(key, value) : null;

    /// <summary>The one value of a setting that has several names.</summary>
    /// <exception cref="UserException">No name, or two with different values.</exception>
    public double CountOfOne(string[] keys)
    {
        string[] given = [.. keys.Where(k => OptionalCount(k) is not null)];
        return given.Length == 0 ? throw Missing(keys[0])
            : given.Any(k => Count(k) != Count(given[0]))
                ? throw Error(given[^1], $"'{given[0]}' means the same and is {Count(given[0])}; leave one of them out")
            : Count(given[0]);
    }

    /// <summary>A list of texts; empty where the key is absent.</summary>
    public IReadOnlyList<string> Texts(string key) =>
        Find(key) switch
        {
            null => [],
            { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(v => v.ValueKind == JsonValueKind.String) =>
            [
                .. list.EnumerateArray().Select(v => Decoded(key, v)!),
            ],
            _ => throw Error(key, "it needs a list of texts"),
        };

    /// <summary>A list of whole numbers; empty where the key is absent.</summary>
    public IReadOnlyList<double> Counts(string key) =>
        Find(key) switch
        {
            null => [],
            { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(v => Count(key, v))],
            _ => throw Error(key, "it needs a list"),
        };

    /// <summary>Whether the key is there, if only with null.</summary>
    public bool Has(string key) => _root.TryGetProperty(key, out _);

    public bool IsList(string key) => Find(key) is { ValueKind: JsonValueKind.Array };

    public bool IsMap(string key) => Find(key) is { ValueKind: JsonValueKind.Object };

    /// <summary>Whether it is a number below zero, which says "none" in some settings.</summary>
    public bool IsNegative(string key) =>
        Find(key) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out double number) && number < 0;

    /// <summary>Whether a switch is off: false, or a number that is 0.</summary>
    public bool IsOff(string key) =>
        Find(key) is { ValueKind: JsonValueKind.False }
        || (Find(key) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out double number) && number == 0);

    /// <summary>The settings inside a setting; null where there are none.</summary>
    public JsonSettings? Map(string key) =>
        Find(key) switch
        {
            null => null,
            { ValueKind: JsonValueKind.Object } inner => new JsonSettings(inner, _file, $"{_outside}{key}."),
            _ => throw Error(key, "it needs an object of settings"),
        };

    public bool Flag(string key, bool otherwise) =>
        Find(key)?.ValueKind switch
        {
            null => otherwise,
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Error(key, "it needs true or false"),
        };

    public UserException Error(string key, string need) =>
        new($"{_file}: '{_outside}{key}' is {Find(key)?.GetRawText() ?? "not given"}; {need}.");

    private double Count(string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number
        && value.TryGetDouble(out double number)
        && number >= 0
        && number == Math.Floor(number)
        && number < 1e15
            ? number
            : throw Error(key, "it needs a whole number from 0 up, without quotes");

    private UserException Missing(string key) => new($"{_file} needs a value for '{_outside}{key}'.");

    // A null says as much as no key at all.
    private JsonElement? Find(string key)
    {
        _asked.Add(key);
        return _root.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }
}
