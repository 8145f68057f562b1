using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;

namespace MoeScale.Cli.Tests.Exports;

/// <summary>
/// What <c>export</c> writes, compared with files that the engines' own code has read: the tests of MoeScale.Exchange show them to it where
/// there is a checkout. With MOESCALE_UPDATE_DOCS=1 they are written anew.
/// </summary>
public sealed class ExportGoldenTests : IDisposable
{
    private static readonly string Folder = Repository.In("tests", "MoeScale.Exchange.Tests", "Export", "Goldens");

    private readonly TemporaryFolder _folder = new();

    /// <summary>File, and the words of the command.</summary>
    public static TheoryData<string, string> Goldens { get; } =
        new()
        {
            {
                "dense.sh",
                "export llama-3-8b --to megatron --tokens 15T --batch-tokens 4M --lr 3e-4 --sequence 8192 --gpus 64 --tp 4 --pp 2 "
                    + "--tokenizer meta-llama/Meta-Llama-3-8B --data-path /data/web"
            },
            {
                "shared-experts.sh",
                "export deepseek-moe-16b-base --to megatron --tokens 2T --batch-tokens 18M --lr 4.2e-4 --schedule cosine --gpus 8 --ep 8 "
                    + "--recompute selective"
            },
            {
                "latent-attention.sh",
                "export deepseek-v2-lite --to megatron --tokens 5.7T --batch-tokens 18874368 --lr 4.2e-4 --sequence 4096 --gpus 32 --ep 8 "
                    + "--micro-batch 2 --zero 0"
            },
            {
                "several-nodes.sbatch",
                "export mixtral-8x7b --to megatron --tokens 1T --batch-tokens 4M --lr 3e-4 --sequence 4096 --gpus 64xH100 --tp 2 --pp 4 "
                    + "--ep 8 --cp 1 --etp 1 --sbatch"
            },
            {
                "prediction-module.sbatch",
                "export deepseek-v3 --to megatron --tokens 14.8T --batch-tokens 63M --lr 2.2e-4 --sequence 4096 --gpus 2048 --cp 2 --ep 64 "
                    + "--recompute full --sbatch"
            },
            {
                "uneven-stages.sh",
                "export deepseek-v3 --to megatron --tokens 14.8T --batch-tokens 63M --lr 2.2e-4 --sequence 4096 --gpus 2048 --pp 16 --ep 64"
            },
            {
                "given-stages.sh",
                "export qwen3-30b-a3b --to megatron --tokens 1T --batch-tokens 4M --lr 3e-4 --sequence 4096 --gpus 32 --pp 4 --ep 8 "
                    + "--stage-blocks 11,13,13,11"
            },
            { "window.sh", "export mistral-7b-v0.1 --to megatron --tokens 1T --batch-tokens 4M --lr 3e-4 --sequence 8192 --gpus 8" },
            {
                "sharded.sh",
                "export qwen3-30b-a3b --to megatron --tokens 1T --batch-tokens 4M --lr 3e-4 --sequence 4096 --gpus 16 --zero 3 --ep 4"
            },
            { "gelu.sh", "export gpt-2 --to megatron --tokens 10B --batch-tokens 512k --lr 6e-4 --precision fp32" },
            // Of tokens in whole steps, half of this ramp is no whole number.
            {
                "ramp.sh",
                "export llama-2-7b --to megatron --tokens 10B --batch-tokens 4M --batch-ramp 0.123 --lr 3e-4 --gpus 8 --decay 0"
            },
            { "plan.sh", "plan --gpus 64xH100 --days 10 --export megatron --tp 2 --ep 4" },
            { "cell.sh", $"export {Repository.Smoke}:d32/200K --to megatron" },
            { "run.sh", "export RUN --to megatron --gpus 2" },
            {
                "dense.py",
                "export llama-3-8b --to torchtitan --tokens 15T --batch-tokens 4M --lr 3e-4 --sequence 8192 --gpus 64 --tp 4 --pp 2 "
                    + "--tokenizer assets/llama --data-path /data/*.jsonl --schedule cosine"
            },
            {
                "shared_experts.py",
                "export deepseek-moe-16b-base --to torchtitan --tokens 2T --batch-tokens 18M --lr 4.2e-4 --gpus 16 --ep 8 --tp 2 "
                    + "--recompute selective --zero 3"
            },
            {
                "normed_queries.py",
                "export qwen3-30b-a3b --to torchtitan --tokens 1T --batch-tokens 4M --lr 3e-4 --sequence 4096 --gpus 32 --ep 8 --cp 2 "
                    + "--zero 0 --recompute full"
            },
            { "run.py", "export RUN --to torchtitan --gpus 2 --precision fp32" },
        };

    [Theory]
    [MemberData(nameof(Goldens))]
    public void Export_WhatItWrote_IsTheGoldenFile(string file, string words)
    {
        string path = Path.Combine(Folder, file);
        Finished run = Shell.MoeScaleIn(_folder.Path, [.. words.Replace("RUN", Run(), StringComparison.Ordinal).Split(' ')]);
        Assert.True(run.ExitCode == 0, run.Error);
        if (Environment.GetEnvironmentVariable("MOESCALE_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(path, run.Output);
        }
        Assert.Equal(File.ReadAllText(path), run.Output);
    }

    public void Dispose() => _folder.Dispose();

    // A folder of a run as train leaves it, of a model with experts.
    private string Run()
    {
        string folder = _folder.In("tiny-run");
        Directory.CreateDirectory(folder);
        File.Copy(Path.Combine(Folder, "run.yaml"), RunFolder.ModelIn(folder));
        RunConfiguration run = new()
        {
            Text = ["dotnet-docs"],
            Tokenizer = "bytes",
            Tokens = 1_024_000,
            Context = 128,
            BatchSequences = 16,
            MicroBatchSequences = 8,
            LearningRate = 2e-3,
            Schedule = RateShape.Wsd,
            WarmupTokens = 10_240,
            DecayTokens = 204_800,
            Seed = 3,
        };
        File.WriteAllText(RunFolder.ConfigurationIn(folder), run.ToJson());
        return folder;
    }
}
