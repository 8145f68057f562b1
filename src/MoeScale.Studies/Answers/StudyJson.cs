using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using MoeScale.Reporting;

namespace MoeScale.Studies.Answers;

/// <summary>The files that a study writes and reads again, by generated code: fit.json and plan.json.</summary>
[JsonSerializable(typeof(StudyAnswer))]
[JsonSerializable(typeof(PlansJson))]
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

    /// <summary>For plan.json, as plans stand wherever they are JSON.</summary>
    public static StudyJson Plans { get; } = new(JsonFormat.NewOptions());
}
