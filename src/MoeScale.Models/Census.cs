namespace MoeScale.Models;

/// <summary>One kind of matrix (or vector, with one column) in a model.</summary>
/// <param name="Role">What it is for.</param>
/// <param name="Rows">Rows of one copy.</param>
/// <param name="Columns">Columns of one copy.</param>
/// <param name="Copies">Copies stored, over all blocks and experts.</param>
/// <param name="Active">
/// Copies that one token uses. A tied matrix is stored as the embedding and used as the head, so that it counts once in
/// total and once as active.
/// </param>
public readonly record struct CensusRow(Role Role, double Rows, double Columns, double Copies, double Active)
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
    private readonly Model _model;
    private readonly CensusRow[] _rows;

    private Census(Model model, CensusRow[] rows)
    {
        _model = model;
        _rows = rows;
        foreach (CensusRow row in rows)
        {
            StoredParams += row.Stored;
            if (!model.NotCounted.Holds(row.Role))
            {
                TotalParams += row.Stored;
                ActiveParams += row.Used;
                if (RoleSet.Embeddings.Holds(row.Role))
                {
                    TotalEmbedding += row.Stored;
                    ActiveEmbedding += row.Used;
                }
            }
            if (row.Role == Role.Router)
            {
                RouterParams += row.Stored;
            }
            if (RoleSet.Multiplied.Holds(row.Role))
            {
                MatrixFlopsPerToken += 2 * row.Used;
            }
        }
    }

    /// <summary>The list itself.</summary>
    public IReadOnlyList<CensusRow> Rows => _rows;

    /// <summary>Every number that is stored, whatever <see cref="Model.NotCounted"/> says: what memory must hold.</summary>
    public double StoredParams { get; }

    /// <summary>N_total, with embeddings, without <see cref="Model.NotCounted"/>.</summary>
    public double TotalParams { get; }

    /// <summary>N_act, with embeddings, without <see cref="Model.NotCounted"/>: parameters that one token uses.</summary>
    public double ActiveParams { get; }

    /// <summary>N_total without embedding, learned positions and head.</summary>
    public double TotalParamsNonEmbedding => TotalParams - TotalEmbedding;

    /// <summary>N_act without embedding, learned positions and head.</summary>
    public double ActiveParamsNonEmbedding => ActiveParams - ActiveEmbedding;

    /// <summary>Parameters of all routers, whether or not the counts above hold them.</summary>
    public double RouterParams { get; }

    /// <summary>FLOPs of a forward pass in matrix products, for one token: 2 for each weight that it meets.</summary>
    public double MatrixFlopsPerToken { get; }

    /// <summary>Numbers that a cached token keeps: a key and a value for each KV head of each block.</summary>
    public double KvValuesPerToken => 2 * _model.Blocks * _model.KvHeads * _model.HeadWidth;

    private double TotalEmbedding { get; }

    private double ActiveEmbedding { get; }

    /// <summary>
    /// FLOPs of a forward pass in attention's two products (scores, and the mix of values), for one token of a sequence of
    /// <paramref name="context"/> tokens, if every token attends to all of them.
    /// </summary>
    public double FullAttentionFlopsPerToken(double context) => 4 * context * _model.Heads * _model.HeadWidth * _model.Blocks;

    /// <summary>As <see cref="FullAttentionFlopsPerToken"/>, if a token attends to itself and those before it: (context + 1)/2 on average.</summary>
    public double CausalAttentionFlopsPerToken(double context) => FullAttentionFlopsPerToken((context + 1) / 2);

    /// <summary>Bytes of all weights stored as <paramref name="type"/>.</summary>
    public double WeightBytes(NumberType type) => StoredParams * type.Bytes();

    /// <summary>Bytes of the keys and values of <paramref name="tokens"/> tokens (over all sequences) stored as <paramref name="type"/>.</summary>
    public double KvCacheBytes(double tokens, NumberType type) => tokens * KvValuesPerToken * type.Bytes();

    public static Census Of(Model m)
    {
        double attentionWidth = m.Heads * m.HeadWidth;
        double kvWidth = m.KvHeads * m.HeadWidth;
        double matrices = m.IsGated ? 3 : 2;
        double normVectors = m.Normalization == Normalization.LayerNorm ? 2 : 1;
        double normsPerBlock = m.NormAfterExperts && !m.IsDense ? 3 : 2;
        double tied = m.TiedEmbeddings ? 0 : 1;
        List<CensusRow> rows = new(16)
        {
            new(Role.Embedding, m.VocabularySize, m.ModelWidth, 1, tied),
            new(Role.Query, m.ModelWidth, attentionWidth, m.Blocks, m.Blocks),
            new(Role.Key, m.ModelWidth, kvWidth, m.Blocks, m.Blocks),
            new(Role.Value, m.ModelWidth, kvWidth, m.Blocks, m.Blocks),
            new(Role.AttentionOutput, attentionWidth, m.ModelWidth, m.Blocks, m.Blocks),
            new(Role.Norms, m.ModelWidth, normVectors, (m.Blocks * normsPerBlock) + 1, (m.Blocks * normsPerBlock) + 1),
            new(Role.Head, m.ModelWidth, m.VocabularySize, tied, 1),
        };
        if (m.Positions == Positions.Learned)
        {
            rows.Add(new(Role.Positions, m.Context, m.ModelWidth, 1, 1));
        }
        if (m.Biases)
        {
            rows.Add(new(Role.Biases, attentionWidth + (2 * kvWidth) + m.ModelWidth, 1, m.Blocks, m.Blocks));
        }
        if (m.IsDense)
        {
            AddFeedForward(Role.FeedForward, m.FeedForwardWidth, m.Blocks, m.Blocks);
        }
        else
        {
            rows.Add(new(Role.Router, m.ModelWidth, m.ExpertCount, m.Blocks, m.Blocks));
            AddFeedForward(Role.RoutedExperts, m.ExpertWidth, m.Blocks * m.ExpertCount, m.Blocks * m.TopK);
            if (m.SharedExperts > 0)
            {
                AddFeedForward(Role.SharedExperts, m.ExpertWidth, m.Blocks * m.SharedExperts, m.Blocks * m.SharedExperts);
            }
        }
        return new Census(m, [.. rows]);

        void AddFeedForward(Role role, double width, double copies, double active)
        {
            rows.Add(new(role, m.ModelWidth, width, matrices * copies, matrices * active));
            if (m.Biases)
            {
                rows.Add(new(Role.Biases, ((matrices - 1) * width) + m.ModelWidth, 1, copies, active));
            }
        }
    }
}
