using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Models;
using MoeScale.Planning;
using MoeScale.Planning.Hardware;
using MoeScale.Reporting;

namespace MoeScale.Cli.Output;

/// <summary>The JSON of <c>plan</c>; docs/json.md explains each field.</summary>
internal sealed record PlanJson(
    string Law,
    string Family,
    BudgetJson Budget,
    ConfigurationJson? Best,
    IReadOnlyList<ConfigurationJson> Candidates,
    IReadOnlyList<MisfitJson> NotFitting,
    DensePartnerJson? DensePartner,
    DenseMatchJson? DenseMatch,
    TargetJson? Target,
    HardwareJson Hardware,
    IntervalsJson? Intervals,
    IReadOnlyList<string> Warnings
)
{
    public static PlanJson Of(Plan plan, Deployment deployment, TargetJson? target = null, Terms? terms = null) =>
        new(
            plan.Request.Law.Id,
            plan.Request.Family.Id,
            BudgetJson.Of(plan.Request.Budget),
            plan.Best is null ? null : ConfigurationJson.Of(plan.Best, plan.Request.Budget, deployment),
            [.. plan.Candidates.Select(c => ConfigurationJson.Of(c, plan.Request.Budget, deployment))],
            [.. plan.Misfits.Select(MisfitJson.Of)],
            plan.DensePartner is null
                ? null
                : new DensePartnerJson(
                    plan.DensePartner.Request.Law.Id,
                    plan.DensePartner.Best is null ? null : ConfigurationJson.Of(plan.DensePartner.Best, plan.Request.Budget, deployment)
                ),
            plan.DenseMatch is null
                ? null
                : new DenseMatchJson(
                    plan.DenseMatch.Law,
                    plan.DenseMatch.Flops,
                    plan.DenseMatch.ActiveParams,
                    plan.DenseMatch.Tokens,
                    plan.DenseMatch.Lifted
                ),
            target,
            new HardwareJson(deployment.Training.Accelerator.Id, deployment.Training.Count, deployment.Mfu, deployment.Server.Id),
            plan.Intervals is null ? null : IntervalsJson.Of(plan.Intervals),
            FitWords.Warnings(plan, terms ?? CommandTerms.All)
        );
}

/// <summary>The JSON of <c>plan</c> with several laws.</summary>
internal sealed record PlansJson(IReadOnlyList<PlanJson> Plans, IReadOnlyList<string> Warnings);

internal sealed record DenseMatchJson(string Law, double Flops, double ActiveParams, double Tokens, IReadOnlyList<string> Lifted);

/// <summary>The devices that hours, days and tokens a second are told for.</summary>
internal sealed record HardwareJson(string Device, double Devices, double Mfu, string Server);

/// <summary>How sure a plan is. A pair is the two ends of an interval, null where no draw has an answer.</summary>
internal sealed record IntervalsJson(
    double Level,
    int Draws,
    int Failed,
    double[]? ActiveParams,
    double[]? Tokens,
    double[]? Loss,
    IReadOnlyList<ChoiceShareJson> Choices,
    ChosenIntervalsJson Chosen
)
{
    public static IntervalsJson Of(PlanIntervals i) =>
        new(
            i.Level,
            i.Draws,
            i.Failed,
            Ends(i.Best.ActiveParams),
            Ends(i.Best.Tokens),
            Ends(i.Best.Loss),
            [.. i.Choices.Select(c => new ChoiceShareJson(c.Experts, c.Granularity, c.Share))],
            new ChosenIntervalsJson(i.Chosen.Draws, Ends(i.Chosen.ActiveParams), Ends(i.Chosen.Tokens), Ends(i.Chosen.Loss))
        );

    private static double[]? Ends(Interval? interval) => interval is null ? null : [interval.Low, interval.High];
}

internal sealed record ChoiceShareJson(double Experts, double Granularity, double Share);

internal sealed record ChosenIntervalsJson(int Draws, double[]? ActiveParams, double[]? Tokens, double[]? Loss);

/// <summary>An upper bound of generated tokens a second, over all sequences together, each of which attends to its own context.</summary>
internal sealed record ServingJson(
    double Devices,
    double Sequences,
    double TokensPerSecond,
    string BoundBy,
    bool Fits,
    double ContextTokens,
    double KvCacheBytes
)
{
    public static IReadOnlyList<ServingJson> Of(Configuration c, Budget budget, Deployment deployment)
    {
        ServingStep alone = deployment.Alone(c, budget);
        return deployment.Together(c, budget) is ServingStep together ? [Step(alone), Step(together)] : [Step(alone)];

        ServingJson Step(ServingStep step) =>
            new(
                deployment.ServersOf(c, budget).Count,
                step.Sequences,
                step.TokensPerSecond,
                step.IsBoundByBandwidth ? "bandwidth" : "flops",
                step.Fits,
                budget.ContextTokens,
                step.KvBytes
            );
    }
}

