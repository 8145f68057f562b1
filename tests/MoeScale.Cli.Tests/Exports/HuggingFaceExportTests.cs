using System.Text.Json;
using System.Text.RegularExpressions;
using MoeScale.Models;

namespace MoeScale.Cli.Tests.Exports;

/// <summary><c>export --to hf</c>, and back with <c>eval</c> and <c>cost</c>.</summary>
public sealed partial class HuggingFaceExportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Export_ARun_IsScoredAsTheRunItself()
    {
        string text = _folder.Write("text.txt", string.Concat(Enumerable.Repeat(SentenceRun.Sentence + "\n", 40)));
        string held = _folder.Write("held-out.txt", string.Concat(Enumerable.Repeat(SentenceRun.Sentence + "\n", 4)));
        string shape = _folder.Write("model.yaml", ModelFile.Write(SentenceRun.Shape));
        string run = _folder.In("run");
        string checkpoint = _folder.In("checkpoint");
        Finished trained = Shell.MoeScale([
            "train",
            "--model",
            shape,
            "--text",
            text,
            "--held-out",
            held,
            "--tokens",
            "2k",
            "--batch",
            "4",
            "--out",
            run,
        ]);
        Assert.True(trained.ExitCode == 0, trained.Error);
        Finished written = Shell.MoeScale("export", run, "--to", "hf", "--out", checkpoint, "--json");
        Assert.Equal((0, ""), (written.ExitCode, written.Error));
        JsonElement exported = JsonDocument.Parse(written.Output).RootElement;
        Assert.Equal(
            ["model.safetensors", "tokenizer.json", "tokenizer_config.json", "generation_config.json", "config.json"],
            exported.GetProperty("files").EnumerateArray().Select(f => f.GetProperty("name").GetString())
        );
        Assert.Equal("written_as", exported.GetProperty("notes")[0].GetProperty("kind").GetString());
        Assert.Equal(Loss(run), Loss(checkpoint));

        double Loss(string folder) => Shell.Json("eval", folder, "--text", held).GetProperty("loss").GetDouble();
    }

    [Fact]
    public void Export_AModel_IsCountedAsTheModelItself()
    {
        Finished exported = Shell.MoeScale("export", "mixtral-8x7b", "--to", "hf");
        Assert.Equal((0, "moescale: written as the architecture 'mixtral'.\n"), (exported.ExitCode, exported.Error));
        Assert.DoesNotContain("router", exported.Output);
        string config = _folder.Write("mixtral/config.json", exported.Output);
        Assert.Equal(46702792704, Shell.Json("cost", config).GetProperty("total_params").GetDouble());
    }

    /// <summary>One file is a folder too; weights beside a configuration are not lost without a word.</summary>
    [Fact]
    public void Export_ToAFolder_HoldsTheConfiguration()
    {
        string first = _folder.In("first");
        Finished exported = Shell.MoeScale("export", "gpt-2", "--to", "hf", "--out", first, "--json");
        Assert.Equal((0, ""), (exported.ExitCode, exported.Error));
        Assert.DoesNotContain("weights_not_copied", exported.Output);
        Assert.Equal([Path.Combine(first, "config.json")], Directory.GetFileSystemEntries(first));

        File.WriteAllText(Path.Combine(first, "model.safetensors"), "");
        string second = _folder.In("second");
        JsonElement again = Shell.Json("export", first, "--to", "hf", "--out", second);
        Assert.Contains("weights_not_copied", again.GetProperty("notes").EnumerateArray().Select(n => n.GetProperty("kind").GetString()));
        Assert.Equal([Path.Combine(second, "config.json")], Directory.GetFileSystemEntries(second));
    }

    [Fact]
    public void Export_WhatNoArchitectureSays_IsRefusedByItsKeys()
    {
        Finished refused = Shell.MoeScale("export", "grok-1", "--to", "hf");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("norm_after_parts true (the nearest, deepseek, has none)", refused.Error);
    }

    [Fact]
    public void Cost_OfAQuantizedConfiguration_CountsItsBytes()
    {
        string config = Shell.MoeScale("export", "gpt-oss-20b", "--to", "hf").Output;
        string path = _folder.Write("oss/config.json", config.Insert(1, "\"quantization_config\": { \"quant_method\": \"mxfp4\" },"));
        JsonElement cost = Shell.Json("cost", path, "--context", "131072");
        Assert.Equal(
            ("mxfp4", 4.25),
            (Of("quantization").GetProperty("method").GetString(), Of("quantization").GetProperty("bits").GetDouble())
        );
        Assert.Equal(12.8, Of("weights_bytes").GetDouble() / (1 << 30), 0.05);
        Assert.Equal(12 * (131072 + 128) * 2048.0, Of("kv_cache_bytes").GetDouble());
        Assert.Equal(12, Of("shape").GetProperty("windowed_blocks").GetDouble());
        string page = Spaces().Replace(Shell.MoeScale("cost", path).Output, " ");
        Assert.Contains("(mxfp4, 4.25 bits, for routed experts; all else bf16)", page);
        Assert.Contains("12 of 24 blocks keep the last 128 tokens of a sequence only (sliding windows)", page);
        Assert.Equal(JsonValueKind.Null, Shell.Json("cost", path, "--weights", "bf16").GetProperty("quantization").ValueKind);

        JsonElement Of(string name) => cost.GetProperty(name);
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
