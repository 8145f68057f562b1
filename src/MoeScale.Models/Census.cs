using System.Runtime.InteropServices;

namespace MoeScale.Models;

/// <summary>The kind of layer that a group of parameters belongs to.</summary>
public enum LayerKind : byte
{
    /// <summary>Before the first block and after the last.</summary>
    Ends,

    /// <summary>A block with a dense feed-forward layer.</summary>
    Dense,

    /// <summary>A block with a Mixture-of-Experts layer.</summary>
    MixtureOfExperts,

    /// <summary>A module that predicts tokens further ahead: used in training, no part of the model's own counts.</summary>
    Prediction,
}

/// <summary>How the ranks of a parallel training run divide a group of parameters.</summary>
public enum Split : byte
{
    /// <summary>Every tensor-parallel rank holds all of it.</summary>
    None,

    /// <summary>Tensor-parallel ranks hold a share each.</summary>
    Tensor,

    /// <summary>As <see cref="Tensor"/>, but no finer than whole KV heads.</summary>
    KvHeads,

    /// <summary>Experts are dealt out to expert-parallel ranks, and each is cut over expert-tensor-parallel ranks.</summary>
    Experts,
}

/// <summary>One kind of matrix (or vector, with one column) in a model.</summary>
/// <param name="Kind">Where it stands.</param>
/// <param name="Role">What it is for.</param>
/// <param name="Split">How parallel ranks divide it.</param>
/// <param name="Rows">Rows of one copy.</param>
/// <param name="Columns">Columns of one copy.</param>
/// <param name="Copies">Copies stored, over all blocks of this kind and their experts.</param>
/// <param name="Active">
/// Copies that one token uses. A tied matrix is stored as the embedding and used as the head, so that it counts once in
/// total and once as active.
/// </param>
public readonly record struct CensusRow(LayerKind Kind, Role Role, Split Split, double Rows, double Columns, double Copies, double Active)
{
    public double Stored => Rows * Columns * Copies;

    public double Used => Rows * Columns * Active;
}

/// <summary>
/// The one list from which everything that a model costs is read: parameters, FLOPs, bytes. Exact for whole sizes,
/// continuous in between.
/// </summary>
public sealed class Census
{
    private readonly List<CensusRow> _rows;

    private Census(Model model, List<CensusRow> rows)
    {
        Model = model;
        _rows = rows;
        foreach (ref readonly CensusRow row in CollectionsMarshal.AsSpan(rows))
        {
            if (row.Kind == LayerKind.Prediction)
            {
                PredictionParams += row.Stored;
                continue;
            }
            StoredParams += row.Stored;
            if (!model.NotCounted.Holds(row.Role))
            {
                TotalParams += row.Stored;
                ActiveParams += row.Used;
                if (RoleSet.Embeddings.Holds(row.Role))
                {
                    TotalEnds += row.Stored;
                    ActiveEnds += row.Used;
                }
            }
            switch (row.Role)
            {
                case Role.Embedding:
                    InputEmbedding = row.Used;
                    EmbeddingParams += row.Stored;
                    break;
                case Role.Head:
                    EmbeddingParams += row.Stored;
                    break;
                case Role.Router:
                    RouterParams += row.Stored;
                    break;
                default:
                    break;
            }
            if (RoleSet.Multiplied.Holds(row.Role))
            {
                MatrixFlopsPerToken += 2 * row.Used;
            }
        }
    }

    /// <summary>FLOPs of training over those of a forward pass: the backward pass costs twice as much, a product for the
    /// gradient of the inputs and one for that of the weights.</summary>
    public const double TrainOverInference = 3;

    /// <summary>The model that is counted.</summary>
    public Model Model { get; }

    /// <summary>The list itself.</summary>
    public IReadOnlyList<CensusRow> Rows => _rows;

    /// <summary>Every number that is stored, whatever <see cref="Model.NotCounted"/> says: what memory must hold.</summary>
    public double StoredParams { get; }

    /// <summary>N_total, with embeddings, without <see cref="Model.NotCounted"/>.</summary>
    public double TotalParams { get; }

    /// <summary>N_act, with embeddings, without <see cref="Model.NotCounted"/>: parameters that one token uses.</summary>
    public double ActiveParams { get; }

    /// <summary>N_total without embedding, learned positions, head and its bias.</summary>
    public double TotalParamsNonEmbedding => TotalParams - TotalEnds;

