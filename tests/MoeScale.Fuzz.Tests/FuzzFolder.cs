using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace MoeScale.Fuzz.Tests;

/// <summary>A folder with one valid input of every kind that the command reads.</summary>
internal sealed class FuzzFolder : IDisposable
{
    public FuzzFolder()
    {
        Path = New("moescale-fuzz");
        Environment.CurrentDirectory = Path;
        WriteTables();
        WriteTexts();
        WriteTokenizer();
        Write(
            "config.json",
            """
            {"model_type": "llama", "vocab_size": 1000, "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
             "intermediate_size": 128, "max_position_embeddings": 128, "hidden_act": "silu", "tie_word_embeddings": false, "rms_norm_eps": 1e-6, "rope_theta": 10000.0}
            """
        );
        Write(
            "tiny.yaml",
            """
            id: tiny
            d_model: 16
            n_blocks: 2
            n_heads: 2
            expert_count: 2
            d_expert: 32
            top_k: 1
            vocab_size: 272
            context: 16
            activation: swiglu
            norm: rmsnorm
            positions: rope

            """
        );
        Write(
            "study.yaml",
            """
            id: tiny
            text: synthetic
            family: joint-2025
            model: { context: 16, n_blocks: 1, n_heads: 2 }
            grid: { d_model: [16, 24], experts: [1, 2] }
            train: { branches: [512, 1k], batch_tokens: 64, eval_tokens: 64, learning_rate: 1e-3 }
            """
        );
        Write("family.yaml", File.ReadAllText(Repository.In("catalog", "families", "joint-2025.yaml")));
        Expect("fit runs.csv --law chinchilla-2024 --starts 20 --bootstrap 20 --out law.yaml");
        Expect("train --text text.txt --tokens 512 --out run " + FuzzCases.Tiny);
        Expect("export run --to hf --out checkpoint");
        Expect("train --text text.txt --branches 512,1k --out trunk " + FuzzCases.Tiny);
        Expect("train --text text.txt --tokens 512 --sweep-lr --sweep-tokens 64 --out swept " + FuzzCases.Tiny);
        // What a run that was stopped has not.
        foreach (
            string ended in (string[])
                [
                    "swept/run.json",
                    "swept/result.json",
                    "swept/model.safetensors",
                    .. Directory.GetFiles("trunk", "result.json", SearchOption.AllDirectories),
                ]
        )
        {
            File.Delete(System.IO.Path.Combine(Path, ended));
        }
        Directory.CreateDirectory("begun");
        Copy(System.IO.Path.Combine(Path, "run"), System.IO.Path.Combine(Path, "begun"));
        File.Delete("begun/result.json");
        File.Copy("run/model.yaml", "model.yaml");
        Shell($"exec {MoeScale.Tests.Shell.ProgramLine} study run study.yaml --out study --threads 1 >study.log 2>&1");
    }

    public string Path { get; }

    /// <summary>In memory where the system has such a place: runs flush what they write to the disk.</summary>
    public static string New(string name)
    {
        const string memory = "/dev/shm";
        return Directory
            .CreateDirectory(
                System.IO.Path.Combine(Directory.Exists(memory) ? memory : System.IO.Path.GetTempPath(), $"{name}-{Environment.ProcessId}")
            )
            .FullName;
    }

    public static void Copy(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = System.IO.Path.Combine(to, System.IO.Path.GetRelativePath(from, file));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }

    public void Dispose()
    {
        Environment.CurrentDirectory = System.IO.Path.GetTempPath();
        Directory.Delete(Path, recursive: true);
    }

    private void Write(string name, string text) => File.WriteAllText(System.IO.Path.Combine(Path, name), text);

    private void WriteTables()
    {
        StringBuilder csv = new("run,active_params,tokens,experts,loss\n");
        StringBuilder lines = new();
        for (int i = 0; i < 40; i++)
        {
            double n = 1e6 * Math.Pow(2, i % 6);
            double d = 2e7 * Math.Pow(2, i % 7);
            double loss = 1.7 + (400 * Math.Pow(n, -0.34)) + (1500 * Math.Pow(d, -0.37)) + (0.01 * Math.Sin(i));
            csv.Append(FormattableString.Invariant($"r{i},{n},{d},{1 << (i % 3)},{loss:R}\n"));
            lines.Append(
                FormattableString.Invariant(
                    $"{{\"run\": \"r{i}\", \"active_params\": {n}, \"tokens\": {d}, \"experts\": {1 << (i % 3)}, \"loss\": {loss:R}}}\n"
                )
            );
        }
        Write("runs.csv", csv.ToString());
        Write("runs.jsonl", lines.ToString());
        Write("more.jsonl", lines.ToString());
        Write("runs.json", $"[{string.Join(",\n", lines.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries))}]");
        Pack("runs.csv");
        string parquet = Repository.In("tests", "MoeScale.Laws.Tests", "Runs", "Goldens", "duckdb-1.5.6-v2.parquet");
        File.Copy(parquet, System.IO.Path.Combine(Path, "runs.parquet"));
    }

    private void WriteTexts()
    {
        string text = string.Join(
            "<|endoftext|>",
            Enumerable.Range(0, 60).Select(i => $"Document {i} says that {i * i} is the square of {i}, and no more; so it ends.")
        );
        Write("text.txt", text);
        Write("text.jsonl", string.Concat(text.Split("<|endoftext|>").Select(t => JsonSerializer.Serialize(new { text = t }) + "\n")));
        Write(
            "choices.jsonl",
            string.Concat(
                Enumerable
                    .Range(0, 6)
                    .Select(i => $"{{\"context\": \"{i} and\", \"choices\": [\"one\", \"two\", \"three\"], \"answer\": {i % 3}}}\n")
            )
        );
        Pack("text.txt");
        Pack("choices.jsonl");
        File.WriteAllBytes("tokens.bin", [.. Encoding.UTF8.GetBytes(text).SelectMany(b => (byte[])[b, 0])]);
    }

    private void WriteTokenizer()
    {
        // GPT-2's letters of bytes: those that can be seen stand for themselves.
        int next = 256;
        string[] letters =
        [
            .. Enumerable
                .Range(0, 256)
                .Select(b => b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? $"{(char)b}" : $"{(char)next++}"),
        ];
        string[] tokens = [.. letters, "Do", "Doc", "<|endoftext|>"];
        Write("vocab.json", JsonSerializer.Serialize(tokens.Index().ToDictionary(t => t.Item, t => t.Index)));
        Write("merges.txt", "#version: 0.2\nD o\nDo c\n");
    }

    private void Pack(string name)
    {
        using FileStream file = File.Create(System.IO.Path.Combine(Path, name + ".gz"));
        using GZipStream packed = new(file, CompressionLevel.Fastest);
        packed.Write(File.ReadAllBytes(System.IO.Path.Combine(Path, name)));
    }

    private static void Expect(string command)
    {
        (int code, string error) = CommandInProcess.Run(command.Split(' '));
        Assert.True(code == 0, $"{command}: {code} {error}");
    }

    private void Shell(string line)
    {
        using Process process = Process.Start(new ProcessStartInfo("sh", ["-c", line]) { WorkingDirectory = Path })!;
        process.WaitForExit();
        Assert.True(process.ExitCode is 0 or 1, File.ReadAllText("study.log"));
    }
}
