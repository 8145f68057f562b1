using MoeScale.Exchange.Import;
using MoeScale.Exchange.Logs;

namespace MoeScale.Exchange.Tests.Logs;

public class ConsoleLogTests
{
    [Fact]
    public void TorchTitan_ColoursAndRanks_AreOneRun()
    {
        using TemporaryFolder logs = new();
        string path = logs.Write(
            "titan.log",
            """
            [rank0]:[titan] 2025-10-30 14:32:57,000 - root - INFO - Model qwen3 debug size: 6,139,136 total parameters
            [rank0]:[titan] 2025-10-30 14:32:57,897 - root - INFO - Trainer is initialized with local batch size 8, global batch size 64, gradient accumulation steps 1, sequence length 2048, total steps 2,000 (warmup 2)
            [rank0]:[titan] 2025-10-30 14:32:58,897 - root - INFO - [31mstep:  1  [32mloss:  8.1661  [33mgrad_norm:  3.6855  [36mmemory:  2.47GiB(3.12%)  [34mtps: 3,502  [35mtflops: 1.90  mfu: 0.19%[39m
            [rank1]:[titan] 2025-10-30 14:32:58,898 - root - INFO - step:  1  loss:  8.2000  grad_norm:  3.6855  memory:  2.47GiB(3.12%)  tps: 3,500  tflops: 1.90  mfu: 0.19%
            [rank0]:[titan] 2025-10-30 14:32:59,897 - root - INFO - step: 1,000  loss:  6.1098  grad_norm:  4.6416  memory:  2.49GiB(3.14%)  tps: 177,138  tflops: 96.17  mfu: 9.72%
            [rank0]:[titan] 2025-10-30 14:32:59,997 - root - INFO - validate step: 1,000  loss:  6.2500  memory:  2.49GiB(3.14%)  tps: 1,138
            """.Replace("[3", "\e[3", StringComparison.Ordinal)
        );
        ImportedRun run = Imports.One(new ImportRequest([path]) { Devices = 4 });
        Assert.Equal([1, 1000], run.Log.Steps);
        Assert.Equal((6.1098, 6.25), (run.Numbers["loss"], run.Numbers["validation_loss"]));
        Assert.Equal(1000 * 64 * 2048, run.Numbers["tokens"]);
        Assert.Equal(4 * 177_138, run.Numbers["tokens_per_second"]);
        Assert.Equal((96.17e12, 0.0972), (run.Numbers["device_flops_per_second"], Math.Round(run.Numbers["mfu"], 10)));
        Assert.Equal(RunEnd.Unfinished, run.End);
        Assert.Contains(new ImportNote.OneRank("0"), run.Notes);
    }

    [Fact]
    public void OlmoCore_MetricsOnTheLinesThatFollow_AreOfTheStepBefore()
    {
        using TemporaryFolder logs = new();
        string path = logs.Write(
            "olmo.log",
            """
            2026-08-08 12:00:01 INFO [olmo_core.train.trainer:734] Training for 2,000 steps
            2026-08-08 12:01:00 INFO [olmo_core.train.callbacks.console_logger:68] [step=100/2000,epoch=0,eta=5h11m]
                train/CE loss=6.2341
                throughput/total tokens=1.2B
            2026-08-08 12:03:10 INFO [olmo_core.train.trainer:1003] Saving checkpoint for step 100 to 's3://b/k'...
                train/CE loss=9
            2026-08-08 12:04:00 INFO [olmo_core.train.callbacks.console_logger:68] [step=2,000/2,000,epoch=0,eta=0h]
                train/CE loss=5.5
                throughput/total tokens=2.4B
            """
        );
        ImportedRun run = Imports.One(new ImportRequest([path]) { WithPoints = true });
        Assert.Equal([6.2341, 5.5], run.Points.Select(p => p["loss"]));
        Assert.Equal((2.4e9, RunEnd.Finished), (run.Numbers["tokens"], run.End));
        Assert.Contains(new ImportNote.Rounded("tokens"), run.Notes);
    }

    [Theory]
    [InlineData("1,234.5", 1234.5)]
    [InlineData("1.2E+01", 12)]
    [InlineData("25%", 0.25)]
    [InlineData("2.39B", 2.39e9)]
    [InlineData("-inf", double.NegativeInfinity)]
    [InlineData("nan", double.NaN)]
    public void Number_AsProgramsPrintIt_IsRead(string text, double value) => Assert.Equal(value, LineScan.Number(text)!.Value);

    [Theory]
    [InlineData("")]
    [InlineData("K")]
    [InlineData("1h3m")]
    [InlineData("2.47GiB")]
    public void Number_Words_AreNone(string text) => Assert.Null(LineScan.Number(text));
}
