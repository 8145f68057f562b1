using System.Diagnostics;
using System.Text.Json;

namespace MoeScale.Tests;

/// <summary>How a process ended.</summary>
/// <param name="ExitCode">0 done, 1 the answer is no, 2 wrong use.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record Finished(int ExitCode, string Output, string Error);

/// <summary>Runs the command as its users do, as a process; for test projects that refer to it.</summary>
internal static class Shell
{
    /// <summary>The words that start the program that these tests were built with.</summary>
    public static IReadOnlyList<string> Program { get; } = ["dotnet", Path.Combine(AppContext.BaseDirectory, "moescale.dll")];

    /// <summary>The same for a line of a shell.</summary>
    public static string ProgramLine { get; } = $"{Program[0]} '{Program[1]}'";

    /// <summary>Runs it to its end.</summary>
    public static Finished MoeScale(params string[] arguments) => MoeScaleIn(Path.GetTempPath(), arguments);

    /// <summary>The JSON that it prints when all goes well.</summary>
    public static JsonElement Json(params string[] arguments)
    {
        Finished run = MoeScale([.. arguments, "--json"]);
        Assert.Equal("", run.Error);
        Assert.Equal(0, run.ExitCode);
        return JsonDocument.Parse(run.Output).RootElement;
    }

    /// <summary>As <see cref="MoeScale"/>, in a folder of the caller's.</summary>
    public static Finished MoeScaleIn(string folder, params string[] arguments) => Run(Program[0], [Program[1], .. arguments], folder);

    /// <summary>Starts it; the caller reads both streams and waits.</summary>
    public static Process Begin(string folder, params string[] arguments) => Begin(Program[0], [Program[1], .. arguments], folder);

    /// <summary>Runs one line of a shell.</summary>
    public static Finished Line(string line, string folder) => Run("sh", ["-c", line], folder);

    public static Finished Run(string program, IEnumerable<string> arguments, string folder)
    {
        using Process process = Begin(program, arguments, folder);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Finished(process.ExitCode, output, error.Result);
    }

    private static Process Begin(string program, IEnumerable<string> arguments, string folder)
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
        return Process.Start(start)!;
    }
}
