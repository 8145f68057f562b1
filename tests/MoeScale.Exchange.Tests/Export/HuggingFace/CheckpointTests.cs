using System.Buffers;
using System.Text;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Data.Corpora;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.HuggingFace;
using MoeScale.Training.Runs;
using MoeScale.Training.Safetensors;
using MoeScale.Training.Scoring;
using MoeScale.Training.Transformers;

namespace MoeScale.Exchange.Tests.Export.HuggingFace;

/// <summary>Checkpoints of Hugging Face come in, whole or in parts, and those that do not fit are refused.</summary>
public sealed class CheckpointTests : IDisposable
{
    private static readonly Model Llama = TinyCheckpoints.All["llama"];

    private readonly TemporaryFolder _folder = new();

    private string Checkpoint => _folder.In("checkpoint");

    private string Weights => Path.Combine(Checkpoint, "model.safetensors");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    [InlineData("deepseek")]
    [InlineData("glm4_moe")]
    public void Load_WhatWasExported_HasTheSameBits(string name)
    {
        Model model = TinyCheckpoints.All[name];
        TinyCheckpoints.Export(model, _folder.In("run"), Checkpoint);
        RequireSame(model);
    }

    [Fact]
    public void Load_SeveralFilesWithAnIndex_HasTheSameBits()
    {
        TinyCheckpoints.Export(Llama, _folder.In("run"), Checkpoint);
        File.Delete(Weights);
        (string Name, Action<Stream> Write)[] files =
        [
            .. new CheckpointWriter("llama", Llama, _folder.In("run", "model.safetensors"), shardBytes: 4000).Files,
        ];
        foreach ((string name, Action<Stream> write) in files)
        {
            WholeFile.Write(Path.Combine(Checkpoint, name), write);
        }
        Assert.Equal("model-00001-of-00006.safetensors", files[0].Name);
        Assert.Equal("model.safetensors.index.json", files[^1].Name);
        RequireSame(Llama);
        File.Delete(Path.Combine(Checkpoint, files[2].Name));
        Complains("names model-00003-of-00006.safetensors, which is not beside it");
    }

    /// <summary>Files of the bare GPT-2 have no prefix, and hold masks; tied heads may stand there too.</summary>
    [Fact]
    public void Load_NamesOfOldFiles_AreKnown()
    {
        Model model = TinyCheckpoints.All["gpt2"];
        TinyCheckpoints.Export(model, _folder.In("run"), Checkpoint);
        Rewrite(t => t.Name.Replace("transformer.", ""), ("h.0.attn.bias", [1, 1, 4, 4]), ("lm_head.weight", [31, 16]));
        RequireSame(model);
    }

    [Theory]
    [InlineData("F16", 5e-4)]
    [InlineData("BF16", 8e-3)]
    public void Load_HalfNumbers_AreWidened(string type, double tolerance)
    {
        TinyCheckpoints.Export(Llama, _folder.In("run"), Checkpoint);
        Halve(type);
        using Transformer written = TinyCheckpoints.Draw(Llama);
        using Transformer read = Load(Llama);
        Assert.All(
            written.Parameters.Zip(read.Parameters),
            p => Assert.All(p.First.Weights.ToArray().Zip(p.Second.Weights.ToArray()), v => Assert.Equal(v.First, v.Second, tolerance))
        );
    }

    [Fact]
    public void Load_TensorsThatDoNotFit_AreNamed()
    {
        TinyCheckpoints.Export(Llama, _folder.In("run"), Checkpoint);
        byte[] whole = File.ReadAllBytes(Weights);
        Rewrite(t => t.Name.Replace("norm.weight", "norm.gain"));
        Complains("has no tensor 'model.layers.0.input_layernorm.weight' in its weights, which its config.json asks for");
        File.WriteAllBytes(Weights, whole);
        Rewrite(t => t.Name, ("model.layers.0.self_attn.q_norm.weight", [4]));
        Complains("has tensors in its weights that its config.json does not ask for: model.layers.0.self_attn.q_norm.weight.");
        File.WriteAllBytes(Weights, whole);
        ReplaceInConfig("\"intermediate_size\": 24", "\"intermediate_size\": 20");
        Complains("'model.layers.0.mlp.gate_proj.weight' is (24, 16) in its weights, and its config.json asks for (20, 16)");
    }

