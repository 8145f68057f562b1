using System.Text.Json;

namespace MoeScale.Basics;

/// <summary>Reads JSON that anybody may have written, so that whatever is asked of it later can be answered.</summary>
public static class JsonText
{
    /// <summary>The value of a text, all of whose texts are characters and all of whose numbers are numbers:
    /// JSON allows "\ud800" and 1e400.</summary>
    /// <exception cref="JsonException">It is no JSON, or holds what is none.</exception>
    public static JsonElement Parse(string text)
    {
        try
        {
            JsonElement root = JsonDocument.Parse(text).RootElement;
            Check(root);
            return root;
        }
        // Halves of a character, as an escape or as they stand.
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new JsonException("A text in it holds half of a character.", e);
        }
    }

    /// <summary>
    /// What is wrong, without full stop: the words of this program's own complaints, else the place alone, since the framework speaks of
    /// its types and options.
    /// </summary>
    public static string Reason(JsonException e)
    {
        if (e.LineNumber is not long line)
        {
            return e.Message.TrimEnd('.');
        }
        // The parser knows no path, and is inside where a reader of objects complains of it.
        if (e.Path is not string path || e.InnerException is JsonException)
        {
            return FormattableString.Invariant($"it cannot be read at byte {(e.BytePositionInLine ?? 0) + 1} of line {line + 1}");
        }
        string name = path.TrimStart('$').TrimStart('.');
        return $"{(name.Length > 0 ? $"'{name}'" : "it")} lacks something, or is of another kind";
    }

    /// <summary>A number of an object.</summary>
    /// <exception cref="JsonException">There is none of that name.</exception>
    public static double Number(JsonElement value, string name) =>
        OptionalNumber(value, name) ?? throw new JsonException($"'{name}' is missing.");

    /// <summary>A number of an object; null where it is absent.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    public static double? OptionalNumber(JsonElement value, string name) =>
        value.ValueKind != JsonValueKind.Object ? throw new JsonException("An object is needed.")
        : !value.TryGetProperty(name, out JsonElement found) ? null
        : found.ValueKind == JsonValueKind.Number ? found.GetDouble()
        : throw new JsonException($"'{name}' is no number.");

    // Nested at most 64 levels, as the parser allows.
    private static void Check(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                value.GetString();
                break;
            case JsonValueKind.Number when !double.IsFinite(value.GetDouble()):
                throw new JsonException($"{value.GetRawText()} is beyond all numbers.");
            case JsonValueKind.Array:
                foreach (JsonElement item in value.EnumerateArray())
                {
                    Check(item);
                }
                break;
            case JsonValueKind.Object:
                foreach (JsonProperty property in value.EnumerateObject())
                {
                    _ = property.Name;
                    Check(property.Value);
                }
                break;
        }
    }
}