    /// <summary>N_act without embedding, learned positions, head and its bias.</summary>
    public double ActiveParamsNonEmbedding => ActiveParams - ActiveEnds;

    /// <summary>N_act without the input embedding, of which a token reads one row; a tied matrix stays, as the head.</summary>
    public double ActiveParamsNoInputEmbedding => ActiveParams - InputEmbedding;

    /// <summary>Embedding and head matrices; a tied one once.</summary>
    public double EmbeddingParams { get; }

    /// <summary>Parameters of all routers, whether or not the counts above hold them.</summary>
    public double RouterParams { get; }

    /// <summary>Parameters of modules that predict further ahead, which no other count holds. They share embedding and head.</summary>
    public double PredictionParams { get; }

    /// <summary>FLOPs of a forward pass in matrix products, for one token: 2 for each weight that it meets.</summary>
    public double MatrixFlopsPerToken { get; }

    /// <summary>
    /// Numbers that a cached token keeps: keys and values of each KV head, or the latent and the rotary key, in each block. Where there are
    /// sliding windows or chunks, tokens that have left them keep fewer.
    /// </summary>
    public double KvValuesPerToken => Model.Blocks * KvValuesPerBlock;

    private double KvValuesPerBlock =>
        (Model.Latent is LatentAttention latent ? latent.KvRank + latent.RopeWidth : 2 * Model.KvHeads * Model.HeadWidth)
        + (Model.Indexer?.Width ?? 0);

    private double TotalEnds { get; }

    private double ActiveEnds { get; }

    private double InputEmbedding { get; }

    /// <summary>
    /// FLOPs of a forward pass in attention's two products (scores, and the mix of values), for one token of a sequence of
    /// <paramref name="context"/> tokens, if every token attends to all of them, or to as many as its window, its chunk or its indexer lets
    /// it.
    /// </summary>
    public double FullAttentionFlopsPerToken(double context) =>
        AttentionFlops(
            context,
            Math.Min(context, Most),
            Model.AttentionChunk > 0 ? MeanOfChunks(context, tokens => tokens) : Math.Min(context, Model.SlidingWindow)
        );

    /// <summary>
    /// As <see cref="FullAttentionFlopsPerToken"/>, if a token attends to itself and those before it: (context + 1)/2 on average, and where
    /// w tokens are the most, min(i, w) for token i. In chunks of w tokens each token attends to its place in its chunk, so that the mean
    /// over whole chunks is (w + 1)/2.
    /// </summary>
    public double CausalAttentionFlopsPerToken(double context) =>
        AttentionFlops(
            (context + 1) / 2,
            MeanOf(context, Most),
            Model.AttentionChunk > 0 ? MeanOfChunks(context, tokens => (tokens + 1) / 2) : MeanOf(context, Model.SlidingWindow)
        );

    // Tokens that one attends to in blocks without windows.
    private double Most => Model.Indexer?.TopK ?? double.PositiveInfinity;

    // Of min(i, most) over i = 1 ... context.
    private static double MeanOf(double context, double most)
    {
        double least = Math.Min(context, most);
        return least == 0 ? 0 : least * (((least + 1) / 2) + context - least) / context;
    }

    // Over the tokens of whole chunks and of the rest, of the mean in a chunk of so many tokens.
    private double MeanOfChunks(double context, Func<double, double> mean)
    {
        double whole = Math.Floor(context / Model.AttentionChunk) * Model.AttentionChunk;
        double rest = context - whole;
        return ((whole * mean(Model.AttentionChunk)) + (rest * mean(rest))) / context;
    }

    // By the tokens that one could attend to, and attends to in full and in local blocks; an indexer scores all.
    private double AttentionFlops(double all, double attended, double near)
    {
        double scores = Model.Indexer is SparseIndexer indexer ? 2 * indexer.Heads * indexer.Width * Model.Blocks * all : 0;
        double local = Model.WindowedBlocks + Model.ChunkedBlocks;
        double tokens = ((Model.Blocks - local) * attended) + (local * near);
        return (2 * Model.Heads * (Model.HeadWidth + Model.ValueWidth) * tokens) + scores;
    }

    /// <summary>Bytes of all weights stored as <paramref name="type"/>.</summary>
    public double WeightBytes(NumberType type) => StoredParams * type.Bytes();

