using System.ComponentModel;
using System.Diagnostics;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Layers;
using MoeScale.Training.Safetensors;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Goldens;

/// <summary>The files of this folder, in one where they can be read; and what makes them.</summary>
public sealed class GoldenFiles : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names =>
        [
            "joint-2025",
            "fine-grained-2024",
            "gpt-2",
            "grouped-queries",
            "switch",
            "fine-grained",
            "selected-softmax",
            "balanced-by-bias",
            "shared-experts",
            "expert-choice",
        ];

    public string Folder => _folder.Path;

    /// <summary>A checkpoint, and the model file in its metadata.</summary>
    public SafetensorsFile OpenModel(string name, out Model model)
    {
        SafetensorsFile file = SafetensorsFile.Open(Extract($"{name}.safetensors"));
        model = ModelFile.Parse(YamlMap.Parse(file.Metadata["model"], name));
        return file;
    }

    /// <summary>What PyTorch made of it.</summary>
    public Dictionary<string, float[]> ReadGolden(string name) => Read(Extract($"{name}.golden.safetensors"));

    public static Dictionary<string, float[]> Read(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        return file.Tensors.ToDictionary(t => t.Name, t => Read(file, t));
    }

    /// <summary>Gives a model the weights of a checkpoint: names and shapes of all of them agree.</summary>
    internal static void Load(SafetensorsFile file, Transformer transformer)
    {
        Assert.Equal(
            file.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal),
            transformer.Parameters.Select(p => p.Name).Order(StringComparer.Ordinal)
        );
        foreach (Parameter p in transformer.Parameters)
        {
            SafetensorsTensor tensor = file.Find(p.Name)!;
            Assert.Equal(p.Shape, tensor.Shape);
            file.Read(tensor, p.Weights);
        }
    }

    /// <summary>Runs the script over the checkpoints in the folder.</summary>
    /// <param name="options">Of the script.</param>
    /// <returns>What it says; null where there is no Python that knows PyTorch.</returns>
    public string? MakeAgain(params string[] options)
    {
        string script = Extract("make_goldens.py");
        string? python = ((string[])["python3", "/usr/bin/python3"]).FirstOrDefault(p => Run(p, "-c", "import torch").ExitCode == 0);
        if (python is null)
        {
            return null;
        }
        (int exitCode, string text) = Run(python, [script, Folder, .. options]);
        Assert.True(exitCode == 0, text);
        return text;
    }

    public void Dispose() => _folder.Dispose();

    private static float[] Read(SafetensorsFile file, SafetensorsTensor tensor)
    {
        float[] values = new float[tensor.Count];
        file.Read(tensor, values);
        return values;
    }

    private string Extract(string name)
    {
        using Stream resource = typeof(GoldenFiles).Assembly.GetManifestResourceStream(name)!;
        using MemoryStream bytes = new();
        resource.CopyTo(bytes);
        return _folder.Write(name, bytes.ToArray());
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
