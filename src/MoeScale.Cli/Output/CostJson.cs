using MoeScale.Cli.Verbs;
using MoeScale.Models;
using MoeScale.Reporting;

namespace MoeScale.Cli.Output;

/// <summary>What <c>cost</c> is asked to count beside the parameters.</summary>
/// <param name="Weights">Type of the weights.</param>
/// <param name="ExpertWeights">Type of the routed experts.</param>
/// <param name="Kv">Type of the KV cache.</param>
/// <param name="Cache">Sequences in the cache, and their tokens; attention is counted over those of one.</param>
internal sealed record CostQuestion(NumberType Weights, NumberType ExpertWeights, NumberType Kv, CacheOptions.Cache Cache);

/// <summary>The JSON of <c>cost</c>; docs/json.md explains each field.</summary>
internal sealed record CostJson(
    string Model,
    string PublishedTotal,
    string PublishedActive,
    string Note,
    string LeftOut,
    double TotalParams,
    double StoredParams,
    double ActiveParams,
    double ActiveParamsNoInputEmbedding,
    double ActiveParamsNoEmbeddings,
    double EmbeddingParams,
    double PredictionParams,
    double KvValuesPerToken,
    double InferenceFlopsPerToken,
    double TrainFlopsPerToken,
    double? Context,
    double? InferenceAttentionFlopsPerToken,
    double? TrainAttentionFlopsPerToken,
    string Weights,
    string ExpertWeights,
    double WeightsBytes,
    string Kv,
    double KvBytesPerToken,
    double KvTokens,
    double KvCacheBytes,
    double MemoryBytes,
    ShapeJson Shape,
    IReadOnlyList<PartJson> Parts,
    TrainingJson? Training,
    double Sequences
)
{
    /// <summary>A backward pass costs twice the forward one: a product for the inputs' gradient, one for the weights'.</summary>
    private const double TrainOverInference = 3;

    public static CostJson Of(Census census, CostQuestion asked, TrainingJson? training = null)
    {
        double? context = asked.Cache.Tokens > 0 ? asked.Cache.ContextTokens : null;
        double? attention = context is double tokens ? census.CausalAttentionFlopsPerToken(tokens) : null;
        double weights = census.WeightBytes(asked.Weights, asked.ExpertWeights);
        double cache = census.KvCacheBytes(asked.Cache.Tokens, asked.Kv);
        return new CostJson(
            census.Model.Name,
            census.Model.PublishedTotal,
            census.Model.PublishedActive,
            census.Model.Note,
            census.Model.LeftOut,
            census.TotalParams,
            census.StoredParams,
            census.ActiveParams,
            census.ActiveParamsNoInputEmbedding,
            census.ActiveParamsNonEmbedding,
            census.EmbeddingParams,
            census.PredictionParams,
            census.KvValuesPerToken,
            census.MatrixFlopsPerToken,
            TrainOverInference * census.MatrixFlopsPerToken,
            context,
            attention,
            TrainOverInference * attention,
            asked.Weights.Name(),
            asked.ExpertWeights.Name(),
            weights,
            asked.Kv.Name(),
            census.KvCacheBytes(1, asked.Kv),
            asked.Cache.Tokens,
            cache,
            weights + cache,
            ShapeJson.Of(census.Model),
            PartJson.All(census),
            training,
            asked.Cache.Sequences
        );
    }
}

/// <summary>The sizes of a model that its counts follow from.</summary>
internal sealed record ShapeJson(
    double DModel,
    double NBlocks,
    double NHeads,
    double NKvHeads,
    double HeadDim,
    double DFf,
    double ExpertCount,
    double DExpert,
    double TopK,
    double SharedExperts,
    double DShared,
    double DenseBlocks,
    double MoeBlocks,
    double MtpModules,
    double VocabSize,
    double Context,
    double Experts,
    double Granularity,
    double? RopeTheta,
    double NormEpsilon,
    double SlidingWindow
)
{
    public static ShapeJson Of(Model m) =>
        new(
            m.ModelWidth,
            m.Blocks,
            m.Heads,
            m.KvHeads,
            m.HeadWidth,
            m.FeedForwardWidth,
            m.ExpertCount,
            m.ExpertWidth,
            m.TopK,
            m.SharedExperts,
            m.SharedWidth,
            m.DenseBlocks,
            m.MoeBlocks,
            m.PredictionModules,
            m.VocabularySize,
            m.Context,
            m.Experts,
            m.Granularity,
            m.Positions == Positions.Rope ? m.RopeTheta : null,
            m.NormEpsilon,
            m.SlidingWindow
        );
}

/// <summary>Parameters of one role in one kind of layer, over all <c>layers</c> of that kind.</summary>
internal sealed record PartJson(string LayerKind, double Layers, string Role, double Params, double ActiveParams)
{
    public static IReadOnlyList<PartJson> All(Census census) =>
        [
            .. census
                .Rows.GroupBy(r => (r.Kind, r.Role))
                .Select(g => new PartJson(
                    KindName(g.Key.Kind),
                    CountOf(census.Model, g.Key.Kind),
                    RoleName(g.Key.Role),
                    g.Sum(r => r.Stored),
                    g.Sum(r => r.Used)
                )),
        ];

    public static double CountOf(Model m, LayerKind kind) =>
        kind switch
        {
            Models.LayerKind.Dense => m.DenseBlocks,
            Models.LayerKind.MixtureOfExperts => m.MoeBlocks,
            Models.LayerKind.Prediction => m.PredictionModules,
            _ => 1,
        };

    private static string KindName(LayerKind kind) =>
        kind switch
        {
            Models.LayerKind.Dense => "dense",
            Models.LayerKind.MixtureOfExperts => "moe",
            Models.LayerKind.Prediction => "mtp",
            _ => "ends",
        };

    private static string RoleName(Role role) =>
        role switch
        {
            Models.Role.KvLatent => "kv_latent",
            Models.Role.AttentionOutput => "attention_output",
            Models.Role.AttentionSinks => "attention_sinks",
            Models.Role.FeedForward => "feed_forward",
            Models.Role.RoutedExperts => "routed_experts",
            Models.Role.SharedExperts => "shared_experts",
            Models.Role.SharedGate => "shared_gate",
            Models.Role.PredictionProjection => "mtp_projection",
            Models.Role.HeadBias => "head_bias",
            _ => role.ToString().ToLowerInvariant(),
        };
}
