using System.Text.Json;

namespace MoeScale.Cli.Tests.Exports;

public sealed class ExportCommandTests : IDisposable
{
    private const string Trained = "--tokens 1T --batch-tokens 4M --lr 3e-4";

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("export llama-3-8b", "--to says what to export for: megatron, torchtitan")]
    [InlineData("export llama-3-8b --to megaton", "--to 'megaton' is not known (did you mean 'megatron'?)")]
    [InlineData("export llama-3-8b --to megatron", "Give also, for example: --tokens 100B, --batch-tokens 4M, --lr 3e-4.")]
    [InlineData("export llama-3-8b --to megatron --tokens 1T --lr 3e-4", "Give also, for example: --batch-tokens 4M.")]
    [InlineData($"export llama-3-8b --to torchtitan {Trained} --sbatch", "--sbatch has no effect on an export to torchtitan.")]
    [InlineData($"export gpt-oss-20b --to megatron {Trained}", "it has no words for a sliding window of 128 tokens.")]
    [InlineData($"export llama-3-8b --to megatron {Trained} --gpus 12 --dp 3 --tp 2", "3 data x 2 tensor x 1 pipeline ranks are 6")]
    [InlineData(
        $"export llama-3-8b --to megatron {Trained} --tp 3",
        "--tensor-parallel 3 does not divide --sequence 8192; give a multiple"
    )]
    [InlineData($"export llama-3-8b --to megatron {Trained} --pp 33", "--pipeline-parallel 33 is above n_blocks 32")]
    [InlineData(
        $"export llama-3-8b --to megatron {Trained} --pp 2 --stage-blocks 16,15",
        "--stage-blocks add up to 31, but n_blocks is 32"
    )]
    [InlineData($"export gpt-2 --to megatron {Trained} --sequence 4096", "--sequence 4096 is above the context of 1024 learned positions")]
    [InlineData($"export llama-3-8b --to megatron {Trained} --gpus 12", "12 ranks do not fill machines of --gpus-per-node 8.")]
    [InlineData($"export mixtral-8x7b --to megatron {Trained} --gpus 16 --ep 16", "--expert-parallel 16 does not divide expert_count 8")]
    [InlineData("plan --flops 1e20 --sbatch", "--sbatch belongs to --export.")]
    [InlineData("plan --flops 1e20 --export megatron --continuous", "--export writes one model that can be built")]
    public void Export_WhatCannotBe_SaysSo(string words, string message)
    {
        Finished run = Shell.MoeScale(words.Split(' '));
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Export_PlanThatLacksSomething_SaysWhere()
    {
        string plan = _folder.Write("plan.json", """{ "best": {}, "law": "x" }""");
        Assert.Equal(
            $"moescale: {plan} is no plan, or one of another version: 'best' lacks something, or is of another kind.\n",
            Shell.MoeScale("export", plan, "--to", "hf").Error
        );
    }

    [Fact]
    public void Export_CellOfATrunk_AsksForALength()
    {
        Finished run = Shell.MoeScale("export", $"{Repository.Smoke}:d32", "--to", "megatron");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("'d32' is a trunk of 4 runs. Give one of them: d32/50.0K, d32/100K", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Export_FileThatExists_IsNotOverwritten()
    {
        string file = _folder.Write("train.sh", "mine");
        Finished run = Shell.MoeScale(["export", "llama-3-8b", "--to", "megatron", .. Trained.Split(' '), "--out", file]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"--out {file} exists already", run.Error, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(file));
    }

    [Fact]
    public void Export_ToAFile_WritesAScriptThatCanBeRun()
    {
        string file = _folder.In("train.sh");
        JsonElement json = Shell.Json(["export", "llama-3-8b", "--to", "megatron", .. Trained.Split(' '), "--out", file]);
        Assert.Equal("megatron", json.GetProperty("target").GetString());
        Assert.Equal(file, json.GetProperty("files")[0].GetProperty("path").GetString());
        string[] kinds = [.. json.GetProperty("notes").EnumerateArray().Select(n => n.GetProperty("kind").GetString()!)];
        Assert.Equal(
            [
                "sequence_of_context",
                "chosen",
                "nearest_batch",
                "default_recipe",
                "initialization",
                "last_step",
                "asked_later",
                "asked_later",
            ],
            kinds
        );
        if (!OperatingSystem.IsWindows())
        {
            Assert.True(File.GetUnixFileMode(file).HasFlag(UnixFileMode.UserExecute));
            Assert.Contains("MEGATRON: is not set", Shell.Run(file, [], _folder.Path).Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Export_WhatAPlanPrinted_IsWhatThePlanExports()
    {
        string[] question = ["plan", "--flops", "1e20", "--experts", "1,8"];
        string plan = _folder.Write("plan.json", Shell.MoeScale([.. question, "--json"]).Output);
        Finished direct = Shell.MoeScale([.. question, "--export", "megatron"]);
        Finished later = Shell.MoeScale("export", plan, "--to", "megatron");
        Assert.Equal((0, 0), (direct.ExitCode, later.ExitCode));
        Assert.Equal(direct.Output, later.Output);
        Assert.Equal(direct.Error, later.Error);
    }

    [Fact]
    public void Export_CellOfAStudyThatWasBegun_IsThatOfTheFile()
    {
        const string model =
            """{"id": "a", "d_model": 64, "n_blocks": 2, "n_heads": 2, "d_ff": 128, "vocab_size": 256, "context": 64, """
            + "\"activation\": \"swiglu\", \"norm\": \"rmsnorm\", \"positions\": \"rope\"}";
        const string recipe = "\"tokens\": 64000, \"batch_tokens\": 640, \"learning_rate\": 0.002, \"warmup_tokens\": 640";
        string file = _folder.Write("cell/config.json", $"{{\"id\": \"cell-1\", \"model\": {model}, {recipe}}}");
        Finished run = Shell.MoeScale("export", Path.GetDirectoryName(file)!, "--to", "megatron");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("# cell-1: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("--train-samples 1000\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("--lr-warmup-samples 10\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("--global-batch-size 10\n", run.Output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
