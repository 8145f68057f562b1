using System.Diagnostics;
using System.Text.Json;

namespace MoeScale.Cli.Tests;

public sealed class TrainCommandTests : IDisposable
{
    private const string Tiny = "train --family joint-2025 --d-model 64 --context 32 --text synthetic --eval-tokens 4096 --batch 4";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Train_OnSyntheticText_PrintsTheResultThatItKeeps()
    {
        Finished run = Train($"{Tiny} --tokens 20k --out a --json");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        JsonElement result = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal(
            [
                "model",
                "loss",
                "tokens",
                "active_params",
                "total_params",
                "active_params_nonembedding",
                "total_params_nonembedding",
                "experts",
                "granularity",
                "top_k",
                "expert_count",
                "shared_experts",
                "d_model",
                "n_blocks",
                "n_heads",
                "n_kv_heads",
                "head_dim",
                "d_ff",
                "d_expert",
                "vocab_size",
                "context",
                "router_params",
                "stored_params",
                "kv_values_per_token",
                "matrix_flops_per_token",
                "train_flops",
                "training_loss",
                "held_out",
                "loss_floor",
                "steps",
                "seconds",
                "thread_seconds",
                "tokens_per_second",
                "seed",
                "learning_rate",
                "batch_tokens",
                "micro_batch_tokens",
                "schedule",
                "text",
                "tokenizer",
            ],
            result.EnumerateObject().Select(p => p.Name)
        );
        Assert.Equal(20000, result.GetProperty("tokens").GetInt64());
        Assert.Equal(
            result.GetProperty("loss").GetDouble(),
            JsonDocument.Parse(File.ReadAllText(_folder.In("a", "result.json"))).RootElement.GetProperty("loss").GetDouble()
        );
        // Again: nothing is trained, the answer is the same.
        DateTime written = File.GetLastWriteTimeUtc(_folder.In("a", "model.safetensors"));
        Finished again = Train($"{Tiny} --tokens 20k --out a");
        Assert.Contains("finished already", again.Output);
        Assert.Equal(written, File.GetLastWriteTimeUtc(_folder.In("a", "model.safetensors")));
    }

