using System.Text;
using MoeScale.Models;
using MoeScale.Training.Layers;
using MoeScale.Training.Safetensors;
using MoeScale.Training.Transformers;

namespace MoeScale.Cli.Tests;

/// <summary>The folder of a run whose byte model knows one sentence by heart, and one of a synthetic model that knows nothing.</summary>
public sealed class TinyRunFolder : IDisposable
{
    public const string Sentence = "The quick brown fox jumps over the lazy dog, and the cat naps.";
    private const int Separator = 0xFF;

    private static readonly Model Shape = new()
    {
        Name = "tiny",
        ModelWidth = 32,
        Blocks = 2,
        Heads = 2,
        KvHeads = 2,
        HeadWidth = 16,
        FeedForwardWidth = 64,
        ExpertWidth = 64,
        VocabularySize = 256,
        Context = Sentence.Length + 1,
    };

    public TinyRunFolder()
    {
        Path = Directory.CreateTempSubdirectory("moescale-run").FullName;
        Synthetic = System.IO.Path.Combine(Path, "synthetic");
        using Transformer model = new(Shape, 1, (int)Shape.Context, threads: 2);
        model.Initialize(new Initialization(1), seed: 3);
        Write(Synthetic, "synthetic", model);
        using AdamWOptimizer optimizer = new(model, new AdamWSettings());
        int[] text = [.. Encoding.UTF8.GetBytes(Sentence)];
        for (int step = 0; step < 150; step++)
        {
            model.ClearGradients();
            model.ForwardBackward([Separator, .. text], [.. text, Separator], 1f / (text.Length + 1));
            optimizer.Step(1e-2);
        }
        Write(Path, "bytes", model);
    }

    public string Path { get; }

    /// <summary>Of the model as it began, whose tokens are no text.</summary>
    public string Synthetic { get; }

    public string File(string name, string text)
    {
        string path = System.IO.Path.Combine(Path, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static void Write(string folder, string tokenizer, Transformer model)
    {
        Directory.CreateDirectory(folder);
        System.IO.File.WriteAllText(System.IO.Path.Combine(folder, "model.yaml"), ModelFile.Write(model.Model));
        System.IO.File.WriteAllText(System.IO.Path.Combine(folder, "run.json"), $"{{\"tokenizer\": \"{tokenizer}\"}}");
        SafetensorsFile.Write(
            System.IO.Path.Combine(folder, "model.safetensors"),
            [.. model.Parameters.Select(p => (p.Name, (IReadOnlyList<long>)p.Shape))],
            i => model.Parameters[i].Weights,
            new Dictionary<string, string>()
        );
    }
}
