using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace MoeScale.Laws.Warnings;

/// <summary>Warnings as files and JSON keep them: a kind, and named numbers and names.</summary>
public static class WarningFields
{
    /// <summary>The name of the field that tells the kind.</summary>
    public const string Kind = "kind";

    /// <summary>The name of the field that holds a sentence, where the kind is not known.</summary>
    public const string Text = "text";

    private static readonly WarningContext Context = new(
        new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
        }
    );

    /// <summary>The fields of a warning, the kind first; what is not there is left out.</summary>
    public static JsonElement Of(FitWarning warning) => JsonSerializer.SerializeToElement(warning, Context.FitWarning);

    /// <summary>A warning from its fields, numbers perhaps as texts; null where they are those of none.</summary>
    public static FitWarning? Read(JsonObject fields)
    {
        try
        {
            return fields.Deserialize(Context.FitWarning);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or FormatException)
        {
            return null;
        }
    }
}

[JsonSerializable(typeof(FitWarning))]
internal sealed partial class WarningContext : JsonSerializerContext;
