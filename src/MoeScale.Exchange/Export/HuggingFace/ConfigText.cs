using System.Globalization;
using System.Text;
using System.Text.Json;
using MoeScale.Models;

namespace MoeScale.Exchange.Export.HuggingFace;

/// <summary>Writes a config.json.</summary>
internal static class ConfigText
{
    /// <param name="architecture">What the file is to be read by.</param>
    /// <param name="model">What it says.</param>
    /// <param name="further">Keys that are no model's: types of numbers, tokens.</param>
    public static string Of(Architecture architecture, Model model, params IReadOnlyList<(string Key, object Value)> further)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            Write(json, "architectures", new[] { architecture.ClassName });
            Write(json, "model_type", architecture.Type);
            // What the model leaves out is written as its makers wrote it, or not at all.
            string[] leftOut = [.. LeftOutPart.Of(model).SelectMany(p => p.Keys)];
            KeyValuePair<string, JsonElement>[] given = [.. LeftOutPart.ValuesOf(model).Where(p => architecture.Knows(p.Key))];
            foreach ((string key, JsonElement value) in given)
            {
                Write(json, key, value);
            }
            foreach (ConfigKey key in architecture.Keys.Where(k => !leftOut.Contains(k.Name) && !given.Any(g => g.Key == k.Name)))
            {
                if (key.Value(model) is object value)
                {
                    Write(json, key.Name, value);
                }
            }
            foreach ((string key, object value) in further)
            {
                Write(json, key, value);
            }
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static void Write(Utf8JsonWriter json, string key, object value)
    {
        json.WritePropertyName(key);
        switch (value)
        {
            case Real real:
                json.WriteRawValue(WithPoint(real.Value));
                break;
            case double number:
                json.WriteNumberValue(number);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case JsonElement element:
                element.WriteTo(json);
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case IEnumerable<string> texts:
                json.WriteStartArray();
                foreach (string text in texts)
                {
                    json.WriteStringValue(text);
                }
                json.WriteEndArray();
                break;
            case IEnumerable<double> numbers:
                json.WriteStartArray();
                foreach (double number in numbers)
                {
                    json.WriteNumberValue(number);
                }
                json.WriteEndArray();
                break;
            default:
                throw new ArgumentException($"'{key}' has a value of the type {value.GetType()}.", nameof(value));
        }
    }

    private static string WithPoint(double value)
    {
        string text = value.ToString(CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0";
    }
}
