namespace MoeScale.Models;

/// <summary>What changes attention without a parameter: rotary positions, sliding windows and chunks.</summary>
internal static class HuggingFaceAttention
{
    // Both hold the scaling; the newer one holds θ too.
    private const string NewKey = "rope_parameters";
    private const string OldKey = "rope_scaling";

    /// <summary>The model with its θ; scaled or partial rotary positions are left out.</summary>
    public static Model WithRotary(Model m, HuggingFaceClass known, JsonSettings c, List<string> leftOut)
    {
        string key = c.IsMap(NewKey) ? NewKey : OldKey;
        JsonSettings? rotary = c.Map(key);
        if (rotary is not null && rotary.Keys.FirstOrDefault(k => rotary.IsMap(k)) is string kind)
        {
            throw rotary.Error(kind, "rotary positions of their own for each kind of layer are not known here");
        }
        double theta = One("rope_theta") ?? known.RopeTheta;
        string type = rotary is null ? known.RopeType : rotary.OptionalText("rope_type") ?? rotary.OptionalText("type") ?? "default";
        if (type != "default" && !(type == "linear" && rotary?.OptionalNumber("factor") == 1))
        {
            leftOut.Add($"rotary positions scaled by '{type}' ({key})");
        }
        double share = One("partial_rotary_factor") ?? ShareOfWidth() ?? known.RotaryShare;
        if (share != 1)
        {
            leftOut.Add(FormattableString.Invariant($"rotary positions of {share} of the channels only (partial_rotary_factor)"));
        }
        if (known.HasChunks && (c.OptionalCount("attention_chunk_size") ?? 8192) is double chunk)
        {
            m = WithChunks(m, chunk, c, leftOut);
        }
        return theta > 0 ? m with { RopeTheta = theta } : throw c.Error("rope_theta", "it needs a number above zero");

        double? ShareOfWidth() => known.RotaryWidthKey is string key ? c.OptionalNumber(key) / m.HeadWidth : null;

        double? One(string name)
        {
            double? outside = c.OptionalNumber(name);
            double? inside = rotary?.OptionalNumber(name);
            return outside is double a && inside is double b && a != b
                ? throw rotary!.Error(name, $"outside '{key}' it is {a}; leave one of them out")
                : inside ?? outside;
        }
    }

    // Of Llama 4: blocks with rotary positions attend in chunks, the others have no positions and attend to all.
    private static Model WithChunks(Model m, double chunk, JsonSettings c, List<string> leftOut)
    {
        const string Key = "no_rope_layers";
        IReadOnlyList<double> turned = c.Counts(Key);
        double interval = c.OptionalCount("no_rope_layer_interval") ?? 4;
        if (turned.Count > 0 && turned.Count != m.Blocks)
        {
            throw c.Error(Key, $"it needs a number for each of the {m.Blocks} blocks (num_hidden_layers)");
        }
        bool[] still = [.. Enumerable.Range(0, (int)m.Blocks).Select(i => turned.Count > 0 ? turned[i] == 0 : (i + 1) % interval == 0)];
        if (still.Contains(true))
        {
            leftOut.Add($"{still.Count(s => s)} of {m.Blocks} blocks have no positions ({Key})");
        }
        IReadOnlyList<bool> full = FullLayers(m, c, "chunked_attention") ?? still;
        return chunk > 0 && full.Contains(false) ? LayerPattern.Apply(m with { AttentionChunk = chunk }, full) : m;
    }

    /// <summary>The model with its sliding windows.</summary>
    public static Model WithWindows(Model m, HuggingFaceClass known, JsonSettings c)
    {
        if (!known.HasWindows)
        {
            return m;
        }
        double window = c.Has("sliding_window") ? c.OptionalCount("sliding_window") ?? 0 : known.Window;
        bool asked = !known.WindowsOnRequest || c.Flag("use_sliding_window", otherwise: false);
        double first = known.WindowsOnRequest ? c.OptionalCount("max_window_layers") ?? 28 : 0;
        IReadOnlyList<bool> full =
            FullLayers(m, c, "sliding_attention")
            ?? [.. Enumerable.Range(0, (int)m.Blocks).Select(i => known.WindowsAlternate ? i % 2 == 1 : i < first)];
        return asked && window > 0 && full.Contains(false) ? LayerPattern.Apply(m with { SlidingWindow = window }, full) : m;
    }

    // Whether each block attends to all tokens, by layer_types; null where there is none.
    private static IReadOnlyList<bool>? FullLayers(Model m, JsonSettings c, string local)
    {
        const string Key = "layer_types";
        const string Full = "full_attention";
        IReadOnlyList<string> layers = c.Texts(Key);
        if (layers.Count == 0)
        {
            return null;
        }
        if (layers.FirstOrDefault(l => l != Full && l != local) is string other)
        {
            throw c.Error(Key, $"'{other}' is not known here; {Full} and {local} are");
        }
        return layers.Count == m.Blocks
            ? [.. layers.Select(l => l == Full)]
            : throw c.Error(Key, $"it needs a kind for each of the {m.Blocks} blocks (num_hidden_layers)");
    }
}