    [Fact]
    public void Open_WhatIsNotComputedHere_SaysWhy()
    {
        TinyCheckpoints.Export(Llama, _folder.In("run"), Checkpoint);
        ReplaceInConfig("\"model_type\": \"llama\"", "\"model_type\": \"qwen3\"");
        Complains("norms of queries and keys (qk_norm) are not built");
        ReplaceInConfig("\"model_type\": \"qwen3\"", "\"rope_scaling\": { \"rope_type\": \"llama3\" }, \"model_type\": \"llama\"");
        Complains("rotary positions scaled by 'llama3'");
        TinyCheckpoints.Export(Llama, _folder.In("run"), Checkpoint);
        File.Delete(Weights);
        Complains("has a config.json but no weights");
        _folder.Write("checkpoint/model.safetensors.index.json", """{ "weight_map": { "a": "../run/model.safetensors" } }""");
        Complains("names '../run/model.safetensors', which is no file beside it");
        _folder.Write("checkpoint/model.safetensors.index.json", """{ "weights": [] }""");
        Complains("is no index of weights");
    }

    [Fact]
    public void Tokenizer_OfBytes_ComesBackToTheSameTokens()
    {
        Model model = Llama with { VocabularySize = 256 };
        TinyCheckpoints.Export(model, _folder.In("run"), Checkpoint, "bytes");
        ByteTokenizer bytes = new();
        ITokenizer read = TrainedModel.Open(Checkpoint).Tokenizer!;
        Assert.Equal((bytes.Separator, bytes.VocabularySize), (read.Separator, read.VocabularySize));
        const string text = "Don't you know: a\tnaïve façade, 日本語 and 🙂?\n\n  x  ";
        Assert.Equal(Encode(bytes, text), Encode(read, text));
        Assert.Equal(text, TokenText.Of(read, Encode(read, text).Select(t => (int)t)));
    }

    /// <summary>A vocabulary of every byte and two merges, as the two files of GPT-2, and as tokenizer.json.</summary>
    [Fact]
    public void Tokenizer_OfMerges_ComesBackToTheSameTokens()
    {
        Model model = Llama with { VocabularySize = 259 };
        string run = _folder.In("run");
        SentenceRun.Write(run, "gpt2", TinyCheckpoints.Draw(model));
        TinyCheckpoints.Export(Llama with { VocabularySize = 256 }, _folder.In("bytes"), _folder.In("from"), "bytes");
        string json = File.ReadAllText(_folder.In("from", "tokenizer.json"));
        string vocabulary = json[(json.IndexOf("\"vocab\": {", StringComparison.Ordinal) + 9)..];
        vocabulary = vocabulary[..vocabulary.IndexOf("\n    }", StringComparison.Ordinal)].Replace("<|endoftext|>", "\\u00ff");
        _folder.Write("run/vocab.json", vocabulary + ", \"th\": 256, \"the\": 257, \"<|endoftext|>\": 258 }");
        _folder.Write("run/merges.txt", "#version: 0.2\nt h\nth e\n");
        TinyCheckpoints.Export(model, run, Checkpoint, "gpt2");
        ITokenizer written = TrainedModel.Open(run).Tokenizer!;
        ITokenizer read = TrainedModel.Open(Checkpoint).Tokenizer!;
        Assert.Equal((258, 259), (read.Separator, read.VocabularySize));
        Assert.Equal([257, 114, 101], Encode(read, "there"));
        Assert.Equal(Encode(written, "the other's thing"), Encode(read, "the other's thing"));
    }