    /// <summary>kill -9 at any moment, several times, and with other threads: the weights are those of a run that was left alone.</summary>
    [Fact]
    public void Train_KilledAndStartedAgain_EndsWithTheSameBits()
    {
        string line = $"{Tiny} --tokens 60k --checkpoint-steps 7 --out";
        Assert.Equal(0, Train($"{line} whole --threads 2").ExitCode);
        Random random = new(1);
        // 468 steps in all.
        for (int steps = random.Next(100); steps < 400; steps += 50 + random.Next(100))
        {
            using Process process = Begin($"{line} cut --threads 1");
            while (Steps() < steps)
            {
                Assert.False(process.WaitForExit(5), "It ended before it was killed.");
            }
            process.Kill();
            process.WaitForExit();
        }
        Finished last = Train($"{line} cut");
        Assert.Equal(0, last.ExitCode);
        Assert.Matches(@"^moescale: goes on after step \d+ \(\d+ tokens\)\.\n$", last.Error);
        Assert.Equal(
            File.ReadAllBytes(_folder.In("whole", "model.safetensors")),
            File.ReadAllBytes(_folder.In("cut", "model.safetensors"))
        );

        int Steps()
        {
            string metrics = _folder.In("cut", "metrics.jsonl");
            if (!File.Exists(metrics))
            {
                return 0;
            }
            using StreamReader reader = new(new FileStream(metrics, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return reader.ReadToEnd().Count(c => c == '\n');
        }
    }

    [Fact]
    public void Train_Interrupted_KeepsACheckpointAndSaysHowToGoOn()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are sent by kill.");
        using Process process = Begin($"{Tiny} --tokens 10M --checkpoint-seconds 0 --out a");
        string metrics = _folder.In("a", "metrics.jsonl");
        for (int i = 0; i < 600 && !(File.Exists(metrics) && new FileInfo(metrics).Length > 0); i++)
        {
            Thread.Sleep(100);
        }
        Assert.True(File.Exists(metrics), "A minute went by without a step.");
        // Ctrl-C's own signal is ignored in what a background shell starts, and so in many a test run.
        Assert.Equal(0, Shell.Line($"kill -TERM {process.Id}", _folder.Path).ExitCode);
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(1, process.ExitCode);
        Assert.Matches(@"^moescale: stopped after step \d+ \(\d+ tokens\); the same command goes on from there\.\n$", error);
        Assert.True(File.Exists(_folder.In("a", "checkpoint", "state.json")));
    }

    [Fact]
    public void Train_AfterTooLittleText_ReadsTheTextThatWasAdded()
    {
        string text = _folder.In("a.txt");
        File.WriteAllText(text, new string('a', 1000));
        const string Line = "train --family joint-2025 --d-model 64 --context 32 --text a.txt --held-out 0 --batch 4 --tokens 2k --out a";
        Finished little = Train(Line);
        Assert.Equal(2, little.ExitCode);
        Assert.StartsWith("moescale: a.txt has 1,001 tokens to train on; the run needs 1,984.", little.Error);
        File.AppendAllText(text, new string('b', 2000));
        Assert.Equal((0, ""), (Train(Line).ExitCode, Train(Line).Error));
    }

    [Fact]
    public void Train_OnATextOfOnesOwn_TellsBitsPerByteAndKeepsItsTokens()
    {
        for (int i = 0; i < 200; i++)
        {
            File.WriteAllText(
                Path.Combine(Directory.CreateDirectory(_folder.In("corpus")).FullName, $"{i}.txt"),
                $"Document {i} says that {i} and {i + 1} make {i + i + 1}, which is odd.\n"
            );
        }
        Finished run = Train("train --family joint-2025 --d-model 64 --context 32 --text corpus --held-out 0.2 --tokens 8k --out a --json");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        JsonElement result = JsonDocument.Parse(run.Output).RootElement;
        double loss = result.GetProperty("loss").GetDouble();
        // A token is a byte, and one in 60 a separator, of no bytes.
        Assert.InRange(result.GetProperty("bits_per_byte").GetDouble() * Math.Log(2), loss, loss * 1.05);
        Assert.True(File.Exists(_folder.In("a", "data", "train.bin")));
    }

    [Fact]
    public void Train_OfBranches_WritesATableThatFitReads()
    {
        Finished run = Train($"{Tiny} --branches 4k,8k,16k,32k,64k --out t");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(
            ["16.0K", "32.0K", "4.00K", "64.0K", "8.00K"],
            Directory.GetDirectories(_folder.In("t", "branches")).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
        string[] rows = File.ReadAllLines(_folder.In("t", "runs.jsonl"));
        Assert.Equal(
            [4000.0, 8000, 16000, 32000, 64000],
            rows.Select(r => JsonDocument.Parse(r).RootElement.GetProperty("tokens").GetDouble())
        );
        Finished fit = Shell.MoeScaleIn(
            _folder.Path,
            "fit",
            "t/runs.jsonl",
            "--formula",
            "c + a*D^-b",
            "--map",
            "L=loss,D=tokens",
            "--fix",
            "c=0.88",
            "--json"
        );
        Assert.Equal(5, JsonDocument.Parse(fit.Output).RootElement.GetProperty("rows").GetInt32());
        // All are there: nothing is trained again.
        Assert.Equal(0, Train($"{Tiny} --branches 4k,8k,16k,32k,64k --out t").ExitCode);
    }

    [Fact]
    public void Train_WithASweep_TakesTheBestRateAndKeepsIt()
    {
        Finished run = Train($"{Tiny} --tokens 20k --sweep-lr --sweep-tokens 4k --out s");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("taken", run.Output);
        Assert.Contains("the best of a sweep", run.Output);
        Assert.Contains("finished already", Train($"{Tiny} --tokens 20k --sweep-lr --sweep-tokens 4k --out s").Output);
    }

    [Fact]
    public void Train_ThatExplodes_SaysWhereAndEndsWithCode1()
    {
        Finished run = Train($"{Tiny} --tokens 60k --lr 1 --warmup 0 --out a --json");
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Matches(
            @"^moescale: step \d+: the loss explodes, to .* nats .*: the longest gradient is that of '.*', .*\. "
                + @"Lower --lr or --clip, or raise --warmup, in another --out\.\n$",
            run.Error
        );
    }

    [Fact]
    public void DryRun_OfATrain_ShowsAllAndMakesNothing()
    {
        Finished run = Train($"{Tiny} --tokens 20k --out a --dry-run");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("joint-2025-lr would say", run.Output);
        Assert.All(run.Output.Split('\n'), line => Assert.True(line.Length <= 80, line));
        Assert.False(Directory.Exists(_folder.In("a")));
    }

    /// <summary>What stops a run before its first step stops its rehearsal in the same words.</summary>
    [Fact]
    public void DryRun_OfWhatCannotBe_FindsWhatTheRunWould()
    {
        const string Model = "train --family joint-2025 --d-model 64 --context 16 --tokens 2k";
        string brief = _folder.In("short.txt");
        File.WriteAllText(brief, "Not enough to train on.");
        File.WriteAllBytes(_folder.In("wide.bin"), [.. Enumerable.Range(0, 4000).SelectMany(i => BitConverter.GetBytes(i % 199))]);
        Assert.Equal(0, Train($"{Model} --text synthetic --out there").ExitCode);
        foreach (
            (string line, string expected) in ((string, string)[])
                [
                    ($"{Model} --text short.txt --out a", "it is one document, of which no share can be held out"),
                    ($"{Model} --text short.txt --held-out 0 --out a", "Give more text or train on fewer tokens"),
                    ($"{Model} --text wide.bin --vocab-size 256 --out a", "Give --token-type int32"),
                    ($"{Model} --text wide.bin --vocab-size 199 --token-type int32 --out a", "id 198, the last of the vocabulary"),
                    ($"{Model} --text synthetic --seed 5 --out there", "there holds another run: seed is 0 there and 5 now"),
                ]
        )
        {
            Finished run = Train(line);
            Finished rehearsal = Train($"{line} --dry-run");
            Assert.Equal((2, ""), (rehearsal.ExitCode, rehearsal.Output));
            Assert.Contains(expected, rehearsal.Error);
            Assert.Equal(run.Error, rehearsal.Error);
        }
    }

    [Fact]
    public void Train_OnAFileOfTokens_SaysHowItWasRead()
    {
        File.WriteAllBytes(_folder.In("wide.bin"), [.. Enumerable.Range(0, 4000).SelectMany(i => BitConverter.GetBytes(i % 199))]);
        Finished run = Train(
            "train --family joint-2025 --d-model 64 --context 16 --vocab-size 200 --text wide.bin --token-type int32 --separator 198 "
                + "--held-out 0 --tokens 2k --out a --json"
        );
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        JsonElement result = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal((4000, 21), (result.GetProperty("text_tokens").GetInt32(), result.GetProperty("text_documents").GetInt32()));
        Assert.Equal(
            ("int32", "given", "198", "given"),
            (
                result.GetProperty("token_type").GetString(),
                result.GetProperty("token_type_from").GetString(),
                result.GetProperty("separator").GetString(),
                result.GetProperty("documents_from").GetString()
            )
        );
        Assert.Contains("--separator belongs to a file of tokens", Train($"{Tiny} --tokens 4k --separator 3 --out b").Error);
    }

    [Fact]
    public void Train_WithOtherSettingsInItsFolder_NamesTheDifference()
    {
        Train($"{Tiny} --tokens 4k --out a");
        Finished run = Train($"{Tiny} --tokens 4k --seed 3 --out a");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("moescale: a holds another run: seed is 0 there and 3 now.", run.Error);
    }

    [Theory]
    [InlineData(
        "--tokens 1M --family joint-2025 --d-model 64 --text synthetic",
        "nothing says where the run is to be kept. Give --out FOLDER."
    )]
    [InlineData(
        "--tokens 1M --text synthetic --out a",
        "nothing says which model to train. Give --model FILE, or --family ID with --d-model N."
    )]
    [InlineData("--tokens 1M --text synthetic --out a --model gpt-2 --family joint-2025", "--model and --family are two models.")]
    [InlineData(
        "--tokens 1M --text synthetic --out a --model gpt-2 --d-model 64",
        "--d-model is a size of a --family; what --model names has its own."
    )]
    [InlineData(
        "--tokens 1M --text synthetic --out a --family joint-2025",
        "'joint-2025' is a family of models. Say which: --d-model 64, for example."
    )]
    [InlineData(
        "--tokens 1M --text synthetic --out a --family joint-2025 --d-model 65",
        "'joint-2025' has no model of d_model 65: n_blocks 1.015625 is not a whole number."
    )]
    [InlineData("--tokens 1M --out a --family joint-2025 --d-model 64", "nothing says what to train on. Give --text")]
    [InlineData(
        "--text synthetic --out a --family joint-2025 --d-model 64",
        "nothing says how long to train. Give --tokens 2M, for example, or --branches"
    )]
    [InlineData(
        "--tokens 100 --text synthetic --out a --family joint-2025 --d-model 64",
        "--tokens '100' is less than one sequence of 512 tokens."
    )]
    [InlineData(
        "--tokens 1M --text dotnet-docs --out a --family joint-2025 --d-model 64 --vocab-size 100",
        "'joint-2025-64' has a vocabulary of 100, but the tokenizer has 256 tokens. Raise --vocab-size to 256"
    )]
    [InlineData(
        "--tokens 1M --text dotnet-docs --out a --family joint-2025 --d-model 64 --tokenizer gpt2",
        "--tokenizer gpt2 needs the two files of the tokenizer"
    )]
    [InlineData(
        "--tokens 1M --text dotnet-docs --out a --family joint-2025 --d-model 64 --tokenizer byte",
        "--tokenizer 'byte' is not known (did you mean 'bytes'?)."
    )]
    [InlineData(
        "--tokens 2k --text synthetic --out a --family joint-2025 --d-model 64 --field body",
        "--field names what of a JSON line is the document, and synthetic has no such lines. Leave it out."
    )]
    [InlineData(
        "--tokens 2k --text synthetic --out a --family joint-2025 --d-model 64 --context 64 --batch 64",
        "a step has 4096 tokens, and the run 1984. Lower --batch, or train longer."
    )]
    [InlineData(
        "--tokens 1M --text synthetic --out a --family joint-2025 --d-model 64 --batch-tokens 100",
        "--batch-tokens '100' is less than one sequence of 512 tokens."
    )]
    [InlineData(
        "--tokens 1M --text synthetic --out a --family joint-2025 --d-model 64 --lr 1e-3 --sweep-lr",
        "--lr gives the rate that --sweep-lr would look for."
    )]
    [InlineData(
        "--tokens 1M --text synthetic --out a --family joint-2025 --d-model 64 --schedule linear",
        "--schedule 'linear' is not known. Known are wsd and cosine."
    )]
    [InlineData(
        "--tokens 1M --text synthetic --out a --family joint-2025 --d-model 64 --warmup 2M",
        "--warmup '2M' is as long as the run of 999936 tokens."
    )]
    [InlineData(
        "--branches 1M,2M --schedule cosine --text synthetic --out a --family joint-2025 --d-model 64",
        "--branches share a run at constant rate, which --schedule cosine has not."
    )]
    [InlineData("--tokens 1M --text dotnet-docs --out a --model llama-3-70b", "'Llama-3-70B' needs ")]
    [InlineData("--tokens 1M --text dotnet-docs --out a --model mixtral-8x7b", "'Mixtral-8x7B-v0.1' needs ")]
    [InlineData(
        "--tokens 1k --text no-such-file --out a --family joint-2025 --d-model 64",
        "no-such-file cannot be read: there is no such file."
    )]
    [InlineData("--tokens 100M --text dotnet-docs --out a --family joint-2025 --d-model 64", "dotnet-docs has ")]
    public void Train_WrongUse_SaysWhatWhyAndCure(string line, string expected)
    {
        Finished run = Train($"train {line}");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"moescale: {expected}", run.Error);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    private Finished Train(string line) => Shell.MoeScaleIn(_folder.Path, line.Split(' '));

    private Process Begin(string line) => Shell.Begin(_folder.Path, line.Split(' '));
}
