using System.Globalization;
using System.Text;
using MoeScale.Basics;

namespace MoeScale.Models;

/// <summary>Reads and writes one architecture as YAML.</summary>
public static class ModelFile
{
    /// <exception cref="UserException">The file cannot be read, or describes no model that can exist.</exception>
    public static Model Read(string path) => Parse(YamlMap.Read(path));

    /// <exception cref="UserException">The mapping describes no model that can exist.</exception>
    public static Model Parse(YamlMap yaml)
    {
        if (yaml.Has("size"))
        {
            throw yaml.Error("size", "a model file has no free size: this is a shape family, and a plan chooses among its models");
        }
        ModelTemplate template = new(yaml, free: [], furtherKeys: []);
        template.RequirePositive([], yaml);
        Model model = template.Instantiate([]);
        BuildFault? fraction =
            yaml.Has("shared_experts") && model.SharedExperts != Math.Round(model.SharedExperts)
                ? new BuildFault.NotAMultiple("shared_experts", model.SharedExperts, 1)
                : null;
        return (fraction ?? Buildable.WhyNot(model, multipleOf: 1)) is BuildFault fault
            ? throw yaml.Error("id", $"no such model can be built: {fault.Reason}")
            : Buildable.Whole(model);
    }

    /// <summary>The model as a file that <see cref="Parse"/> reads back to the same model.</summary>
    public static string Write(Model m)
    {
        StringBuilder text = new();
        foreach ((string key, string value) in Lines(m))
        {
            text.Append(CultureInfo.InvariantCulture, $"{key}: {value}\n");
        }
        return text.ToString();
    }

    /// <summary>The keys of <see cref="Write"/> with their values; what a file need not say is left out.</summary>
    public static IEnumerable<(string Key, string Value)> Lines(Model m) =>
        Rows(m).Where(r => r.Value is not null).Select(r => (r.Key, Convert.ToString(r.Value, CultureInfo.InvariantCulture)!));

    private static IEnumerable<(string Key, object? Value)> Rows(Model m) =>
        [
            .. Shape.Select(r => (r.Key, r.Value(m))),
            .. m.IsDense ? [] : Experts.Select(r => (r.Key, r.Value(m))),
            .. m.IsDense ? [] : RoutingKeys.Write(m).Select(r => (r.Key, (object?)r.Value)),
            .. Rest.Select(r => (r.Key, r.Value(m))),
        ];

    // Keys in the order of the file; what a value of null has is not written.
    private static readonly (string Key, Func<Model, object?> Value)[] Shape =
    [
        ("id", m => YamlText.Quoted(m.Name)),
        ("d_model", m => m.ModelWidth),
        ("n_blocks", m => m.Blocks),
        ("n_heads", m => m.Heads),
        ("n_kv_heads", m => m.KvHeads),
        ("q_lora_rank", m => m.Latent?.QueryRank),
        ("kv_lora_rank", m => m.Latent?.KvRank),
        ("qk_nope_head_dim", m => m.Latent?.NopeWidth),
        ("qk_rope_head_dim", m => m.Latent?.RopeWidth),
        ("v_head_dim", m => m.Latent?.ValueWidth),
        ("index_n_heads", m => m.Indexer?.Heads),
        ("index_head_dim", m => m.Indexer?.Width),
        ("index_topk", m => m.Indexer?.TopK),
        ("head_dim", m => m.Latent is null ? m.HeadWidth : null),
        ("d_ff", m => m.FeedForwardWidth),
    ];

    private static readonly (string Key, Func<Model, object?> Value)[] Experts =
    [
        ("expert_count", m => m.ExpertCount),
        ("d_expert", m => m.ExpertWidth),
        ("top_k", m => m.TopK),
        ("d_shared", m => Unless(0, m.SharedWidth)),
        ("leading_dense_blocks", m => Unless(0, m.LeadingDenseBlocks)),
        ("moe_every", m => Unless(1, m.MoeEvery)),
        ("trailing_dense_blocks", m => Unless(0, m.TrailingDenseBlocks)),
    ];

    private static readonly (string Key, Func<Model, object?> Value)[] Rest =
    [
        ("vocab_size", m => m.VocabularySize),
        ("vocab_multiple_of", m => Unless(1, m.VocabularyMultipleOf)),
        ("context", m => m.Context),
        ("activation", m => ModelTemplate.Write(m.Activation)),
        ("norm", m => ModelNames.Of(m.Normalization)),
        ("norm_after_parts", m => Flag(m.NormAfterParts)),
        ("norm_after_experts", m => Flag(m.NormAfterExperts)),
        ("qk_norm", m => m.QueryKeyNorm == QueryKeyNorm.None ? null : ModelNames.Of(m.QueryKeyNorm)),
        ("attention_sinks", m => Flag(m.AttentionSinks)),
        ("shared_gate", m => Flag(m.SharedGate)),
        ("positions", m => ModelNames.Of(m.Positions)),
        ("rope_theta", m => Unless(Model.DefaultRopeTheta, m.RopeTheta)),
        ("norm_epsilon", m => Unless(Model.DefaultNormEpsilon, m.NormEpsilon)),
        ("sliding_window", m => Unless(0, m.SlidingWindow)),
        ("attention_chunk", m => Unless(0, m.AttentionChunk)),
        ("attention_pattern", m => m.AttentionPattern.Length == 0 ? null : ModelTemplate.WritePattern(m.AttentionPattern)),
        ("full_attention_blocks", m => Unless(0, m.FullAttentionBlocks)),
        ("biases", m => ModelTemplate.Write(m.Biases)),
        ("tied_embeddings", m => m.TiedEmbeddings ? "true" : "false"),
        ("mtp_modules", m => Unless(0, m.PredictionModules)),
        ("not_counted", m => m.NotCounted == RoleSet.None ? null : $"[{m.NotCounted.ToString().ToLowerInvariant()}]"),
        ("published_total", m => Text(m.PublishedTotal)),
        ("published_active", m => Text(m.PublishedActive)),
        ("note", m => Text(m.Note)),
        ("left_out", m => Text(m.LeftOut)),
        ("config_keys", m => Text(m.ConfigKeys)),
    ];

    private static double? Unless(double usual, double value) => value == usual ? null : value;

    private static string? Flag(bool value) => value ? "true" : null;

    private static string? Text(string text) => text.Length == 0 ? null : YamlText.Quoted(text);
}
