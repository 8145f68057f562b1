using System.Globalization;
using System.Text.Json.Nodes;

namespace MoeScale.Training.Recipes;

/// <summary>Values of YAML as JSON has them.</summary>
public static class JsonValues
{
    /// <summary>A number or true or false where the text is one, else the text.</summary>
    public static JsonNode Of(string text) =>
        text is "true" or "false" ? text == "true"
        : double.TryParse(text, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number
        : text;
}
