using System.ComponentModel;
using System.Diagnostics;
using MoeScale.Models;
using MoeScale.Training.Runs;
using MoeScale.Training.Safetensors;
using MoeScale.Training.Transformers;

namespace MoeScale.Exchange.Tests.Export.HuggingFace;

/// <summary>
/// Exported models give the logits that the formulas of transformers give, which a second implementation in PyTorch computes from the
/// exported files (Goldens/huggingface_logits.py). MOESCALE_UPDATE_GOLDENS=1 takes what it computes for the goldens.
/// </summary>
public sealed class LogitsTests : IDisposable
{
    private const string Goldens = "huggingface.golden.safetensors";

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => [.. TinyCheckpoints.All.Keys];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Logits_OfAModelAndOfItsCheckpoint_AreThoseOfTheGolden(string name)
    {
        Model model = TinyCheckpoints.All[name];
        float[] golden = ReadGoldens(Extract(Goldens))[name];
        TinyCheckpoints.Export(model, _folder.In("run"), _folder.In(name));
        using Transformer ours = TinyCheckpoints.Draw(model);
        using Transformer back = TrainedModel.Open(_folder.In(name)).Load(TinyCheckpoints.Sequences, TinyCheckpoints.Sequence, threads: 1);
        int[] tokens = TinyCheckpoints.Tokens(model);
        float[] logits = ours.Logits(tokens, 0, tokens.Length).ToArray();
        Assert.Equal(golden.Length, logits.Length);
        Assert.InRange(logits.Max(Math.Abs), 0.5, 20);
        Assert.All(golden.Zip(logits), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.Equal(logits, back.Logits(tokens, 0, tokens.Length).ToArray());
    }

    [Fact]
    public void PyTorch_ComputesTheGoldensAgain()
    {
        string? python = ((string[])["python3", "/usr/bin/python3"]).FirstOrDefault(p => Run(p, "-c", "import torch").ExitCode == 0);
        Assert.SkipWhen(python is null, "there is no python3 with PyTorch here (Debian: apt-get install python3-torch)");
        foreach ((string name, Model model) in TinyCheckpoints.All)
        {
            TinyCheckpoints.Export(model, _folder.In("run"), _folder.In(name));
        }
        // Outside a checkpoint, so that it is not taken for one.
        Directory.Delete(_folder.In("run"), recursive: true);
        (int exitCode, string text) = Run(python, Extract("huggingface_logits.py"), _folder.Path);
        Assert.True(exitCode == 0, text);
        Dictionary<string, float[]> again = ReadGoldens(_folder.In(Goldens));
        if (Environment.GetEnvironmentVariable("MOESCALE_UPDATE_GOLDENS") == "1")
        {
            string committed = Path.Combine(Repository.Root, "tests", "MoeScale.Exchange.Tests", "Goldens", Goldens);
            File.Copy(_folder.In(Goldens), committed, overwrite: true);
            return;
        }
        Dictionary<string, float[]> goldens = ReadGoldens(Extract(Goldens));
        Assert.Equal(goldens.Keys.Order(StringComparer.Ordinal), again.Keys.Order(StringComparer.Ordinal));
        Assert.All(goldens, g => Assert.All(g.Value.Zip(again[g.Key]), pair => Assert.Equal(pair.First, pair.Second, 1e-6)));
    }

    private static Dictionary<string, float[]> ReadGoldens(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        return file.Tensors.ToDictionary(
            t => t.Name,
            t =>
            {
                float[] values = new float[t.Count];
                file.Read(t, values);
                return values;
            }
        );
    }

    private string Extract(string name)
    {
        using Stream resource = typeof(LogitsTests).Assembly.GetManifestResourceStream(name)!;
        using MemoryStream bytes = new();
        resource.CopyTo(bytes);
        return _folder.Write(Path.Combine("resources", name), bytes.ToArray());
    }

    private static (int ExitCode, string Text) Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(
                new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
            )!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, text + errors.Result);
        }
        catch (Win32Exception)
        {
            return (-1, $"there is no {program}");
        }
    }
}
