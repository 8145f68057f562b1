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
            throw yaml.Error("size", "a model file has no free size: this is a shape family, which --family reads");
        }
        Model model = new ModelTemplate(yaml, free: [], furtherKeys: []).Instantiate([]);
        ModelTemplate.RequirePositive(model, yaml);
        return Buildable.WhyNot(model, multipleOf: 1) is string reason
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
        Line("head_dim", m.HeadWidth);
        Line("d_ff", m.FeedForwardWidth);
        Line("experts", m.Expansion);
        Line("granularity", m.Granularity);
        Line("top_k", m.TopK);
        Line("shared_experts", m.SharedExperts);
        Line("vocab_size", m.VocabularySize);
        Line("context", m.Context);
        Line("activation", m.Activation.ToString().ToLowerInvariant());
        Line("norm", m.Normalization.ToString().ToLowerInvariant());
        Line("norm_after_experts", m.NormAfterExperts ? "true" : "false");
        Line("positions", m.Positions.ToString().ToLowerInvariant());
        Line("biases", m.Biases ? "true" : "false");
        Line("tied_embeddings", m.TiedEmbeddings ? "true" : "false");
        if (m.NotCounted != RoleSet.None)
        {
            Line("not_counted", $"[{m.NotCounted.ToString().ToLowerInvariant()}]");
        }
        return text.ToString();

        void Line(string key, object value) => text.Append(CultureInfo.InvariantCulture, $"{key}: {value}\n");
    }
}
