using System.Diagnostics;

namespace MoeScale.Cli.Tests.Studies;

/// <summary>The program that these tests were built with, as a process.</summary>
internal static class StudyCommand
{
    /// <summary>The words that start it.</summary>
    public static IReadOnlyList<string> Program { get; } = ["dotnet", Path.Combine(AppContext.BaseDirectory, "moescale.dll")];

    /// <summary>Runs it to its end; the error is without lines of progress, which a slow machine gets to see.</summary>
    public static (int Code, string Output, string Error) Run(params IEnumerable<string> arguments)
    {
        using Process process = Begin(arguments);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, WithoutProgress(error.Result));
    }

    public static string WithoutProgress(string error) =>
        string.Concat(
            error.Split('\n').Where(l => !l.Contains(" cells done, ", StringComparison.Ordinal) && l.Length > 0).Select(l => l + "\n")
        );

    public static Process Begin(params IEnumerable<string> arguments) =>
        Process.Start(
            new ProcessStartInfo(Program[0], [Program[1], .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
}
