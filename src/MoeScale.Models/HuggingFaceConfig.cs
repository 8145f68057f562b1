using MoeScale.Basics;

namespace MoeScale.Models;

/// <summary>
/// Reads a model from the config.json of a Hugging Face repository. Keys are those of the configuration classes of the
/// library transformers, and what a file leaves out has the value of its class; but sizes must be there, as they are in published files.
/// </summary>
public static class HuggingFaceConfig
{
    // Where a model of texts and pictures keeps that of texts.
    private static readonly string[] LanguageParts = ["text_config", "llm_config", "language_config"];

    private const string Tied = "tie_word_embeddings";

    // Types of models of texts and pictures, and the key of their model of texts.
    private static readonly Dictionary<string, string> Wrappers = new() { ["llama4"] = "text_config", ["qwen3_vl_moe"] = "text_config" };

    // Types that somebody may try, and why no model here is one.
    private static readonly Dictionary<string, string> Unsaid = new()
    {
        ["kimi_linear"] = "most of its blocks have linear attention (KDA), which has other matrices and no KV cache",
        ["qwen3_next"] = "most of its blocks have linear attention (gated delta rule), which has other matrices and no KV cache",
        ["granitemoehybrid"] = "most of its blocks are state-space layers (Mamba-2), which have other matrices and no KV cache",
    };

    /// <summary>The values of <c>model_type</c> that are known.</summary>
    public static IReadOnlyList<string> ModelTypes => [.. HuggingFaceClass.All.Keys.Concat(Wrappers.Keys).Order(StringComparer.Ordinal)];

    /// <exception cref="UserException">Not readable, not a configuration, of an unknown type, or of a model that cannot exist.</exception>
    public static Model Read(string path) => Parse(TextFile.Read(path), path);

    /// <param name="text">The JSON.</param>
    /// <param name="file">Its path, in error messages; the folder of a config.json, or else the file, gives the model its name.</param>
    /// <exception cref="UserException">As for <see cref="Read"/>.</exception>
    public static Model Parse(string text, string file)
    {
        JsonSettings whole = JsonSettings.Parse(text, file);
        string type = whole.Text("model_type");
        JsonSettings settings = whole;
        List<string> notes = [];
        if (Wrappers.TryGetValue(type, out string? inner))
        {
            notes.Add($"the model of texts alone ({inner}); what reads pictures is not counted");
            settings = whole.Map(inner) ?? throw whole.Error(inner, "it needs the settings of the model of texts");
            type = settings.OptionalText("model_type") ?? $"{type}_text";
        }
        if (Unsaid.TryGetValue(type, out string? reason))
        {
            throw new UserException($"{file}: models of the type {type} cannot be said here: {reason}.");
        }
        if (!HuggingFaceClass.All.TryGetValue(type, out HuggingFaceClass? known))
        {
            throw new UserException(
                $"{file}: model_type '{type}' is not known{Guess.Hint(type, ModelTypes)}. Known are {string.Join(", ", ModelTypes)}. "
                    + $"{Otherwise(settings)}"
            );
        }
        Model model = ModelOf(type, known, settings, notes) with { Name = NameOf(file) };
        if (settings != whole)
        {
            // What is said of all of it is said of its model of texts too.
            model = model with
            {
                TiedEmbeddings = settings.Has(Tied) ? model.TiedEmbeddings : whole.Flag(Tied, model.TiedEmbeddings),
                Quantization = model.Quantization ?? HuggingFaceQuantization.Of(whole, model, notes),
                Note = string.Join("; ", notes),
            };
        }
        return Buildable.WhyNot(model, multipleOf: 1) is BuildFault fault
            ? throw new UserException($"{file}: no such model can be built: {fault.Reason}.")
            : model;
    }

    private static Model ModelOf(string type, HuggingFaceClass known, JsonSettings c, List<string> notes)
    {
        List<string> leftOut = [];
        Model m = known.Shape(c);
        m = m with { NormEpsilon = (known.NormEpsilonKey is string key ? c.OptionalNumber(key) : null) ?? known.NormEpsilon };
        if (m.Positions == Positions.Rope)
        {
            m = HuggingFaceAttention.WithRotary(m, known, known.AttentionPart is string part ? c.Map(part)! : c, leftOut);
        }
        m = HuggingFaceAttention.WithWindows(m, known, c);
        HuggingFaceRest.Read(known, c, leftOut, notes);
        if (!m.IsDense)
        {
            m = m with { Routing = HuggingFaceRouting.Of(known, c, m, leftOut, notes) };
        }
        m = m with { Quantization = HuggingFaceQuantization.Of(c, m, notes) };
        HuggingFaceRest.ReadUnknown(type, c, notes);
        return m with
        {
            LeftOut = string.Join("; ", leftOut),
            ConfigKeys = c.Only([.. leftOut.SelectMany(text => new LeftOutPart(text).Keys)]),
            Note = string.Join("; ", notes),
        };
    }

    // A _name_or_path in the file is that of the model that it was made from.
    private static string NameOf(string file) =>
        Path.GetFileName(file) == "config.json"
            ? Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file))) is { Length: > 0 } folder
                ? folder
                : file
            : Path.GetFileNameWithoutExtension(file);

    private static string Otherwise(JsonSettings c) =>
        Array.Find(LanguageParts, c.IsMap) is string inner
        && c.Map(inner)!.OptionalText("model_type") is string type
        && HuggingFaceClass.All.ContainsKey(type)
            ? $"Its '{inner}' is of the type {type}: saved as a config.json of its own, that is counted, without what stands around it."
            : "A model file (YAML) describes any other.";
}
