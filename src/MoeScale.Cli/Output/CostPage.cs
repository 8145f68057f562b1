using System.Globalization;
using MoeScale.Basics;
using MoeScale.Models;

namespace MoeScale.Cli.Output;

/// <summary>What a model costs, in words and a table.</summary>
internal static class CostPage
{
    /// <summary>Lines of the table, and the roles that each holds.</summary>
    private static readonly (string Part, Role[] Roles)[] Parts =
    [
        ("embedding", [Role.Embedding]),
        ("positions", [Role.Positions]),
        ("attention", [Role.Query, Role.KvLatent, Role.Key, Role.Value, Role.AttentionOutput, Role.AttentionSinks, Role.Indexer]),
        ("feed-forward", [Role.FeedForward]),
        ("router", [Role.Router]),
        ("routed experts", [Role.RoutedExperts]),
        ("shared experts", [Role.SharedExperts, Role.SharedGate]),
        ("projection", [Role.PredictionProjection]),
        ("norms", [Role.Norms]),
        ("biases", [Role.Biases, Role.HeadBias]),
        ("head", [Role.Head]),
    ];

    public static void Write(Census census, CostQuestion asked)
    {
        Model m = census.Model;
        CostJson cost = CostJson.Of(census, asked);
        Page.Field("Model", m.Name);
        Page.Field("Shape", Shape(m));
        Page.Field("Parameters", $"{Figures.Exact(cost.TotalParams)} in total, {Figures.Exact(cost.ActiveParams)} active");
        Page.Field("", $"{Figures.Exact(cost.ActiveParamsNoInputEmbedding)} active without the input embedding");
        Page.Field("", $"{Figures.Exact(cost.ActiveParamsNoEmbeddings)} active without embedding and head");
        if (cost.StoredParams != cost.TotalParams)
        {
            Page.Field(
                "",
                $"{Figures.Exact(cost.StoredParams)} stored: the counts above leave out {m.NotCounted.ToString().ToLowerInvariant()}"
            );
        }
        if (cost.PredictionParams > 0)
        {
            Page.Field(
                "",
                $"{Figures.Exact(cost.PredictionParams)} more in {Figures.Exact(m.PredictionModules)} multi-token-prediction "
                    + $"module{(m.PredictionModules > 1 ? "s" : "")}"
            );
        }
        if (m.PublishedTotal.Length > 0)
        {
            Page.Field("Published", $"{m.PublishedTotal}{(m.PublishedActive.Length > 0 ? $"; active {m.PublishedActive}" : "")}");
        }
        Page.Field(
            "Norms",
            $"{(m.Normalization == Normalization.LayerNorm ? "LayerNorm" : "RMSNorm")}, epsilon {m.NormEpsilon:0.###e0}; positions "
                + $"{Positions(m)}"
        );
        if (m.Note.Length > 0)
        {
            Page.Field("Note", m.Note);
        }
        if (m.LeftOut.Length > 0)
        {
            Page.Field("Left out", $"{m.LeftOut}. The counts are the same without; 'train' refuses the model");
        }
        Page.BlankLine();
        WriteParts(census);
        Page.BlankLine();
        Page.Field(
            "FLOPs a token",
            $"{Scientific(cost.InferenceFlopsPerToken)} forward, {Scientific(cost.TrainFlopsPerToken)} in training (matrix products)"
        );
        Page.Field(
            "",
            cost.Context is double context
                ? $"+ {Scientific(cost.InferenceAttentionFlopsPerToken!.Value)} and "
                    + $"{Scientific(cost.TrainAttentionFlopsPerToken!.Value)} for attention over "
                    + $"{Plural.Of(Figures.Exact(context), "token")}, causal"
                : "attention's own come on top: --context N counts them, and their cache"
        );
        Page.Field("Weights", $"{Bytes(cost.WeightsBytes)} ({Types(asked, census)})");
        Page.Field(
            "KV cache",
            $"{Plural.Of(Figures.Exact(cost.KvValuesPerToken), "value")}, {Figures.Exact(cost.KvBytesPerToken)} bytes a token "
                + $"({asked.Kv.Name()})"
        );
        if (m.WindowedBlocks > 0)
        {
            Page.Field(
                "",
                $"{Figures.Exact(m.WindowedBlocks)} of {Plural.Of(Figures.Exact(m.Blocks), "block")} keep the last "
                    + $"{Plural.Of(Figures.Exact(m.SlidingWindow), "token")} of a sequence only (sliding windows)"
            );
        }
        if (m.ChunkedBlocks > 0)
        {
            string chunk = m.AttentionChunk.ToString("N0", CultureInfo.InvariantCulture);
            Page.Field(
                "",
                $"{Figures.Exact(m.ChunkedBlocks)} of {Plural.Of(Figures.Exact(m.Blocks), "block")} attend in chunks of "
                    + $"{Plural.Of(chunk, "token")}, and keep one chunk of a sequence at most"
            );
        }
        if (asked.Cache.Tokens > 0)
        {
            double length = asked.Cache.ContextTokens;
            string sequences = Plural.Of(Figures.Exact(asked.Cache.Sequences), "sequence");
            Page.Field("", $"{Bytes(cost.KvCacheBytes)} for {sequences} of {Plural.Of(Figures.Exact(length), "token")}");
            string share = (100 * cost.KvCacheBytes / cost.MemoryBytes).ToString("0.#", CultureInfo.InvariantCulture);
            Page.Field("Memory", $"{Bytes(cost.MemoryBytes)} for weights and cache, of which the cache is {share} %");
            if (m.Positions == Models.Positions.Learned && length > m.Context)
            {
                Page.Field("", $"but the model has {Figures.Exact(m.Context)} learned positions: no sequence is longer");
            }
        }
    }

