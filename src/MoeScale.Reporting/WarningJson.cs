using System.Text.Json;
using System.Text.Json.Serialization;
using MoeScale.Basics;
using MoeScale.Laws.Warnings;
using MoeScale.Models;
using MoeScale.Planning;

namespace MoeScale.Reporting;

/// <summary>A warning: its kind for programs, its sentence for people.</summary>
/// <param name="Kind">Such as "flops_unspent".</param>
/// <param name="Text">A sentence without full stop.</param>
public sealed record WarningJson(string Kind, string Text)
{
    /// <summary>What the kind tells beside: "share": 0.37.</summary>
    /// <remarks>Generated code fills such a property by its setter only.</remarks>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Details { get; set; }

    /// <summary>Of plans by several laws.</summary>
    public static WarningJson NotComparable { get; } = new("losses_not_comparable", PlanWords.NotComparable);

    /// <summary>A warning of a plan.</summary>
    /// <param name="warning">The warning.</param>
    /// <param name="terms">In which its sentence names settings.</param>
    public static WarningJson Of(PlanWarning warning, Terms terms) =>
        new(KindOf(warning), PlanWords.Of(warning).Say(terms))
        {
            Details = warning is PlanWarning.FitWarned w
                ? new()
                {
                    ["law"] = JsonSerializer.SerializeToElement(w.Law, PlanJsonContext.Own.String),
                    ["warning"] = WarningFields.Of(w.Warning),
                }
                : JsonSerializer
                    .SerializeToElement(warning, PlanJsonContext.Own.GetTypeInfo(warning.GetType())!)
                    .EnumerateObject()
                    .ToDictionary(p => p.Name, p => p.Value),
        };

    /// <summary>A warning of a fit.</summary>
    /// <inheritdoc cref="Of(PlanWarning, Terms)"/>
    public static WarningJson Of(FitWarning warning, Terms terms)
    {
        JsonElement fields = WarningFields.Of(warning);
        return new WarningJson(fields.GetProperty(WarningFields.Kind).GetString()!, FitWords.Of(warning).Say(terms))
        {
            Details = fields
                .EnumerateObject()
                .Where(f => f.Name is not (WarningFields.Kind or WarningFields.Text))
                .ToDictionary(f => f.Name, f => f.Value),
        };
    }

    /// <summary>Why a model does not suit a layout of training.</summary>
    public static WarningJson Of(LayoutFault fault, Terms terms) => new(KindOf(fault), fault.Reason.Say(terms));

    /// <summary>A warning of one number.</summary>
    public static WarningJson Of(string kind, string text, string name, double value) =>
        new(kind, text) { Details = new() { [name] = JsonSerializer.SerializeToElement(value, PlanJsonContext.Own.Double) } };

    // The kinds are the names of the records: "flops_unspent" of PlanWarning.FlopsUnspent.
    private static string KindOf(object finding) => JsonNamingPolicy.SnakeCaseLower.ConvertName(finding.GetType().Name);
}
