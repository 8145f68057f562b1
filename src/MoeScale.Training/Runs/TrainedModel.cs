using System.Globalization;
using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.HuggingFace;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Runs;

/// <summary>
/// A model that a run left in its folder, finished or on its way, or one of Hugging Face: what it is, how it reads text, and where its
/// weights are. Nothing is changed.
/// </summary>
public sealed class TrainedModel
{
    private readonly string _folder;
    private readonly Action<Transformer> _fill;
    private readonly string? _whyNoText;

    private TrainedModel(
        string folder,
        Model model,
        string tokenizerName,
        ITokenizer? tokenizer,
        int context,
        Action<Transformer> fill,
        string? weightsPath = null,
        bool isFinished = true,
        string? whyNoText = null
    )
    {
        _folder = folder;
        _fill = fill;
        _whyNoText = whyNoText;
        WeightsPath = weightsPath;
        Model = model;
        Context = context;
        TokenizerName = tokenizerName;
        Tokenizer = tokenizer;
        IsFinished = isFinished;
    }

    public Model Model { get; }

    /// <summary>
    /// T: tokens of the sequences that it was trained on, which may be fewer than the model has room for. What lies beyond them it has
    /// never seen.
    /// </summary>
    public int Context { get; }

    /// <summary>
    /// As run.json names it: "bytes", "gpt2", "synthetic", or "none" where the run was given tokens; "huggingface" for a tokenizer beside
    /// weights of Hugging Face.
    /// </summary>
    public string TokenizerName { get; }

    /// <summary>Text to the model's tokens and back; null where its tokens are no text.</summary>
    public ITokenizer? Tokenizer { get; }

    /// <summary>Whether the weights are those of the end, not of the last checkpoint.</summary>
    public bool IsFinished { get; }

    /// <summary>The run's file of weights, in the format and the names of this program; null for a model of Hugging Face.</summary>
    public string? WeightsPath { get; }

    /// <summary>Ids that mean something lie below this: rows that pad the embedding are never drawn.</summary>
    public int Vocabulary => Tokenizer?.VocabularySize ?? (int)Model.VocabularySize;

    /// <param name="folder">Where the run was written, or a folder with config.json and model.safetensors of Hugging Face.</param>
    /// <exception cref="UserException">It is no folder of a run, has no weights yet, or its files do not fit each other.</exception>
    public static TrainedModel Open(string folder)
    {
        if (!File.Exists(RunFolder.ConfigurationIn(folder)) && CheckpointFolder.Is(folder))
        {
            return OpenCheckpoint(folder);
        }
        RequireRun(folder);
        Model model = ModelFile.Read(RunFolder.ModelIn(folder));
        (string tokenizerName, int? context) = ReadRun(RunFolder.ConfigurationIn(folder));
        ITokenizer? tokenizer = ReadTokenizer(folder, tokenizerName);
        if (tokenizer?.VocabularySize > model.VocabularySize)
        {
            throw new UserException(
                $"{folder} holds a model with a vocabulary of {model.VocabularySize}, "
                    + $"but its tokenizer '{tokenizerName}' has {tokenizer.VocabularySize} tokens. They do not belong together."
            );
        }
        (string weights, bool isFinished) = FindWeights(folder);
        RequireRoom(folder, RunFolder.ModelName, model, weights);
        return new TrainedModel(
            folder,
            model,
            tokenizerName,
            tokenizer,
            Math.Min(context ?? (int)model.Context, (int)model.Context),
            transformer => WeightsFile.Read(weights, transformer, WeightsFile.Weights),
            weights,
            isFinished
        );
    }

    private static TrainedModel OpenCheckpoint(string folder)
    {
        CheckpointFolder checkpoint = CheckpointFolder.Open(folder);
        RequireRoom(folder, "config.json", checkpoint.Model, [.. checkpoint.WeightFiles]);
        return new TrainedModel(
            folder,
            checkpoint.Model,
            checkpoint.Tokenizer is null ? TokenizerKinds.None : TokenizerKinds.HuggingFace,
            checkpoint.Tokenizer,
            (int)checkpoint.Model.Context,
            checkpoint.Fill,
            whyNoText: checkpoint.WhyNoText
        );
    }

    /// <summary>How the run in a folder reads text, whether it has weights yet or not; null where its tokens are no text.</summary>
    /// <param name="folder">As for <see cref="Open"/>.</param>
    /// <exception cref="UserException">It is no folder of a run, or a file of the tokenizer is damaged.</exception>
    public static ITokenizer? TokenizerOf(string folder)
    {
        RequireRun(folder);
        return ReadTokenizer(folder, ReadRun(RunFolder.ConfigurationIn(folder)).Tokenizer);
    }

