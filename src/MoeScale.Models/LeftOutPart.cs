using System.Text.Json;
using System.Text.RegularExpressions;

namespace MoeScale.Models;

/// <summary>One thing that a model computes otherwise than its sizes say, as <see cref="Model.LeftOut"/> lists it.</summary>
/// <param name="Text">In words; the keys of a config.json that say it stand in brackets.</param>
public sealed partial record LeftOutPart(string Text)
{
    /// <summary>Keys of a config.json: "n_group", "topk_group".</summary>
    public IReadOnlyList<string> Keys =>
        [.. InBrackets().Matches(Text).SelectMany(m => m.Groups[1].Value.Split(", ", StringSplitOptions.None))];

    /// <summary>All of a model.</summary>
    public static IReadOnlyList<LeftOutPart> Of(Model model) =>
        [.. model.LeftOut.Split("; ", StringSplitOptions.RemoveEmptyEntries).Select(text => new LeftOutPart(text))];

    /// <summary>The keys with their values, as far as they are known (<see cref="Model.ConfigKeys"/>).</summary>
    public static IReadOnlyDictionary<string, JsonElement> ValuesOf(Model model)
    {
        if (model.ConfigKeys.Length == 0)
        {
            return new Dictionary<string, JsonElement>();
        }
        using JsonDocument document = JsonDocument.Parse(model.ConfigKeys);
        return document.RootElement.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.Clone());
    }

    /// <summary>Parts as one text again.</summary>
    public static string Join(IEnumerable<LeftOutPart> parts) => string.Join("; ", parts.Select(p => p.Text));

    [GeneratedRegex(@"\(([a-z0-9_]+(?:, [a-z0-9_]+)*)\)")]
    private static partial Regex InBrackets();
}
