using MoeScale.Basics;
using MoeScale.Models;

namespace MoeScale.Exchange.Tests.Export;

/// <summary>The models that golden files were exported from.</summary>
internal static class GoldenModels
{
    private static readonly Dictionary<string, string> OfTheCatalog = new()
    {
        ["dense.py"] = "llama-3-8b",
        ["dense.sh"] = "llama-3-8b",
        ["gelu.sh"] = "gpt-2",
        ["given-stages.sh"] = "qwen3-30b-a3b",
        ["latent-attention.sh"] = "deepseek-v2-lite",
        ["normed_queries.py"] = "qwen3-30b-a3b",
        ["prediction-module.sbatch"] = "deepseek-v3",
        ["ramp.sh"] = "llama-2-7b",
        ["several-nodes.sbatch"] = "mixtral-8x7b",
        ["sharded.sh"] = "qwen3-30b-a3b",
        ["shared-experts.sh"] = "deepseek-moe-16b-base",
        ["shared_experts.py"] = "deepseek-moe-16b-base",
        ["uneven-stages.sh"] = "deepseek-v3",
        ["window.sh"] = "mistral-7b-v0.1",
    };

    /// <summary>
    /// A model of the catalog, or one whose file lies beside the golden file: that of a run, of a cell, or a plan's best.
    /// </summary>
    public static Model Of(string golden)
    {
        string file = $"{Path.GetFileNameWithoutExtension(golden)}.yaml";
        return OfTheCatalog.TryGetValue(golden, out string? id)
            ? ModelCatalog.Open(id)
            : ModelFile.Parse(YamlMap.Parse(Checker.Text(file), file));
    }
}
