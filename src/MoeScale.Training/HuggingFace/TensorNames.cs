namespace MoeScale.Training.HuggingFace;

/// <summary>What an architecture of transformers calls the layers of a block, where it differs from Llama's.</summary>
internal sealed record TensorNames
{
    /// <summary>The router, in a block.</summary>
    public string Router { get; init; } = "mlp.gate";

    /// <summary>What all routed experts stand in, by number, in a block.</summary>
    public string Experts { get; init; } = "mlp.experts";

    /// <summary>The shared experts, in a block.</summary>
    public string Shared { get; init; } = "mlp.shared_experts";

    /// <summary>The first two matrices of a routed expert, and the one that follows them.</summary>
    public (string Gate, string Up, string Down) OfExpert { get; init; } = ("gate_proj", "up_proj", "down_proj");

    /// <summary>By model_type; those whose parts this program can compute.</summary>
    public static IReadOnlyDictionary<string, TensorNames> All { get; } =
        new Dictionary<string, TensorNames>
        {
            ["llama"] = new(),
            ["mistral"] = new(),
            ["qwen2"] = new(),
            ["mixtral"] = new()
            {
                Router = "block_sparse_moe.gate",
                Experts = "block_sparse_moe.experts",
                OfExpert = ("w1", "w3", "w2"),
            },
            ["deepseek"] = new(),
            ["glm4_moe"] = new(),
        };
}
