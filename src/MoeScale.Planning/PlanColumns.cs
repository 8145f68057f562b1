using MoeScale.Models;

namespace MoeScale.Planning;

/// <summary>The columns that a planned run has: those of its model, and those of its training.</summary>
public static class PlanColumns
{
    public static readonly IReadOnlyList<string> Names =
    [
        .. ModelColumns.Names,
        "moe_every",
        "leading_dense_blocks",
        "tokens",
        "unique_tokens",
        "inference_tokens",
        "train_flops",
        "inference_flops",
    ];

    private static readonly int MoeEvery = Index("moe_every");
    private static readonly int LeadingDenseBlocks = Index("leading_dense_blocks");

    public static readonly int Tokens = Index("tokens");
    public static readonly int UniqueTokens = Index("unique_tokens");
    public static readonly int InferenceTokens = Index("inference_tokens");
    public static readonly int TrainFlops = Index("train_flops");
    public static readonly int InferenceFlops = Index("inference_flops");

    /// <summary>Writes the columns of a model; those of its training are left to be written.</summary>
    public static void Fill(Model model, Census census, Span<double> columns)
    {
        ModelColumns.Fill(model, census, columns);
        // Which blocks of a dense model have no experts is no question.
        columns[MoeEvery] = model.IsDense ? 1 : model.MoeEvery;
        columns[LeadingDenseBlocks] = model.IsDense ? 0 : model.LeadingDenseBlocks;
    }

    /// <returns>The column's place, or −1.</returns>
    public static int Index(string name)
    {
        for (int i = 0; i < Names.Count; i++)
        {
            if (Names[i] == name)
            {
                return i;
            }
        }
        return -1;
    }
}
