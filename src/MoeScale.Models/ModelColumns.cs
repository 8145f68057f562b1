namespace MoeScale.Models;

/// <summary>
/// A model as named numbers: the columns that a law's variables and cost formulas may name, and that a runs file holds.
/// </summary>
public static class ModelColumns
{
    /// <summary>The names, in the order in which <see cref="Fill"/> writes their values.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "active_params",
        "total_params",
        "active_params_nonembedding",
        "total_params_nonembedding",
        "experts",
        "granularity",
        "top_k",
        "expert_count",
        "shared_experts",
        "d_model",
        "n_blocks",
        "n_heads",
        "n_kv_heads",
        "head_dim",
        "d_ff",
        "d_expert",
        "vocab_size",
        "context",
        "router_params",
        "stored_params",
        "kv_values_per_token",
        "matrix_flops_per_token",
    ];

    /// <summary>The value of a column; null where the name is none of <see cref="Names"/>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="census">Its census.</param>
    public static Func<string, double?> Of(Model model, Census census)
    {
        double[] values = new double[Names.Count];
        Fill(model, census, values);
        return name =>
        {
            for (int i = 0; i < values.Length; i++)
            {
                if (Names[i] == name)
                {
                    return values[i];
                }
            }
            return null;
        };
    }

    /// <param name="model">The model.</param>
    /// <param name="census">Its census.</param>
    /// <param name="values">The first <c>Names.Count</c> values are written.</param>
    public static void Fill(Model model, Census census, Span<double> values)
    {
        ReadOnlySpan<double> all =
        [
            census.ActiveParams,
            census.TotalParams,
            census.ActiveParamsNonEmbedding,
            census.TotalParamsNonEmbedding,
            model.Experts,
            model.Granularity,
            model.TopK,
            model.ExpertCount,
            model.SharedExperts,
            model.ModelWidth,
            model.Blocks,
            model.Heads,
            model.KvHeads,
            model.HeadWidth,
            model.FeedForwardWidth,
            model.ExpertWidth,
            model.VocabularySize,
            model.Context,
            census.RouterParams,
            census.StoredParams,
            census.KvValuesPerToken,
            census.MatrixFlopsPerToken,
        ];
        all.CopyTo(values);
    }
}
