using System.Text.Json;

namespace MoeScale.Cli.Tests;

public class BenchCommandTests
{
    /// <summary>What is told fits together; how fast it is, is no matter of a test.</summary>
    [Fact]
    public void BenchTrain_Json_TellsSpeedsThatFitTogether()
    {
        JsonElement speed = Shell.Json("bench", "train", "--steps", "1");
        Assert.Equal(("S", "dense"), (speed.GetProperty("shape").GetString(), speed.GetProperty("kind").GetString()));
        // 6·12·4·256² + 6·256·256 + 12·4·256·256.
        Assert.Equal(22_413_312, speed.GetProperty("flops_per_token").GetDouble());
        double tokensPerSecond = speed.GetProperty("tokens_per_second").GetDouble();
        // Rounding of a division.
        Assert.Equal(4096 / speed.GetProperty("step_seconds").GetDouble(), tokensPerSecond, 1e-9 * tokensPerSecond);
        Assert.Equal(22_413_312 * tokensPerSecond / 1e9, speed.GetProperty("gflops").GetDouble(), 1e-6);
        Assert.Equal(
            speed.GetProperty("gflops").GetDouble() / speed.GetProperty("peak_gflops").GetDouble(),
            speed.GetProperty("peak_share").GetDouble(),
            1e-9
        );
        Assert.Equal(1, speed.GetProperty("kernels").EnumerateArray().Sum(k => k.GetProperty("share").GetDouble()), 1e-9);
        Assert.Equal(0, speed.GetProperty("allocated_bytes").GetInt64());
    }

    [Theory]
    [InlineData("--shape|L", "--shape 'L' is not known. Known are S and M.")]
    [InlineData("--kind|moe", "--kind 'moe' is not known. Known are dense and switch and fine.")]
    [InlineData("--steps|0", "--steps '0' ")]
    public void BenchTrain_WrongUse_SaysWhatIsKnown(string line, string expected)
    {
        Finished run = Shell.MoeScale(["bench", "train", .. line.Split('|')]);
        Assert.StartsWith("moescale: " + expected, run.Error);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
    }
}
