using MoeScale.Models;

namespace MoeScale.Planning;

/// <summary>The columns that a planned run has: those of its model, and those of its training.</summary>
public static class PlanColumns
{
    public static readonly IReadOnlyList<string> Names =
        [.. ModelColumns.Names, "tokens", "unique_tokens", "inference_tokens", "train_flops", "inference_flops"];

    public static readonly int Tokens = Index("tokens");
    public static readonly int UniqueTokens = Index("unique_tokens");
    public static readonly int InferenceTokens = Index("inference_tokens");
    public static readonly int TrainFlops = Index("train_flops");
    public static readonly int InferenceFlops = Index("inference_flops");

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
