using System.Text;
using MoeScale.Models;
using MoeScale.Training.Layers;
using MoeScale.Training.Runs;
using MoeScale.Training.Safetensors;
using MoeScale.Training.Transformers;

namespace MoeScale.Tests;

/// <summary>The folder of a run whose byte model knows one sentence by heart after a second of training.</summary>
public sealed class SentenceRun : IDisposable
{
    public const string Sentence = "The quick brown fox jumps over the lazy dog, and the cat naps.";
    public const int Context = 64;
    public const int Separator = 0xFF;

    private readonly TemporaryFolder _folder = new();

    public SentenceRun()
    {
        Write(Folder, "bytes", Trained());
        Synthetic = _folder.In("synthetic");
        Write(Synthetic, "synthetic", Untrained(Shape));
        Model = TrainedModel.Open(Folder);
    }

    public string Folder => _folder.Path;

    /// <summary>A run of the model as it began, whose tokens are no text.</summary>
    public string Synthetic { get; }

    public TrainedModel Model { get; }

    /// <summary>Of everything that a shape can leave out: norms without bias, rotary positions, grouped queries, gates.</summary>
    public static Model Shape { get; } =
        new()
        {
            Name = "tiny",
            ModelWidth = 32,
            Blocks = 2,
            Heads = 2,
            KvHeads = 1,
            HeadWidth = 16,
            FeedForwardWidth = 64,
            ExpertWidth = 64,
            VocabularySize = 256,
            Context = Context,
            Activation = Activation.SwiGlu,
            Normalization = Normalization.RmsNorm,
            Positions = Positions.Rope,
        };

    /// <summary>Writes model.yaml, run.json and model.safetensors; the caller's model is disposed.</summary>
    public static void Write(string folder, string tokenizer, Transformer model, string weights = "model.safetensors")
    {
        using (model)
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "model.yaml"), ModelFile.Write(model.Model));
            File.WriteAllText(
                Path.Combine(folder, "run.json"),
                $"{{\"tokenizer\": \"{tokenizer}\", \"context\": {model.Sequence}, \"seed\": 1}}"
            );
            string path = Path.Combine(folder, weights);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            SafetensorsFile.Write(
                path,
                [.. model.Parameters.Select(p => (p.Name, (IReadOnlyList<long>)p.Shape))],
                i => model.Parameters[i].Weights,
                new Dictionary<string, string>()
            );
        }
    }

    public static Transformer Untrained(Model shape, int sequence = Context)
    {
        Transformer model = new(shape, 1, sequence, threads: 2);
        model.Initialize(new Initialization(1, InitialCut.TwoDeviations), seed: 3);
        return model;
    }

    /// <summary>Writes a file of a test beside the model and gives its path.</summary>
    public string Add(string name, string text) => _folder.Write(name, text);

    public void Dispose() => _folder.Dispose();

    private static Transformer Trained()
    {
        Transformer model = new(Shape, 1, Context, threads: 2);
        model.Initialize(new Initialization(1, InitialCut.TwoDeviations), seed: 3);
        using AdamWOptimizer optimizer = new(model, new AdamWSettings());
        byte[] text = Encoding.UTF8.GetBytes(Sentence);
        int[] tokens = new int[Context];
        int[] targets = new int[Context];
        Array.Fill(targets, Transformer.NoTarget);
        tokens[0] = Separator;
        for (int i = 0; i < text.Length; i++)
        {
            tokens[i + 1] = targets[i] = text[i];
        }
        targets[text.Length] = Separator;
        for (int step = 0; step < 150; step++)
        {
            model.ClearGradients();
            model.ForwardBackward(tokens, targets, 1f / (text.Length + 1));
            optimizer.Step(1e-2);
        }
        return model;
    }
}