internal sealed record BudgetJson(
    double Flops,
    double InferenceTokens,
    double? MemoryBytes,
    double KvTokens,
    double? MaxTotalParams,
    double? MaxTokens,
    double? UniqueTokens,
    double? TrainingMemoryBytes,
    string Weights,
    string Kv,
    double Sequences,
    double ContextTokens,
    double? MemoryHeadroomBytes,
    double? TrainingHeadroomBytes
)
{
    public static BudgetJson Of(Budget b) =>
        new(
            b.Flops,
            b.InferenceTokens,
            b.MemoryBytes,
            b.KvTokens,
            b.MaxTotalParams,
            b.MaxTokens,
            b.UniqueTokens,
            b.TrainingMemoryBytes,
            b.Weights.Name(),
            b.Kv.Name(),
            b.Sequences,
            b.ContextTokens,
            b.MemoryBytes is double memory ? b.MemoryHeadroom.Of(memory) : null,
            b.TrainingMemoryBytes is double training ? b.TrainingHeadroom.Of(training) : null
        );
}

internal sealed record ConfigurationJson(
    double Experts,
    double Granularity,
    double TopK,
    double ExpertCount,
    double DModel,
    double NBlocks,
    double NHeads,
    double NKvHeads,
    double DFf,
    double DExpert,
    double VocabSize,
    double Context,
    double ActiveParams,
    double TotalParams,
    double ActiveParamsNonembedding,
    double TotalParamsNonembedding,
    double Tokens,
    double Loss,
    double TrainFlops,
    double InferenceFlops,
    double WeightsBytes,
    double KvCacheBytes,
    double MemoryBytes,
    TrainingJson? TrainingMemory,
    double TokensPerActiveParam,
    double DeviceHours,
    double Days,
    IReadOnlyList<ServingJson> Serving,
    double RoundingLoss,
    IReadOnlyList<string> Binding,
    IReadOnlyList<TieJson> Ties,
    IReadOnlyList<string> OutsideRange,
    IReadOnlyList<RateJson> Rates,
    IReadOnlyList<AllocationJson> Allocations
)
{
    public static ConfigurationJson Of(Configuration c, Budget budget, Deployment deployment) =>
        new(
            c.Experts,
            c.Granularity,
            c.Model.TopK,
            c.Model.ExpertCount,
            c.Model.ModelWidth,
            c.Model.Blocks,
            c.Model.Heads,
            c.Model.KvHeads,
            c.Model.FeedForwardWidth,
            c.Model.ExpertWidth,
            c.Model.VocabularySize,
            c.Model.Context,
            c.ActiveParams,
            c.TotalParams,
            c.ActiveParamsNonEmbedding,
            c.TotalParamsNonEmbedding,
            c.Tokens,
            c.Loss,
            c.TrainFlops,
            c.InferenceFlops,
            c.WeightsBytes,
            c.KvCacheBytes,
            c.MemoryBytes,
            c.Training is null ? null : TrainingJson.Of(c.Model, c.Training, budget.TrainingHeadroom),
            c.TokensPerActiveParam,
            deployment.DeviceHours(c),
            deployment.Days(c),
            ServingJson.Of(c, budget, deployment),
            c.RoundingLoss,
            c.Binding,
            [.. c.Ties.Select(t => new TieJson(t.Experts, t.Granularity, t.LossDifference))],
            c.OutsideRange,
            [
                .. c.Rates.Select(r => new RateJson(
                    r.Law,
                    r.LearningRate,
                    r.BatchTokens,
                    r.N,
                    r.NConvention,
                    Sentences([.. r.OutsideRange, .. r.OtherModels])
                )),
            ],
            [
                .. c.Allocations.Select(a => new AllocationJson(
                    a.Law,
                    a.Tokens,
                    a.FlopsPerToken,
                    Sentences([.. a.OutsideRange, .. a.OtherModels])
                )),
            ]
        );

    private static string[] Sentences(IReadOnlyList<Excess> outside) => [.. outside.Select(e => e.ToString())];
}

internal sealed record TieJson(double Experts, double Granularity, double LossDifference);

internal sealed record RateJson(
    string Law,
    double? LearningRate,
    double? BatchTokens,
    double? N,
    string NConvention,
    IReadOnlyList<string> OutsideRange
);

internal sealed record AllocationJson(string Law, double Tokens, double FlopsPerToken, IReadOnlyList<string> OutsideRange);

internal sealed record DensePartnerJson(string Law, ConfigurationJson? Best);

internal sealed record MisfitJson(double Experts, double Granularity, IReadOnlyList<string> Broken, SmallestJson? Smallest)
{
    public static MisfitJson Of(Misfit m) =>
        new(
            m.Experts,
            m.Granularity,
            m.Broken,
            m.Smallest is null
                ? null
                : new SmallestJson(
                    m.Smallest.ModelWidth,
                    m.Smallest.ActiveParams,
                    m.Smallest.TotalParams,
                    m.Smallest.MemoryBytes,
                    m.Smallest.FlopsForOneToken,
                    m.Smallest.TrainingMemoryBytes,
                    m.Smallest.SetupProblem,
                    m.Smallest.KvCacheBytes
                )
        );
}

internal sealed record SmallestJson(
    double DModel,
    double ActiveParams,
    double TotalParams,
    double MemoryBytes,
    double FlopsForOneToken,
    double? TrainingMemoryBytes,
    string? SetupProblem,
    double KvCacheBytes
);
