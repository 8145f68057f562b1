using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.HuggingFace;

/// <summary>A folder with a model of Hugging Face: config.json, weights as safetensors, and perhaps a tokenizer.</summary>
internal sealed class CheckpointFolder
{
    /// <summary>
    /// Tokens of a sequence at most: models are made for more than can be computed here in reasonable time, and what nobody asks for is
    /// not computed.
    /// </summary>
    private const double LongestWindow = 1024;

    private const string ConfigurationName = "config.json";

    private readonly string _folder;
    private readonly string _type;

    private CheckpointFolder(string folder, string type, Model model, ITokenizer? tokenizer, string? whyNoText)
    {
        _folder = folder;
        _type = type;
        Model = model;
        Tokenizer = tokenizer;
        WhyNoText = whyNoText;
    }

    /// <summary>With a context of what is computed at once, where its positions allow that.</summary>
    public Model Model { get; }

    /// <summary>Null where there is none that is read here.</summary>
    public ITokenizer? Tokenizer { get; }

    /// <summary>Why there is no tokenizer, in a sentence.</summary>
    public string? WhyNoText { get; }

    /// <summary>The files of weights; they hold the model's numbers and no others.</summary>
    public IReadOnlyList<string> WeightFiles => CheckpointReader.FilesIn(_folder);

    /// <summary>Whether a folder holds such a model.</summary>
    public static bool Is(string folder) => File.Exists(Path.Combine(folder, ConfigurationName));

    /// <exception cref="UserException">The configuration is none that is known, or of a model that is not computed here.</exception>
    public static CheckpointFolder Open(string folder)
    {
        string path = Path.Combine(folder, ConfigurationName);
        Model model = WithWindow(HuggingFaceConfig.Read(path));
        (string type, int? separator) = ReadRest(path);
        if (Transformer.WhyNot(model) is TrainingObstacle obstacle)
        {
            throw new UserException($"{folder} holds a model that is not computed here: {obstacle.Reason}.");
        }
        if (!TensorLayout.Knows(type))
        {
            throw new UserException($"{folder} holds a model of the type {type}, whose weights are not read here.");
        }
        if (CheckpointReader.FilesIn(folder).Count == 0)
        {
            throw new UserException($"{folder} has a config.json but no weights: model.safetensors, or an index of several, is needed.");
        }
        try
        {
            ITokenizer tokenizer = TokenizerFiles.Read(folder, separator);
            return tokenizer.VocabularySize <= model.VocabularySize
                ? new CheckpointFolder(folder, type, model, tokenizer, null)
                : throw new UserException(
                    $"{folder}: its tokenizer has {tokenizer.VocabularySize} tokens, and its model a vocabulary of {model.VocabularySize}."
                );
        }
        catch (UserException e)
        {
            return new CheckpointFolder(folder, type, model, null, e.Message);
        }
    }

    /// <summary>Fills a model of this folder.</summary>
    /// <exception cref="UserException">As for <see cref="CheckpointReader.Read"/>.</exception>
    public void Fill(Transformer model)
    {
        using CheckpointReader weights = CheckpointReader.Open(_folder);
        weights.Read(_type, model);
    }

    // Learned positions are parameters, so that their number stays.
    private static Model WithWindow(Model m) => m.Positions == Positions.Rope ? m with { Context = Math.Min(m.Context, LongestWindow) } : m;

    private static (string Type, int? Separator) ReadRest(string path)
    {
        using JsonDocument document = JsonDocument.Parse(
            PythonNumbers.ToJson(TextFile.Read(path)),
            new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip }
        );
        JsonElement root = document.RootElement;
        int? end =
            root.TryGetProperty("eos_token_id", out JsonElement id)
            && id.ValueKind == JsonValueKind.Number
            && id.TryGetInt32(out int number)
            && number is >= 0 and <= ushort.MaxValue
                ? number
                : null;
        return (root.GetProperty("model_type").GetString()!, end);
    }
}