    /// <summary>
    /// Bytes of all weights if routed experts are stored as <paramref name="experts"/> and all others as <paramref name="type"/>.
    /// </summary>
    public double WeightBytes(NumberType type, NumberType experts)
    {
        double routed = _rows.Where(r => r.Role == Role.RoutedExperts && r.Kind != LayerKind.Prediction).Sum(r => r.Stored);
        return ((StoredParams - routed) * type.Bytes()) + (routed * experts.Bytes());
    }

    /// <summary>Bytes of all weights where they are stored as <paramref name="quantization"/> says.</summary>
    public double WeightBytes(Quantization quantization)
    {
        double few = _rows.Where(r => quantization.Roles.Holds(r.Role) && r.Kind != LayerKind.Prediction).Sum(r => r.Stored);
        return ((StoredParams - few) * NumberType.Bf16.Bytes()) + (few * quantization.Bits / 8);
    }

    /// <summary>
    /// Bytes of the keys and values of <paramref name="tokens"/> tokens stored as <paramref name="type"/>. A block with a sliding window
    /// keeps no more tokens of a sequence than that holds, and one with chunks no more than a chunk: the most that it ever holds, since the
    /// cache is empty again where a chunk begins.
    /// </summary>
    /// <param name="tokens">Over all sequences.</param>
    /// <param name="type">Of keys and values.</param>
    /// <param name="sequences">Which share the tokens equally.</param>
    public double KvCacheBytes(double tokens, NumberType type, double sequences = 1)
    {
        double local = Model.WindowedBlocks + Model.ChunkedBlocks;
        double near = Math.Min(tokens, (Model.AttentionChunk > 0 ? Model.AttentionChunk : Model.SlidingWindow) * sequences);
        double kept = ((Model.Blocks - local) * tokens) + (local * near);
        return kept * KvValuesPerBlock * type.Bytes();
    }

    public static Census Of(Model m)
    {
        List<CensusRow> rows = new(16);
        AddEnds(rows, m);
        if (m.DenseBlocks > 0)
        {
            AddBlocks(rows, m, LayerKind.Dense, m.DenseBlocks, used: 1, experts: false);
        }
        if (m.MoeBlocks > 0)
        {
            AddBlocks(rows, m, LayerKind.MixtureOfExperts, m.MoeBlocks, used: 1, experts: true);
        }
        if (m.PredictionModules > 0)
        {
            AddBlocks(rows, m, LayerKind.Prediction, m.PredictionModules, used: 0, experts: !m.IsDense);
            rows.Add(
                new(LayerKind.Prediction, Role.PredictionProjection, Split.None, 2 * m.ModelWidth, m.ModelWidth, m.PredictionModules, 0)
            );
            rows.Add(new(LayerKind.Prediction, Role.Norms, Split.None, m.ModelWidth, NormVectors(m), 3 * m.PredictionModules, 0));
        }
        return new Census(m, rows);
    }

    private static double NormVectors(Model m) => m.Normalization == Normalization.LayerNorm ? 2 : 1;

    private static void AddEnds(List<CensusRow> rows, Model m)
    {
        double untied = m.TiedEmbeddings ? 0 : 1;
        rows.Add(new(LayerKind.Ends, Role.Embedding, Split.Tensor, m.VocabularyRows, m.ModelWidth, 1, untied));
        if (m.Positions == Positions.Learned)
        {
            rows.Add(new(LayerKind.Ends, Role.Positions, Split.None, m.Context, m.ModelWidth, 1, 1));
        }
        rows.Add(new(LayerKind.Ends, Role.Norms, Split.None, m.ModelWidth, NormVectors(m), 1, 1));
        rows.Add(new(LayerKind.Ends, Role.Head, Split.Tensor, m.ModelWidth, m.VocabularyRows, untied, 1));
        if (m.Biases.HasFlag(BiasSet.Head))
        {
            rows.Add(new(LayerKind.Ends, Role.HeadBias, Split.Tensor, m.VocabularyRows, 1, 1, 1));
        }
    }

