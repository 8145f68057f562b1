using System.Diagnostics;
using MoeScale.Training.Kernels;

namespace MoeScale.Training.Tests.Kernels;

/// <summary>The kernels' tests again, in processes of their own that switch instruction sets off.</summary>
public class SimdPathTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("DOTNET_EnableAVX512", SimdPath.Avx2)]
    [InlineData("DOTNET_EnableAVX2", SimdPath.Portable)]
    [InlineData("DOTNET_EnableHWIntrinsic", SimdPath.Portable)]
    public void MatrixProduct_InstructionsSwitchedOff_PassesItsTests(string variable, SimdPath widest)
    {
        output.WriteLine($"here: {SimdPaths.Widest}");
        ProcessStartInfo start = new(Environment.ProcessPath!, ["-method", "*.MatrixProductTests.*", "-method", $"*.{nameof(Widest_AsTold_IsUsed)}"])
        {
            RedirectStandardOutput = true,
            Environment = { [variable] = "0", [Told] = $"{(widest < SimdPaths.Widest ? widest : SimdPaths.Widest)}" },
        };
        using Process process = Process.Start(start)!;
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        output.WriteLine(said);
        Assert.Equal(0, process.ExitCode);
        // Ten at least: a filter that finds nothing passes too.
        Assert.Matches(@"Total: \d\d", said);
    }

    [Fact]
    public void Widest_AsTold_IsUsed()
    {
        string told = Environment.GetEnvironmentVariable(Told) ?? $"{SimdPaths.Widest}";
        output.WriteLine($"path: {SimdPaths.Widest}");
        Assert.Equal(told, $"{SimdPaths.Widest}");
    }

    private const string Told = "MOESCALE_TEST_PATH";
}
