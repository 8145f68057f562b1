using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace MoeScale.Cli.Tests;

/// <param name="ExitCode">0 done, 1 the answer is no, 2 wrong use.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record Finished(int ExitCode, string Output, string Error);

/// <summary>Runs the command as its users do, as a process.</summary>
internal static class Shell
{
    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Forty runs that ship, drawn from the published joint law.</summary>
    public static string SampleRuns { get; } = Path.Combine(Root, "studies", "joint-sample", "runs.csv");

    /// <summary>Runs the program that these tests were built with.</summary>
    public static Finished MoeScale(params string[] arguments) => MoeScaleIn(Path.GetTempPath(), arguments);

    /// <summary>The JSON that a command prints when all goes well.</summary>
    public static JsonElement Json(params string[] arguments)
    {
        Finished run = MoeScale([.. arguments, "--json"]);
        Assert.Equal("", run.Error);
        Assert.Equal(0, run.ExitCode);
        return JsonDocument.Parse(run.Output).RootElement;
    }

    /// <summary>As <see cref="MoeScale"/>, in a folder of the caller's.</summary>
    public static Finished MoeScaleIn(string folder, params string[] arguments) =>
        Run("dotnet", [Path.Combine(AppContext.BaseDirectory, "moescale.dll"), .. arguments], folder);

    /// <summary>Runs one line of a shell.</summary>
    public static Finished Line(string line, string folder) => Run("sh", ["-c", line], folder);

    public static Finished Run(string program, IEnumerable<string> arguments, string folder)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The test platform sets variables for its own children that would steer a build.
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(name);
        }
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Finished(process.ExitCode, output, error.Result);
    }

    private static string FindRoot([CallerFilePath] string here = "")
    {
        string? folder = Path.GetDirectoryName(here);
        while (folder is not null && !File.Exists(Path.Combine(folder, "MoeScale.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }
        return folder ?? throw new InvalidOperationException($"No folder above {here} holds MoeScale.slnx.");
    }
}
