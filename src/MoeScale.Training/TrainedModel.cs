using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Checkpoints;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Runs;

namespace MoeScale.Training;

/// <summary>What a run folder holds of its model: shape, tokenizer and weights; those of the last checkpoint while the run goes on.</summary>
public sealed class TrainedModel
{
    private readonly string _weightsPath;

    private TrainedModel(Model model, RunConfiguration configuration, ITokenizer? tokenizer, string weightsPath, bool isFinished)
    {
        Model = model;
        Configuration = configuration;
        Tokenizer = tokenizer;
        IsFinished = isFinished;
        _weightsPath = weightsPath;
    }

    public Model Model { get; }

    public RunConfiguration Configuration { get; }

    /// <summary>Null where the model was trained on tokens of which no more is known, or on synthetic text.</summary>
    public ITokenizer? Tokenizer { get; }

    /// <summary>Whether these are the weights at the end of the run.</summary>
    public bool IsFinished { get; }

    /// <exception cref="UserException">It is no run folder, holds no weights yet, or a file of it cannot be read.</exception>
    public static TrainedModel Open(string folder)
    {
        string configurationPath = RunFolder.ConfigurationIn(folder);
        if (!File.Exists(configurationPath))
        {
            throw new UserException($"{folder} is no folder of a run: it holds no run.json. Give the --out folder of 'moescale train'.");
        }
        RunConfiguration configuration = RunConfiguration.Read(configurationPath);
        Model model = ModelFile.Read(RunFolder.ModelIn(folder));
        ITokenizer? tokenizer = configuration.Tokenizer switch
        {
            "bytes" => new ByteTokenizer(),
            "gpt2" => BpeTokenizer.Read(RunFolder.VocabularyIn(folder), RunFolder.MergesIn(folder)),
            _ => null,
        };
        string final = RunFolder.WeightsIn(folder);
        string weights = File.Exists(final) ? final
            : Checkpoint.WeightsPath(RunFolder.CheckpointIn(folder)) ?? throw new UserException($"{folder} holds no weights yet: the run has written no checkpoint. Wait for one, or start it again.");
        return new TrainedModel(model, configuration, tokenizer, weights, weights == final);
    }

    /// <summary>The model with its weights, for forward passes only.</summary>
    /// <param name="sequences">Sequences of a batch at most.</param>
    /// <param name="sequence">Tokens of a sequence.</param>
    /// <param name="threads">Threads to work with.</param>
    /// <exception cref="UserException">The weights cannot be read, or are of another model.</exception>
    public Transformer Load(int sequences, int sequence, int threads)
    {
        Transformer model = new(Model, sequences, sequence, threads, forTraining: false);
        try
        {
            WeightsFile.Read(_weightsPath, model, WeightsFile.Weights);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
