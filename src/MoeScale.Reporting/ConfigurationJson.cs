using MoeScale.Laws;
using MoeScale.Planning;
using MoeScale.Planning.Hardware;

namespace MoeScale.Reporting;

/// <summary>A model with its training run.</summary>
public sealed record ConfigurationJson
{
    public required double Experts { get; init; }

    public required double Granularity { get; init; }

    public required double TopK { get; init; }

    public required double ExpertCount { get; init; }

    public required double DModel { get; init; }

    public required double NBlocks { get; init; }

    public required double NHeads { get; init; }

    public required double NKvHeads { get; init; }

    public required double DFf { get; init; }

    public required double DExpert { get; init; }

    public required double VocabSize { get; init; }

    public required double Context { get; init; }

    public required double ActiveParams { get; init; }

    public required double TotalParams { get; init; }

    public required double ActiveParamsNonembedding { get; init; }

    public required double TotalParamsNonembedding { get; init; }

    public required double Tokens { get; init; }

    public required double Loss { get; init; }

    public required double TrainFlops { get; init; }

    public required double InferenceFlops { get; init; }

    public required double WeightsBytes { get; init; }

    public required double KvCacheBytes { get; init; }

    public required double MemoryBytes { get; init; }

    public required TrainingJson? TrainingMemory { get; init; }

    public required double TokensPerActiveParam { get; init; }

    public required double DeviceHours { get; init; }

    public required double Days { get; init; }

    public required IReadOnlyList<ServingJson> Serving { get; init; }

    public required double RoundingLoss { get; init; }

    public required IReadOnlyList<string> Binding { get; init; }

    public required IReadOnlyList<TieJson> Ties { get; init; }

    public required IReadOnlyList<string> OutsideRange { get; init; }

    public required IReadOnlyList<RateJson> Rates { get; init; }

    public required IReadOnlyList<AllocationJson> Allocations { get; init; }

    public static ConfigurationJson Of(Configuration c, Budget budget, Deployment deployment) =>
        new()
        {
            Experts = c.Experts,
            Granularity = c.Granularity,
            TopK = c.Model.TopK,
            ExpertCount = c.Model.ExpertCount,
            DModel = c.Model.ModelWidth,
            NBlocks = c.Model.Blocks,
            NHeads = c.Model.Heads,
            NKvHeads = c.Model.KvHeads,
            DFf = c.Model.FeedForwardWidth,
            DExpert = c.Model.ExpertWidth,
            VocabSize = c.Model.VocabularySize,
            Context = c.Model.Context,
            ActiveParams = c.ActiveParams,
            TotalParams = c.TotalParams,
            ActiveParamsNonembedding = c.ActiveParamsNonEmbedding,
            TotalParamsNonembedding = c.TotalParamsNonEmbedding,
            Tokens = c.Tokens,
            Loss = c.Loss,
            TrainFlops = c.TrainFlops,
            InferenceFlops = c.InferenceFlops,
            WeightsBytes = c.WeightsBytes,
            KvCacheBytes = c.KvCacheBytes,
            MemoryBytes = c.MemoryBytes,
            TrainingMemory = c.Training is null ? null : TrainingJson.Of(c.Model, c.Training, budget.TrainingHeadroom),
            TokensPerActiveParam = c.TokensPerActiveParam,
            DeviceHours = deployment.DeviceHours(c),
            Days = deployment.Days(c),
            Serving = ServingJson.Of(c, budget, deployment),
            RoundingLoss = c.RoundingLoss,
            Binding = [.. c.Binding.Select(l => l.Name)],
            Ties = [.. c.Ties.Select(t => new TieJson(t.Experts, t.Granularity, t.LossDifference))],
            OutsideRange = Sentences(c.OutsideRange),
            Rates =
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
            Allocations =
            [
                .. c.Allocations.Select(a => new AllocationJson(
                    a.Law,
                    a.Tokens,
                    a.FlopsPerToken,
                    Sentences([.. a.OutsideRange, .. a.OtherModels])
                )),
            ],
        };

    private static string[] Sentences(IReadOnlyList<Excess> outside) => [.. outside.Select(e => e.InWords())];
}

public sealed record TieJson(double Experts, double Granularity, double LossDifference);

public sealed record RateJson(
    string Law,
    double? LearningRate,
    double? BatchTokens,
    double? N,
    string NConvention,
    IReadOnlyList<string> OutsideRange
);

public sealed record AllocationJson(string Law, double Tokens, double FlopsPerToken, IReadOnlyList<string> OutsideRange);

/// <summary>An upper bound of generated tokens a second, over all sequences together, each of which attends to its own context.</summary>
public sealed record ServingJson(
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
