namespace MoeScale.Models;

/// <summary>Which blocks have experts, in the two ways that configurations say it.</summary>
internal static class HuggingFaceBlocks
{
    /// <summary>
    /// Of Qwen: block i, from 0, has experts where decoder_sparse_step divides i + 1 and mlp_only_layers does not name it.
    /// </summary>
    public static Model Sparse(JsonSettings c, Model m)
    {
        IReadOnlyList<double> dense = c.Counts("mlp_only_layers");
        double step = c.OptionalCount("decoder_sparse_step") ?? 1;
        string key = dense.Count > 0 ? "mlp_only_layers" : "decoder_sparse_step";
        return step < 1
            ? throw c.Error("decoder_sparse_step", "it needs a whole number above zero")
            : With(c, key, m, i => (i + 1) % step == 0 && !dense.Contains(i));
    }

    /// <summary>
    /// Of DeepSeek: block i, from 0, has experts from first_k_dense_replace on where moe_layer_freq divides i, or has another number than 0
    /// for it.
    /// </summary>
    public static Model AfterDense(JsonSettings c, Model m)
    {
        const string Key = "moe_layer_freq";
        double leading = c.Count("first_k_dense_replace");
        if (c.IsList(Key))
        {
            IReadOnlyList<double> each = c.Counts(Key);
            return each.Count != m.Blocks
                ? throw c.Error(Key, $"it needs a number for each of the {m.Blocks} blocks (num_hidden_layers)")
                : With(c, Key, m, i => i >= leading && each[i] != 0);
        }
        double step = c.OptionalCount(Key) ?? 1;
        return step < 1
            ? throw c.Error(Key, "it needs a whole number above zero, or a list")
            : With(c, step == 1 ? "first_k_dense_replace" : Key, m, i => i >= leading && i % step == 0);
    }

    /// <summary>Of Llama 4: the last of each interleave_moe_layer_step blocks has experts, or those that moe_layers lists.</summary>
    public static Model Interleaved(JsonSettings c, Model m)
    {
        const string Key = "moe_layers";
        IReadOnlyList<double> places = c.Counts(Key);
        double step = c.OptionalCount("interleave_moe_layer_step") ?? 1;
        return places.Count > 0 ? With(c, Key, m, i => places.Contains(i))
            : step < 1 ? throw c.Error("interleave_moe_layer_step", "it needs a whole number above zero")
            : With(c, "interleave_moe_layer_step", m, i => (i + 1) % step == 0);
    }

    private static Model With(JsonSettings c, string key, Model m, Func<int, bool> hasExperts)
    {
        // More than this are no model; Buildable says so.
        if (m.Blocks is < 1 or > 1e6)
        {
            return m;
        }
        int blocks = (int)m.Blocks;
        int[] places = [.. Enumerable.Range(0, blocks).Where(hasExperts)];
        if (places.Length == 0)
        {
            BiasSet biases = m.Biases & ~BiasSet.Router;
            return m with
            {
                ExpertCount = 1,
                TopK = 1,
                ExpertWidth = m.FeedForwardWidth,
                SharedWidth = 0,
                SharedGate = false,
                Biases = biases,
            };
        }
        int step = places.Length > 1 ? places[1] - places[0] : 1;
        int leading = places[0] - (step - 1);
        bool isEven = leading >= 0 && places.Select((place, i) => place == places[0] + (i * step)).All(fits => fits);
        return isEven
            ? m with
            {
                LeadingDenseBlocks = leading,
                MoeEvery = step,
                TrailingDenseBlocks = blocks - 1 - places[^1],
            }
            : throw c.Error(
                key,
                "known here are dense blocks at the start and the end, and between them experts in every block, or in the last of each few"
            );
    }
}
