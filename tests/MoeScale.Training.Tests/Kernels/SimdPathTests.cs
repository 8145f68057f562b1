using System.Diagnostics;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Tests.Kernels;

/// <summary>
/// Runs all tests of kernels, and those of whole models against PyTorch, again with instruction sets switched off, in processes of their
/// own: the choice is made when a program starts.
/// </summary>
public class SimdPathTests(ITestOutputHelper output)
{
    private const string Expected = "MOESCALE_EXPECTED_SIMD";

    /// <summary>Whether this process is one of those.</summary>
    internal static bool IsInside => Environment.GetEnvironmentVariable(Expected) is not null;

    [Fact]
    public void Path_Here_IsTheOneAskedFor()
    {
        output.WriteLine($"kernels run on {SimdPaths.Widest}");
        if (Environment.GetEnvironmentVariable(Expected) is string expected)
        {
            Assert.Equal(expected, SimdPaths.Widest.ToString());
        }
    }

    [Theory]
    [InlineData("AVX2 and fused multiply-add", SimdPath.Avx2, "DOTNET_EnableAVX512=0")]
    [InlineData("SSE", SimdPath.Portable, "DOTNET_EnableAVX2=0")]
    [InlineData("no vectors at all", SimdPath.Portable, "DOTNET_EnableHWIntrinsic=0")]
    [InlineData("AVX-512 on a machine that advises against it", SimdPath.Avx512, "DOTNET_PreferredVectorBitWidth=256")]
    public void Kernels_OnAnotherPath_PassTheSameTests(string path, SimdPath most, string setting)
    {
        Assert.SkipWhen(IsInside, "already inside such a run");
        SimdPath simd = (SimdPath)Math.Min((int)most, (int)SimdPaths.Widest);
        // The test program, whether it was started itself or through dotnet.
        string program = Path.ChangeExtension(typeof(SimdPathTests).Assembly.Location, OperatingSystem.IsWindows() ? ".exe" : null);
        ProcessStartInfo start = new(
            program,
            ["-namespace", typeof(SimdPathTests).Namespace!, "-namespace", typeof(Goldens.GoldenTests).Namespace!, "-noColor"]
        )
        {
            RedirectStandardOutput = true,
        };
        string[] parts = setting.Split('=');
        start.Environment[parts[0]] = parts[1];
        start.Environment[Expected] = simd.ToString();
        using Process process = Process.Start(start)!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        output.WriteLine($"{path}: {simd}\n{text}");
        Assert.True(process.ExitCode == 0, text);
        // It did find them.
        Assert.Contains("Failed: 0", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Total: 0", text, StringComparison.Ordinal);
    }
}
