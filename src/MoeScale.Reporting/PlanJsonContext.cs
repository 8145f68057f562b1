using System.Text.Json;
using System.Text.Json.Serialization;
using MoeScale.Planning;

namespace MoeScale.Reporting;

/// <summary>Plans as JSON, and the numbers of their warnings; generated code, so that starting the program needs no reflection.</summary>
[JsonSerializable(typeof(PlansJson))]
[JsonSerializable(typeof(double))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(PlanWarning.OutsideExperiments))]
[JsonSerializable(typeof(PlanWarning.OtherShapes))]
[JsonSerializable(typeof(PlanWarning.SimplestPreferred))]
[JsonSerializable(typeof(PlanWarning.DataRepeat))]
[JsonSerializable(typeof(PlanWarning.MostExpertsWin))]
[JsonSerializable(typeof(PlanWarning.LostToLayout))]
[JsonSerializable(typeof(PlanWarning.LostToCoarseSizes))]
[JsonSerializable(typeof(PlanWarning.FlopsUnspent))]
[JsonSerializable(typeof(PlanWarning.NoRange))]
[JsonSerializable(typeof(PlanWarning.NoCache))]
[JsonSerializable(typeof(PlanWarning.TooFewPositions))]
[JsonSerializable(typeof(PlanWarning.LargeCache))]
[JsonSerializable(typeof(PlanWarning.NoError))]
[JsonSerializable(typeof(PlanWarning.DrawsFailed))]
[JsonSerializable(typeof(PlanWarning.FewDraws))]
[JsonSerializable(typeof(PlanWarning.BelowEntropy))]
[JsonSerializable(typeof(PlanWarning.WideInterval))]
[JsonSerializable(typeof(PlanWarning.FamilyVaried))]
[JsonSerializable(typeof(PlanWarning.FitInterrupted))]
internal sealed partial class PlanJsonContext : JsonSerializerContext
{
    public static readonly PlanJsonContext Own = New();

    private static PlanJsonContext New()
    {
        JsonSerializerOptions options = JsonFormat.NewOptions();
        // What is read was written here: a field that is missing, or null where none may be, is damage.
        options.RespectRequiredConstructorParameters = true;
        options.RespectNullableAnnotations = true;
        options.Converters.Add(new JsonStringEnumConverter<CacheCureKind>(JsonNamingPolicy.SnakeCaseLower));
        return new PlanJsonContext(options);
    }
}
