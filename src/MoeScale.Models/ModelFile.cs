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
        string? fraction =
            yaml.Has("shared_experts") && model.SharedExperts != Math.Round(model.SharedExperts)
                ? $"shared_experts {model.SharedExperts} is not a whole number"
                : null;
        return (fraction ?? Buildable.WhyNot(model, multipleOf: 1)) is string reason
            ? throw yaml.Error("id", $"no such model can be built: {reason}")
            : Buildable.Whole(model);
    }

    // A double-quoted YAML scalar, in which a name may hold any character.
    private static string Quoted(string name) => $"\"{name.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"";

    /// <summary>The model as a file that <see cref="Parse"/> reads back to the same model.</summary>
    public static string Write(Model m)
    {
        StringBuilder text = new();
        Line("id", Quoted(m.Name));
        Line("d_model", m.ModelWidth);
        Line("n_blocks", m.Blocks);
        Line("n_heads", m.Heads);
        Line("n_kv_heads", m.KvHeads);
        if (m.Latent is LatentAttention latent)
        {
            Line("q_lora_rank", latent.QueryRank);
            Line("kv_lora_rank", latent.KvRank);
            Line("qk_nope_head_dim", latent.NopeWidth);
            Line("qk_rope_head_dim", latent.RopeWidth);
            Line("v_head_dim", latent.ValueWidth);
        }
        else
        {
            Line("head_dim", m.HeadWidth);
        }
        Line("d_ff", m.FeedForwardWidth);
        if (!m.IsDense)
        {
            Line("expert_count", m.ExpertCount);
            Line("d_expert", m.ExpertWidth);
            Line("top_k", m.TopK);
            Optional("d_shared", m.SharedWidth, 0);
            Optional("leading_dense_blocks", m.LeadingDenseBlocks, 0);
            Optional("moe_every", m.MoeEvery, 1);
            Optional("trailing_dense_blocks", m.TrailingDenseBlocks, 0);
            foreach ((string key, object value) in RoutingKeys.Write(m))
            {
                Line(key, value);
            }
        }
        Line("vocab_size", m.VocabularySize);
        Optional("vocab_multiple_of", m.VocabularyMultipleOf, 1);
        Line("context", m.Context);
        Line("activation", ModelTemplate.Write(m.Activation));
        Line("norm", m.Normalization.ToString().ToLowerInvariant());
        Flag("norm_after_parts", m.NormAfterParts);
        Flag("norm_after_experts", m.NormAfterExperts);
        if (m.QueryKeyNorm != QueryKeyNorm.None)
        {
            Line("qk_norm", m.QueryKeyNorm == QueryKeyNorm.Full ? "full" : "per_head");
        }
        Flag("attention_sinks", m.AttentionSinks);
        Flag("shared_gate", m.SharedGate);
        Line("positions", m.Positions.ToString().ToLowerInvariant());
        Optional("rope_theta", m.RopeTheta, Model.DefaultRopeTheta);
        Optional("norm_epsilon", m.NormEpsilon, Model.DefaultNormEpsilon);
        Optional("sliding_window", m.SlidingWindow, 0);
        Line("biases", ModelTemplate.Write(m.Biases));
        Line("tied_embeddings", m.TiedEmbeddings ? "true" : "false");
        Optional("mtp_modules", m.PredictionModules, 0);
        if (m.NotCounted != RoleSet.None)
        {
            Line("not_counted", $"[{m.NotCounted.ToString().ToLowerInvariant()}]");
        }
        if (m.PublishedTotal.Length > 0)
        {
            Line("published_total", Quoted(m.PublishedTotal));
        }
        if (m.PublishedActive.Length > 0)
        {
            Line("published_active", Quoted(m.PublishedActive));
        }
        if (m.Note.Length > 0)
        {
            Line("note", Quoted(m.Note));
        }
        if (m.LeftOut.Length > 0)
        {
            Line("left_out", Quoted(m.LeftOut));
        }
        return text.ToString();

        void Optional(string key, double value, double usual)
        {
            if (value != usual)
            {
                Line(key, value);
            }
        }

        void Flag(string key, bool value)
        {
            if (value)
            {
                Line(key, "true");
            }
        }

        void Line(string key, object value) => text.Append(CultureInfo.InvariantCulture, $"{key}: {value}\n");
    }
}
