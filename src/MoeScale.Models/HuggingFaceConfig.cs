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

    /// <summary>The values of <c>model_type</c> that are known.</summary>
    public static IReadOnlyList<string> ModelTypes => [.. HuggingFaceClass.All.Keys.Order(StringComparer.Ordinal)];

    /// <exception cref="UserException">Not readable, not a configuration, of an unknown type, or of a model that cannot exist.</exception>
    public static Model Read(string path) => Parse(TextFile.Read(path), path);

    /// <param name="text">The JSON.</param>
    /// <param name="file">Its path, in error messages; the folder of a config.json, or else the file, gives the model its name.</param>
    /// <exception cref="UserException">As for <see cref="Read"/>.</exception>
    public static Model Parse(string text, string file)
    {
        JsonSettings settings = JsonSettings.Parse(text, file);
        string type = settings.Text("model_type");
        if (!HuggingFaceClass.All.TryGetValue(type, out HuggingFaceClass? known))
        {
            throw new UserException(
                $"{file}: model_type '{type}' is not known{Guess.Hint(type, ModelTypes)}. Known are {string.Join(", ", ModelTypes)}. "
                    + $"{Otherwise(settings)}"
            );
        }
        Model model = ModelOf(type, known, settings) with { Name = NameOf(file) };
        return Buildable.WhyNot(model, multipleOf: 1) is string reason
            ? throw new UserException($"{file}: no such model can be built: {reason}.")
            : model;
    }

    private static Model ModelOf(string type, HuggingFaceClass known, JsonSettings c)
    {
        List<string> leftOut = [];
        List<string> notes = [];
        Model m = known.Shape(c);
        m = m with { NormEpsilon = c.OptionalNumber(known.NormEpsilonKey) ?? known.NormEpsilon };
        if (m.Positions == Positions.Rope)
        {
            m = HuggingFaceAttention.WithRotary(m, known, c, leftOut);
        }
        m = HuggingFaceAttention.WithWindows(m, known, c);
        HuggingFaceRest.Read(known, c, leftOut, notes);
        if (!m.IsDense)
        {
            m = m with { Routing = HuggingFaceRouting.Of(known, c, m, leftOut, notes) };
        }
        m = m with { Quantization = HuggingFaceQuantization.Of(c, notes) };
        HuggingFaceRest.ReadUnknown(type, c, notes);
        return m with { LeftOut = string.Join("; ", leftOut), Note = string.Join("; ", notes) };
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
