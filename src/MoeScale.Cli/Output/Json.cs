using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using MoeScale.Reporting;

namespace MoeScale.Cli.Output;

/// <summary>JSON as every verb prints it: snake_case names, full precision, null for what is not a finite number.</summary>
internal static class Json
{
    private static readonly JsonContext Context = new(JsonFormat.NewOptions());

    public static void Write<T>(T value) => Console.Out.WriteLine(Text(value));

    /// <summary>As it is written, without an end of line.</summary>
    public static string Text<T>(T value) => JsonSerializer.Serialize(value, (JsonTypeInfo<T>)Context.GetTypeInfo(typeof(T))!);
}

/// <summary>Everything that is printed as JSON; generated code, so that starting the program needs no reflection.</summary>
[JsonSerializable(typeof(PlanJson))]
[JsonSerializable(typeof(IReadOnlyList<LawSummaryJson>))]
[JsonSerializable(typeof(LawJson))]
[JsonSerializable(typeof(IReadOnlyList<LawJson>))]
[JsonSerializable(typeof(EvaluationJson))]
[JsonSerializable(typeof(IReadOnlyList<PaperJson>))]
[JsonSerializable(typeof(PlansJson))]
[JsonSerializable(typeof(FrontierJson))]
[JsonSerializable(typeof(IsoFlopJson))]
[JsonSerializable(typeof(CostJson))]
[JsonSerializable(typeof(IReadOnlyList<ModelSummaryJson>))]
[JsonSerializable(typeof(FitJson))]
[JsonSerializable(typeof(ImportJson))]
[JsonSerializable(typeof(ExportJson))]
[JsonSerializable(typeof(LawComparisonJson))]
[JsonSerializable(typeof(StepSpeedJson))]
[JsonSerializable(typeof(TextScoreJson))]
[JsonSerializable(typeof(ChoiceScoreJson))]
[JsonSerializable(typeof(SampleJson))]
[JsonSerializable(typeof(RouterReportJson))]
[JsonSerializable(typeof(StudyStatusJson))]
[JsonSerializable(typeof(StudyCostJson))]
[JsonSerializable(typeof(StudyQueuedJson))]
[JsonSerializable(typeof(StudyReportJson))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(IReadOnlyList<JsonElement>))]
internal sealed partial class JsonContext : JsonSerializerContext;
