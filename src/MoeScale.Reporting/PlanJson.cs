using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Planning;
using MoeScale.Planning.Hardware;

namespace MoeScale.Reporting;

/// <summary>The JSON of <c>plan</c>; docs/json.md explains each field.</summary>
public sealed record PlanJson
{
    public required string Law { get; init; }

    public required string Family { get; init; }

    public required BudgetJson Budget { get; init; }

    public required ConfigurationJson? Best { get; init; }

    public required IReadOnlyList<ConfigurationJson> Candidates { get; init; }

    public required IReadOnlyList<MisfitJson> NotFitting { get; init; }

    public required DensePartnerJson? DensePartner { get; init; }

    public required DenseMatchJson? DenseMatch { get; init; }

    public required TargetJson? Target { get; init; }

    public required HardwareJson Hardware { get; init; }

    public required IntervalsJson? Intervals { get; init; }

    public required IReadOnlyList<WarningJson> Warnings { get; init; }

    /// <summary>Reads what a plan was printed as; NaN stands for what was no finite number.</summary>
    /// <exception cref="JsonException">It is no JSON of a plan.</exception>
    public static PlanJson Parse(string text) =>
        JsonSerializer.Deserialize(text, PlanJsonContext.Own.PlanJson) ?? throw new JsonException("null is no plan");

    /// <param name="plan">The plan.</param>
    /// <param name="deployment">Where it is trained and served.</param>
    /// <param name="terms">In which its sentences name settings.</param>
    /// <param name="target">What each choice needs, where the plan starts from a loss.</param>
    public static PlanJson Of(Plan plan, Deployment deployment, Terms terms, TargetJson? target = null) =>
        new()
        {
            Law = plan.Request.Law.Id,
            Family = plan.Request.Family.Id,
            Budget = BudgetJson.Of(plan.Request.Budget),
            Best = plan.Best is null ? null : ConfigurationJson.Of(plan.Best, plan.Request.Budget, deployment),
            Candidates = [.. plan.Candidates.Select(c => ConfigurationJson.Of(c, plan.Request.Budget, deployment))],
            NotFitting = [.. plan.Misfits.Select(m => MisfitJson.Of(m, terms))],
            DensePartner = plan.DensePartner is null
                ? null
                : new DensePartnerJson(
                    plan.DensePartner.Request.Law.Id,
                    plan.DensePartner.Best is null ? null : ConfigurationJson.Of(plan.DensePartner.Best, plan.Request.Budget, deployment)
                ),
            DenseMatch = plan.DenseMatch is null
                ? null
                : new DenseMatchJson(
                    plan.DenseMatch.Law,
                    plan.DenseMatch.Flops,
                    plan.DenseMatch.ActiveParams,
                    plan.DenseMatch.Tokens,
                    [.. plan.DenseMatch.Lifted.Select(l => l.Name)]
                ),
            Target = target,
            Hardware = new HardwareJson(
                deployment.Training.Accelerator.Id,
                deployment.Training.Count,
                deployment.Mfu,
                deployment.Server.Id
            ),
            Intervals = plan.Intervals is null ? null : IntervalsJson.Of(plan.Intervals),
            Warnings = [.. plan.Warnings.Concat(plan.FitWarnings).Select(w => WarningJson.Of(w, terms))],
        };
}

/// <summary>The JSON of <c>plan</c> with several laws.</summary>
public sealed record PlansJson(IReadOnlyList<PlanJson> Plans, IReadOnlyList<WarningJson> Warnings)
{
    /// <summary>As it is written, without an end of line.</summary>
    public string ToText() => JsonSerializer.Serialize(this, PlanJsonContext.Own.PlansJson);

    /// <summary>Reads what <see cref="ToText"/> has written; NaN stands for what was no finite number.</summary>
    /// <exception cref="JsonException">It is no JSON of plans.</exception>
    public static PlansJson Parse(string text) =>
        JsonSerializer.Deserialize(text, PlanJsonContext.Own.PlansJson) ?? throw new JsonException("null is no plans");
}

public sealed record DenseMatchJson(string Law, double Flops, double ActiveParams, double Tokens, IReadOnlyList<string> Lifted);

/// <summary>The devices that hours, days and tokens a second are told for.</summary>
public sealed record HardwareJson(string Device, double Devices, double Mfu, string Server);

/// <summary>The best under the law's dense partner.</summary>
public sealed record DensePartnerJson(string Law, ConfigurationJson? Best);
