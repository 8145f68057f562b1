using System.Globalization;
using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Runs;

/// <summary>
/// A model that a run left in its folder, finished or on its way: what it is, how it reads text, and where its weights are. Nothing is
/// changed.
/// </summary>
public sealed class TrainedModel
{
    private readonly string _folder;
    private readonly string _weights;

    private TrainedModel(
        string folder,
        Model model,
        string tokenizerName,
        ITokenizer? tokenizer,
        int context,
        string weights,
        bool isFinished
    )
    {
        _folder = folder;
        _weights = weights;
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

    /// <summary>As run.json names it: "bytes", "gpt2", "synthetic", or "none" where the run was given tokens.</summary>
    public string TokenizerName { get; }

    /// <summary>Text to the model's tokens and back; null where its tokens are no text.</summary>
    public ITokenizer? Tokenizer { get; }

    /// <summary>Whether the weights are those of the end, not of the last checkpoint.</summary>
    public bool IsFinished { get; }

    /// <summary>Ids that mean something lie below this: rows that pad the embedding are never drawn.</summary>
    public int Vocabulary => Tokenizer?.VocabularySize ?? (int)Model.VocabularySize;

    /// <param name="folder">Where the run was written.</param>
    /// <exception cref="UserException">It is no folder of a run, has no weights yet, or its files do not fit each other.</exception>
    public static TrainedModel Open(string folder)
    {
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
        RequireRoom(folder, model, weights);
        return new TrainedModel(
            folder,
            model,
            tokenizerName,
            tokenizer,
            Math.Min(context ?? (int)model.Context, (int)model.Context),
            weights,
            isFinished
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
            WeightsFile.Read(_weights, model, WeightsFile.Weights);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <exception cref="UserException">Its tokens are no text.</exception>
    internal ITokenizer RequireText(string purpose)
    {
        string whose =
            TokenizerName == TokenizerKinds.Synthetic ? "a synthetic language, whose" : "which no tokenizer is known, so that its";
        return Tokenizer
            ?? throw new UserException(
                $"{_folder} holds a model of {whose} tokens are no text; {purpose} needs a model that was trained on text."
            );
    }

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
    private static void RequireRoom(string folder, Model model, string weights)
    {
        const double minBytes = 2;
        double parameters = Census.Of(model).StoredParams;
        long bytes = new FileInfo(weights).Length;
        if (minBytes * parameters > bytes)
        {
            throw new UserException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{weights} has {bytes} bytes, too few for the {parameters} parameters of {RunFolder.ModelName} in {folder}. "
                        + $"They do not belong together: put the two files of one run there."
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
