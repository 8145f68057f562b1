using System.Text.Json;
using MoeScale.Basics;

namespace MoeScale.Exchange.Logs.Formats;

/// <summary>What readers of JSON share.</summary>
internal static class JsonLog
{
    /// <summary>A file's JSON, with the NaN and Infinity that Python writes.</summary>
    /// <exception cref="UserException">It is none.</exception>
    public static JsonElement Parse(LogFile file)
    {
        string text = file.Text();
        try
        {
            using JsonDocument document = JsonDocument.Parse(PythonNumbers.ToJson(text));
            return document.RootElement.Clone();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new UserException($"{file.Path} is no JSON, or was cut short. Copy it again from where it was written.");
        }
    }

    /// <summary>Whether a text begins as a JSON object that has a key near its start.</summary>
    public static bool BeginsWithKey(LogFile file, string key) =>
        file.Head.TrimStart('\uFEFF', ' ', '\r', '\n', '\t').StartsWith('{') && file.Head.Contains($"\"{key}\"", StringComparison.Ordinal);

    /// <summary>A number, also one that Python wrote as NaN or Infinity; null for anything else.</summary>
    public static double? Number(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Number => value.GetDouble(),
            JsonValueKind.String when value.ValueEquals("NaN") => double.NaN,
            _ => null,
        };

    /// <summary>A property of an object; null where there is none, or the value is no object.</summary>
    public static JsonElement? Get(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out JsonElement found) ? found : null;
}
