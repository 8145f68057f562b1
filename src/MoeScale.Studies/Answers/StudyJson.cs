using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MoeScale.Studies.Answers;

/// <summary>fit.json, written and read by generated code; plan.json is <see cref="Reporting.PlansJson"/>.</summary>
[JsonSerializable(typeof(StudyAnswer))]
internal sealed partial class StudyJson : JsonSerializerContext
{
    /// <summary>For fit.json, which keeps what is no finite number apart from what is not there.</summary>
    public static StudyJson Answers { get; } =
        new(
            new JsonSerializerOptions
            {
                PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
                WriteIndented = true,
                Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
                NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
                RespectRequiredConstructorParameters = true,
                RespectNullableAnnotations = true,
            }
        );
}