    /// <summary>The tokenizer of a run as files beside weights of Hugging Face, by name; none where its tokens are no text.</summary>
    /// <exception cref="UserException">The vocabulary of the run cannot be read.</exception>
    public IReadOnlyList<(string Name, string Text)> HuggingFaceTokenizer() =>
        TokenizerFiles.Of(TokenizerName, RunFolder.VocabularyIn(_folder), RunFolder.MergesIn(_folder), Context);

    /// <summary>The model in memory, with its weights and without gradients.</summary>
    /// <param name="sequences">Sequences that are computed at once, at most.</param>
    /// <param name="sequence">Tokens of a sequence; at most the model's context.</param>
    /// <param name="threads">Threads to work with.</param>
    /// <exception cref="UserException">It has parts that are not built here, or the weights are damaged or another model's: says which
    /// tensor.</exception>
    public Transformer Load(int sequences, int sequence, int threads)
    {
        Transformer model = new(Model, sequences, sequence, threads, forTraining: false);
        try
        {
            _fill(model);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <exception cref="UserException">Its tokens are no text.</exception>
    internal ITokenizer RequireText(string purpose) =>
        Tokenizer
        ?? throw new UserException(
            _whyNoText is string reason
                ? $"{_folder} has no tokenizer that is read here, and {purpose} needs one: {reason}"
                : $"{_folder} holds a model of {Untold(TokenizerName)} tokens are no text; {purpose} needs a model that was trained on "
                    + $"text."
        );

    private static string Untold(string tokenizer) =>
        tokenizer == TokenizerKinds.Synthetic ? "a synthetic language, whose" : "which no tokenizer is known, so that its";

    private static void RequireRun(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new UserException(
                File.Exists(folder)
                    ? $"{folder} is a file; the folder of a run is needed, with {RunFolder.ModelName}, "
                        + $"{RunFolder.ConfigurationName} and weights in it."
                    : $"{folder} cannot be read: there is no such folder."
            );
        }
        foreach (string name in (string[])[RunFolder.ModelName, RunFolder.ConfigurationName])
        {
            if (!File.Exists(Path.Combine(folder, name)))
            {
                throw new UserException($"{folder} is no folder of a run: it has no {name}. Give the folder that a run was written to.");
            }
        }
    }

    // Before anything is planned or asked of memory: sizes that nobody trained are found out by the file of their weights.
    private static void RequireRoom(string folder, string modelName, Model model, params string[] weights)
    {
        const double minBytes = 2;
        double parameters = Census.Of(model).StoredParams;
        long bytes = weights.Sum(path => new FileInfo(path).Length);
        if (minBytes * parameters > bytes)
        {
            throw new UserException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{string.Join(", ", weights)} has {bytes} bytes, too few for the {parameters} parameters of {modelName} in {folder}. "
                        + $"They do not belong together: put the files of one model there."
                )
            );
        }
    }

    private static ITokenizer? ReadTokenizer(string folder, string name) =>
        name switch
        {
            TokenizerKinds.Bytes => new ByteTokenizer(),
            TokenizerKinds.Gpt2 => BpeTokenizer.Read(RunFolder.VocabularyIn(folder), RunFolder.MergesIn(folder)),
            TokenizerKinds.Synthetic or TokenizerKinds.None => null,
            _ => throw new UserException(
                $"{RunFolder.ConfigurationIn(folder)} names the tokenizer '{name}'; known are bytes, gpt2, synthetic and none."
            ),
        };

    private static (string Tokenizer, int? Context) ReadRun(string path)
    {
        try
        {
            JsonElement run = JsonText.Parse(TextFile.Read(path));
            if (
                run.ValueKind == JsonValueKind.Object
                && run.TryGetProperty("tokenizer", out JsonElement name)
                && name.ValueKind == JsonValueKind.String
            )
            {
                bool hasContext = run.TryGetProperty("context", out JsonElement context);
                return !hasContext ? (name.GetString()!, null)
                    : context.ValueKind == JsonValueKind.Number && context.TryGetInt32(out int tokens) && tokens > 0
                        ? (name.GetString()!, tokens)
                    : throw new UserException(
                        $"{path}: the context '{context}' is no whole number above zero. Give the folder that a run was written to."
                    );
            }
        }
        catch (JsonException)
        {
            // The same as a file without the name: no run wrote it.
        }
        throw new UserException($"{path} names no tokenizer, so no run wrote it. Give the folder that a run was written to.");
    }

    // A run that is killed while it replaces its checkpoint leaves the one before it set aside.
    private static (string Path, bool IsFinished) FindWeights(string folder)
    {
        string finished = RunFolder.WeightsIn(folder);
        if (File.Exists(finished))
        {
            return (finished, true);
        }
        return Checkpoint.WeightsIn(RunFolder.CheckpointIn(folder)) is string weights
            ? (weights, false)
            : throw new UserException(
                $"{folder} has no weights yet: neither {RunFolder.WeightsName} nor a checkpoint. "
                    + $"Let the run go on until its first checkpoint."
            );
    }
}