    // used is 1 for blocks of the model, 0 for those of prediction modules, which a token of a trained model does not meet.
    private static void AddBlocks(List<CensusRow> rows, Model m, LayerKind kind, double blocks, double used, bool experts)
    {
        AddAttention();
        double norms = 2 + (m.NormAfterParts ? 2 : 0) + (m.NormAfterExperts && experts ? 1 : 0);
        Add(Role.Norms, Split.None, m.ModelWidth, NormVectors(m), norms);
        if (!experts)
        {
            AddFeedForward(Role.FeedForward, Split.Tensor, m.FeedForwardWidth, 1, 1, BiasSet.FeedForward);
            return;
        }
        Add(Role.Router, Split.None, m.ModelWidth, m.ExpertCount, 1);
        AddBias(BiasSet.Router, Split.None, m.ExpertCount);
        AddFeedForward(Role.RoutedExperts, Split.Experts, m.ExpertWidth, m.ExpertCount, m.TopK, BiasSet.Experts);
        if (m.SharedWidth > 0)
        {
            AddFeedForward(Role.SharedExperts, Split.Tensor, m.SharedWidth, 1, 1, BiasSet.SharedExperts);
            if (m.SharedGate)
            {
                Add(Role.SharedGate, Split.None, m.ModelWidth, 1, 1);
            }
        }

        void AddAttention()
        {
            double queryWidth = m.Heads * m.HeadWidth;
            double kvWidth = m.KvHeads * m.HeadWidth;
            double outputWidth = m.Heads * m.ValueWidth;
            if (m.Latent is LatentAttention latent)
            {
                if (latent.QueryRank > 0)
                {
                    Add(Role.Query, Split.None, m.ModelWidth, latent.QueryRank, 1);
                    Add(Role.Norms, Split.None, latent.QueryRank, 1, 1);
                }
                Add(Role.Query, Split.Tensor, latent.QueryRank > 0 ? latent.QueryRank : m.ModelWidth, queryWidth, 1);
                Add(Role.KvLatent, Split.None, m.ModelWidth, latent.KvRank + latent.RopeWidth, 1);
                Add(Role.Norms, Split.None, latent.KvRank, 1, 1);
                Add(Role.Key, Split.Tensor, latent.KvRank, m.Heads * latent.NopeWidth, 1);
                Add(Role.Value, Split.Tensor, latent.KvRank, outputWidth, 1);
            }
            else
            {
                Add(Role.Query, Split.Tensor, m.ModelWidth, queryWidth, 1);
                Add(Role.Key, Split.KvHeads, m.ModelWidth, kvWidth, 1);
                Add(Role.Value, Split.KvHeads, m.ModelWidth, kvWidth, 1);
                AddBias(BiasSet.Qkv, Split.Tensor, queryWidth);
                AddBias(BiasSet.Qkv, Split.KvHeads, 2 * kvWidth);
            }
            Add(Role.AttentionOutput, Split.Tensor, outputWidth, m.ModelWidth, 1);
            AddBias(BiasSet.AttentionOutput, Split.None, m.ModelWidth);
            if (m.Indexer is SparseIndexer indexer)
            {
                double from = m.Latent is { QueryRank: > 0 } low ? low.QueryRank : m.ModelWidth;
                Add(Role.Indexer, Split.None, from, indexer.Heads * indexer.Width, 1);
                Add(Role.Indexer, Split.None, m.ModelWidth, indexer.Width + indexer.Heads, 1);
                Add(Role.Norms, Split.None, indexer.Width, 2, 1);
            }
            if (m.AttentionSinks)
            {
                Add(Role.AttentionSinks, Split.Tensor, m.Heads, 1, 1);
            }
            if (m.QueryKeyNorm != QueryKeyNorm.None)
            {
                bool full = m.QueryKeyNorm == QueryKeyNorm.Full;
                Add(Role.Norms, full ? Split.Tensor : Split.None, full ? queryWidth + kvWidth : 2 * m.HeadWidth, NormVectors(m), 1);
            }
        }

        void AddFeedForward(Role role, Split split, double width, double copies, double active, BiasSet bias)
        {
            double matrices = m.IsGated ? 3 : 2;
            rows.Add(new(kind, role, split, m.ModelWidth, width, matrices * copies * blocks, matrices * active * blocks * used));
            if (m.Biases.HasFlag(bias))
            {
                bool isRouted = split == Split.Experts;
                rows.Add(new(kind, Role.Biases, split, (matrices - 1) * width, 1, copies * blocks, active * blocks * used));
                rows.Add(new(kind, Role.Biases, isRouted ? split : Split.None, m.ModelWidth, 1, copies * blocks, active * blocks * used));
            }
        }

        void AddBias(BiasSet bias, Split split, double length)
        {
            if (m.Biases.HasFlag(bias))
            {
                Add(Role.Biases, split, length, 1, 1);
            }
        }

        void Add(Role role, Split split, double height, double width, double copies) =>
            rows.Add(new(kind, role, split, height, width, copies * blocks, copies * blocks * used));
    }
}