    [Theory]
    [InlineData("\"type\": \"BPE\"", "\"type\": \"Unigram\"", "its model is of the type Unigram")]
    [InlineData("\"normalizer\": null", "\"normalizer\": { \"type\": \"NFC\" }", "it has a normalizer (NFC)")]
    [InlineData("\"pre_tokenizer\"", "\"other\"", "it does not cut text into the words of GPT-2")]
    [InlineData("\"content\": \"<|endoftext|>\"", "\"content\": 7", "an added token has no content or no id")]
    [InlineData("\"byte_fallback\": false", "\"byte_fallback\": true", "its model has 'byte_fallback'")]
    [InlineData("\"vocab\": {", "\"vocab\": { \"x\": 70000,", "'x' has the id 70000, above 65535")]
    public void Tokenizer_OfAnotherKind_IsNamedWhereTextIsNeeded(string before, string after, string reason)
    {
        TinyCheckpoints.Export(Llama with { VocabularySize = 256 }, _folder.In("run"), Checkpoint, "bytes");
        string path = Path.Combine(Checkpoint, "tokenizer.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace(before, after));
        TrainedModel trained = TrainedModel.Open(Checkpoint);
        Assert.Null(trained.Tokenizer);
        CorpusRequest text = new() { Paths = [_folder.Write("text.txt", "A text.")] };
        TextEvaluation evaluation = new() { Threads = 1 };
        Assert.Contains(reason, Assert.Throws<UserException>(() => evaluation.Score(trained, text)).Message);
    }

    [Fact]
    public void Tokenizer_WithoutTheTokenThatEndsDocuments_IsRefused()
    {
        TinyCheckpoints.Export(Llama with { VocabularySize = 256 }, _folder.In("run"), Checkpoint, "bytes");
        ReplaceInConfig("\"eos_token_id\": 255", "\"eos_token_id\": 256");
        Assert.Null(TrainedModel.Open(Checkpoint).Tokenizer);
    }

    private static ushort[] Encode(ITokenizer tokenizer, string text)
    {
        ArrayBufferWriter<ushort> tokens = new();
        tokenizer.Encode(Encoding.UTF8.GetBytes(text), tokens);
        return tokens.WrittenSpan.ToArray();
    }

    private Transformer Load(Model model) => TrainedModel.Open(Checkpoint).Load(1, (int)model.Context, threads: 1);

    private void RequireSame(Model model)
    {
        using Transformer written = TinyCheckpoints.Draw(model);
        using Transformer read = Load(model);
        Assert.Equal(written.Parameters.Select(p => p.Name), read.Parameters.Select(p => p.Name));
        Assert.All(
            written.Parameters.Zip(read.Parameters),
            p => Assert.True(p.First.Weights.SequenceEqual(p.Second.Weights), p.First.Name)
        );
    }

    private void Complains(string part) => Assert.Contains(part, Assert.Throws<UserException>(() => Load(Llama).Dispose()).Message);

    private void ReplaceInConfig(string before, string after)
    {
        string path = Path.Combine(Checkpoint, "config.json");
        string text = File.ReadAllText(path);
        Assert.Contains(before, text);
        File.WriteAllText(path, text.Replace(before, after));
    }

    private void Rewrite(Func<SafetensorsTensor, string> rename, params (string Name, long[] Shape)[] further)
    {
        (string Name, IReadOnlyList<long> Shape, float[] Values)[] all = [.. Read(rename), .. further.Select(Zeros)];
        SafetensorsFile.Write(Weights, [.. all.Select(t => (t.Name, t.Shape))], i => all[i].Values, new Dictionary<string, string>());

        static (string, IReadOnlyList<long>, float[]) Zeros((string Name, long[] Shape) t) =>
            (t.Name, t.Shape, new float[t.Shape.Aggregate(1L, (a, b) => a * b)]);
    }

    private List<(string, IReadOnlyList<long>, float[])> Read(Func<SafetensorsTensor, string> rename)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Weights);
        List<(string, IReadOnlyList<long>, float[])> all = [];
        foreach (SafetensorsTensor tensor in file.Tensors)
        {
            float[] values = new float[tensor.Count];
            file.Read(tensor, values);
            all.Add((rename(tensor), tensor.Shape, values));
        }
        return all;
    }

    // The same file with two bytes a number.
    private void Halve(string type)
    {
        byte[] file = File.ReadAllBytes(Weights);
        int header = BitConverter.ToInt32(file);
        string json = Encoding.UTF8.GetString(file, 8, header).Replace("F32", type);
        json = System.Text.RegularExpressions.Regex.Replace(
            json,
            @"\[(\d+),(\d+)\](?=\})",
            m => $"[{int.Parse(m.Groups[1].Value) / 2},{int.Parse(m.Groups[2].Value) / 2}]"
        );
        byte[] text = Encoding.UTF8.GetBytes(json);
        List<byte> halves = [.. BitConverter.GetBytes((long)text.Length), .. text];
        for (int at = 8 + header; at < file.Length; at += 4)
        {
            float value = BitConverter.ToSingle(file, at);
            ushort half =
                type == "F16" ? BitConverter.HalfToUInt16Bits((Half)value) : (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);
            halves.AddRange(BitConverter.GetBytes(half));
        }
        File.WriteAllBytes(Weights, [.. halves]);
    }
}