    private static string Types(CostQuestion asked, Census census) =>
        asked.Stored is Quantization stored
            ? $"{stored.Method}, {stored.Bits.ToString("0.###", CultureInfo.InvariantCulture)} bits, for "
                + $"{InFewBits(stored.Roles, census)}; all else bf16"
        : asked.Weights == asked.ExpertWeights ? asked.Weights.Name()
        : $"{asked.Weights.Name()}, routed experts {asked.ExpertWeights.Name()}";

    private static string InFewBits(RoleSet roles, Census census)
    {
        Role[] held = [.. census.Rows.Select(r => r.Role).Where(r => RoleSet.Matrices.Holds(r)).Distinct()];
        string[] without = [.. held.Where(r => !roles.Holds(r)).Select(r => r.Name())];
        if (roles == RoleSet.RoutedExperts)
        {
            return "routed experts";
        }
        if (without.Length == held.Length)
        {
            return "nothing";
        }
        return "the matrices of blocks" + (without.Length == 0 ? "" : $" but {string.Join(", ", without)}");
    }

    private static string Positions(Model m) =>
        m.Positions == Models.Positions.Learned ? "learned" : $"rotary, base {Figures.Exact(m.RopeTheta)}";

    private static string Shape(Model m)
    {
        string attention =
            m.Latent is LatentAttention latent
                ? $"{Plural.Of(Figures.Exact(m.Heads), "head")} over a latent of {Figures.Exact(latent.KvRank)}"
            : m.KvHeads == m.Heads ? Plural.Of(Figures.Exact(m.Heads), "head")
            : $"{Plural.Of(Figures.Exact(m.Heads), "head")}, {Figures.Exact(m.KvHeads)} for keys and values";
        string shared = m.SharedWidth > 0 ? $" and {Figures.Exact(m.SharedExperts)} shared" : "";
        string layers = m.IsDense
            ? $"d_ff {Figures.Exact(m.FeedForwardWidth)}"
            : $"{Plural.Of(Figures.Exact(m.ExpertCount), "expert")} of d_expert {Figures.Exact(m.ExpertWidth)}, "
                + $"top-{Figures.Exact(m.TopK)}{shared}";
        string dense =
            !m.IsDense && m.DenseBlocks > 0
                ? $"; {Plural.Of(Figures.Exact(m.DenseBlocks), "block")} dense with d_ff {Figures.Exact(m.FeedForwardWidth)}"
                : "";
        return $"d_model {Figures.Exact(m.ModelWidth)}, {Plural.Of(Figures.Exact(m.Blocks), "block")}, {attention}, {layers}{dense}";
    }

    private static void WriteParts(Census census)
    {
        List<IReadOnlyList<string>> lines = [];
        foreach (IGrouping<LayerKind, CensusRow> kind in census.Rows.GroupBy(r => r.Kind).OrderBy(g => Order(g.Key)))
        {
            double layers = PartJson.CountOf(census.Model, kind.Key);
            foreach ((string part, Role[] roles) in Parts)
            {
                double stored = kind.Where(r => roles.Contains(r.Role)).Sum(r => r.Stored);
                double used = kind.Where(r => roles.Contains(r.Role)).Sum(r => r.Used);
                if (stored + used > 0)
                {
                    lines.Add([
                        Name(kind.Key),
                        stored == 0 ? $"{part} (tied)" : part,
                        Figures.Exact(layers),
                        Quantity.FormatCount(stored / layers),
                        Figures.Exact(stored),
                        Figures.Exact(used),
                    ]);
                }
            }
        }
        Page.Table(["<layers", "<part", "count", "each", "parameters", "active"], lines);
    }

    private static int Order(LayerKind kind) => kind == LayerKind.Ends ? -1 : (int)kind;

    private static string Name(LayerKind kind) =>
        kind switch
        {
            LayerKind.Dense => "dense",
            LayerKind.MixtureOfExperts => "MoE",
            LayerKind.Prediction => "MTP",
            _ => "ends",
        };

    // GiB beside GB, because caches and cards are told in both; not of what would be 0.00 of them.
    private static string Bytes(double bytes)
    {
        string gib = (bytes / 1073741824).ToString("0.00", CultureInfo.InvariantCulture);
        return Quantity.FormatBytes(bytes) + (gib == "0.00" ? "" : $" = {gib} GiB");
    }

    private static string Scientific(double value) => value.ToString("0.000e0", CultureInfo.InvariantCulture);
}
