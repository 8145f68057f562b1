using MoeScale.Laws;
using MoeScale.Models;
using MoeScale.Planning;

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
    IReadOnlyList<string> Warnings)
{
    public static PlanJson Of(Plan plan) => new(
        plan.Request.Law.Id,
        plan.Request.Family.Id,
        BudgetJson.Of(plan.Request.Budget),
        plan.Best is null ? null : ConfigurationJson.Of(plan.Best),
        [.. plan.Candidates.Select(ConfigurationJson.Of)],
        [.. plan.Misfits.Select(MisfitJson.Of)],
        plan.DensePartner is null ? null : new DensePartnerJson(
            plan.DensePartner.Request.Law.Id, plan.DensePartner.Best is null ? null : ConfigurationJson.Of(plan.DensePartner.Best)),
        plan.Warnings);
}

internal sealed record BudgetJson(
    double Flops,
    double InferenceTokens,
    double? MemoryBytes,
    double KvTokens,
    double? MaxTotalParams,
    double? MaxTokens,
    double? UniqueTokens,
    string Weights,
    string Kv)
{
    public static BudgetJson Of(Budget b) =>
        new(b.Flops, b.InferenceTokens, b.MemoryBytes, b.KvTokens, b.MaxTotalParams, b.MaxTokens, b.UniqueTokens, b.Weights.Name(), b.Kv.Name());
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
    double TokensPerActiveParam,
    double RoundingLoss,
    IReadOnlyList<string> Binding,
    IReadOnlyList<TieJson> Ties,
    IReadOnlyList<string> OutsideRange,
    IReadOnlyList<RateJson> Rates,
    IReadOnlyList<AllocationJson> Allocations)
{
    public static ConfigurationJson Of(Configuration c) => new(
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
        c.TokensPerActiveParam,
        c.RoundingLoss,
        c.Binding,
        [.. c.Ties.Select(t => new TieJson(t.Experts, t.Granularity, t.LossDifference))],
        c.OutsideRange,
        [.. c.Rates.Select(r => new RateJson(r.Law, r.LearningRate, r.BatchTokens, r.N, r.NConvention, Sentences(r.OutsideRange)))],
        [.. c.Allocations.Select(a => new AllocationJson(a.Law, a.Tokens, a.FlopsPerToken, Sentences(a.OutsideRange)))]);

    private static string[] Sentences(IReadOnlyList<Excess> outside) => [.. outside.Select(e => e.ToString())];
}

internal sealed record TieJson(double Experts, double Granularity, double LossDifference);

internal sealed record RateJson(string Law, double? LearningRate, double? BatchTokens, double? N, string NConvention, IReadOnlyList<string> OutsideRange);

internal sealed record AllocationJson(string Law, double Tokens, double FlopsPerToken, IReadOnlyList<string> OutsideRange);

internal sealed record DensePartnerJson(string Law, ConfigurationJson? Best);

internal sealed record MisfitJson(double Experts, double Granularity, IReadOnlyList<string> Broken, SmallestJson? Smallest)
{
    public static MisfitJson Of(Misfit m) => new(
        m.Experts,
        m.Granularity,
        m.Broken,
        m.Smallest is null ? null : new SmallestJson(
            m.Smallest.ModelWidth, m.Smallest.ActiveParams, m.Smallest.TotalParams, m.Smallest.MemoryBytes, m.Smallest.FlopsForOneToken));
}

internal sealed record SmallestJson(double DModel, double ActiveParams, double TotalParams, double MemoryBytes, double FlopsForOneToken);
