using MoeScale.Cli.Input;
using MoeScale.Models;
using MoeScale.Reporting;

namespace MoeScale.Cli.Output;

/// <summary>What <c>cost</c> is asked to count beside the parameters.</summary>
/// <param name="Weights">Type of the weights.</param>
/// <param name="ExpertWeights">Type of the routed experts.</param>
/// <param name="Kv">Type of the KV cache.</param>
/// <param name="Cache">Sequences in the cache, and their tokens; attention is counted over those of one.</param>
/// <param name="Stored">How the model's file says that weights are stored; null where the types are asked for.</param>
internal sealed record CostQuestion(
    NumberType Weights,
    NumberType ExpertWeights,
    NumberType Kv,
    CacheOptions.Cache Cache,
    Quantization? Stored
);

/// <summary>Weights of which the large matrices are stored in few bits.</summary>
/// <param name="Method">As the config.json names it.</param>
/// <param name="Bits">Of one number, with its share of scales.</param>
internal sealed record QuantizationJson(string Method, double Bits);

/// <summary>The JSON of <c>cost</c>; docs/json.md explains each field.</summary>
internal sealed record CostJson
{
    public required string Model { get; init; }

    public required string PublishedTotal { get; init; }

    public required string PublishedActive { get; init; }

    public required string Note { get; init; }

    public required string LeftOut { get; init; }

    public required double TotalParams { get; init; }

    public required double StoredParams { get; init; }

    public required double ActiveParams { get; init; }

    public required double ActiveParamsNoInputEmbedding { get; init; }

    public required double ActiveParamsNoEmbeddings { get; init; }

    public required double EmbeddingParams { get; init; }

    public required double PredictionParams { get; init; }

    public required double KvValuesPerToken { get; init; }

    public required double InferenceFlopsPerToken { get; init; }

    public required double TrainFlopsPerToken { get; init; }

    public required double? Context { get; init; }

    public required double? InferenceAttentionFlopsPerToken { get; init; }

    public required double? TrainAttentionFlopsPerToken { get; init; }

    public required string Weights { get; init; }

    public required string ExpertWeights { get; init; }

    public required QuantizationJson? Quantization { get; init; }

    public required double WeightsBytes { get; init; }

    public required string Kv { get; init; }

    public required double KvBytesPerToken { get; init; }

    public required double KvTokens { get; init; }

    public required double KvCacheBytes { get; init; }

    public required double MemoryBytes { get; init; }

    public required ShapeJson Shape { get; init; }

    public required IReadOnlyList<PartJson> Parts { get; init; }

    public required TrainingJson? Training { get; init; }

    public required double Sequences { get; init; }

    public static CostJson Of(Census census, CostQuestion asked, TrainingJson? training = null)
    {
        double? context = asked.Cache.Tokens > 0 ? asked.Cache.ContextTokens : null;
        double? attention = context is double tokens ? census.CausalAttentionFlopsPerToken(tokens) : null;
        double weights = asked.Stored is Quantization stored
            ? census.WeightBytes(stored)
            : census.WeightBytes(asked.Weights, asked.ExpertWeights);
        double cache = census.KvCacheBytes(asked.Cache.Tokens, asked.Kv, asked.Cache.Sequences);
        return new CostJson
        {
            Model = census.Model.Name,
            PublishedTotal = census.Model.PublishedTotal,
            PublishedActive = census.Model.PublishedActive,
            Note = census.Model.Note,
            LeftOut = census.Model.LeftOut,
            TotalParams = census.TotalParams,
            StoredParams = census.StoredParams,
            ActiveParams = census.ActiveParams,
            ActiveParamsNoInputEmbedding = census.ActiveParamsNoInputEmbedding,
            ActiveParamsNoEmbeddings = census.ActiveParamsNonEmbedding,
            EmbeddingParams = census.EmbeddingParams,
            PredictionParams = census.PredictionParams,
            KvValuesPerToken = census.KvValuesPerToken,
            InferenceFlopsPerToken = census.MatrixFlopsPerToken,
            TrainFlopsPerToken = Census.TrainOverInference * census.MatrixFlopsPerToken,
            Context = context,
            InferenceAttentionFlopsPerToken = attention,
            TrainAttentionFlopsPerToken = Census.TrainOverInference * attention,
            Weights = asked.Weights.Name(),
            ExpertWeights = asked.ExpertWeights.Name(),
            Quantization = asked.Stored is Quantization method ? new QuantizationJson(method.Method, method.Bits) : null,
            WeightsBytes = weights,
            Kv = asked.Kv.Name(),
            KvBytesPerToken = census.KvCacheBytes(1, asked.Kv),
            KvTokens = asked.Cache.Tokens,
            KvCacheBytes = cache,
            MemoryBytes = weights + cache,
            Shape = ShapeJson.Of(census.Model),
            Parts = PartJson.All(census),
            Training = training,
            Sequences = asked.Cache.Sequences,
        };
    }
}

/// <summary>The sizes of a model that its counts follow from.</summary>
internal sealed record ShapeJson
{
    public required double DModel { get; init; }

    public required double NBlocks { get; init; }

    public required double NHeads { get; init; }

    public required double NKvHeads { get; init; }

    public required double HeadDim { get; init; }

    public required double DFf { get; init; }

    public required double ExpertCount { get; init; }

    public required double DExpert { get; init; }

    public required double TopK { get; init; }

    public required double SharedExperts { get; init; }

    public required double DShared { get; init; }

    public required double DenseBlocks { get; init; }

    public required double MoeBlocks { get; init; }

    public required double MtpModules { get; init; }

    public required double VocabSize { get; init; }

    public required double Context { get; init; }

    public required double Experts { get; init; }

    public required double Granularity { get; init; }

    public required double? RopeTheta { get; init; }

    public required double NormEpsilon { get; init; }

    public required double SlidingWindow { get; init; }

    public required double WindowedBlocks { get; init; }

    public required double AttentionChunk { get; init; }

    public required double ChunkedBlocks { get; init; }

    public static ShapeJson Of(Model m) =>
        new()
        {
            DModel = m.ModelWidth,
            NBlocks = m.Blocks,
            NHeads = m.Heads,
            NKvHeads = m.KvHeads,
            HeadDim = m.HeadWidth,
            DFf = m.FeedForwardWidth,
            ExpertCount = m.ExpertCount,
            DExpert = m.ExpertWidth,
            TopK = m.TopK,
            SharedExperts = m.SharedExperts,
            DShared = m.SharedWidth,
            DenseBlocks = m.DenseBlocks,
            MoeBlocks = m.MoeBlocks,
            MtpModules = m.PredictionModules,
            VocabSize = m.VocabularySize,
            Context = m.Context,
            Experts = m.Experts,
            Granularity = m.Granularity,
            RopeTheta = m.Positions == Positions.Rope ? m.RopeTheta : null,
            NormEpsilon = m.NormEpsilon,
            SlidingWindow = m.SlidingWindow,
            WindowedBlocks = m.WindowedBlocks,
            AttentionChunk = m.AttentionChunk,
            ChunkedBlocks = m.ChunkedBlocks,
        };
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
