using System.Text.Json;
using System.Text.Json.Serialization;
using MoeScale.Basics;
using MoeScale.Laws.Warnings;

namespace MoeScale.Reporting;

/// <summary>A warning in JSON: its kind, what it says, and its numbers and names as fields beside these.</summary>
public sealed record FindingJson
{
    public required string Kind { get; init; }

    public required string Text { get; init; }

    /// <summary>By the names of the warning's fields.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement> Numbers { get; set; } = [];

    public static FindingJson Of(FitWarning warning, Terms terms)
    {
        JsonElement fields = WarningFields.Of(warning);
        return new FindingJson
        {
            Kind = fields.GetProperty(WarningFields.Kind).GetString()!,
            Text = FitWords.Of(warning).Say(terms),
            Numbers = fields
                .EnumerateObject()
                .Where(f => f.Name is not (WarningFields.Kind or WarningFields.Text))
                .ToDictionary(f => f.Name, f => f.Value),
        };
    }
}
