using System.Diagnostics;

namespace MoeScale.Cli.Tests.Studies;

/// <summary>The command as a process, without its lines of progress, which a slow machine gets to see.</summary>
internal static class StudyCommand
{
    public static (int Code, string Output, string Error) Run(params IEnumerable<string> arguments)
    {
        Finished run = Shell.MoeScale([.. arguments]);
        return (run.ExitCode, run.Output, WithoutProgress(run.Error));
    }

    public static Process Begin(params IEnumerable<string> arguments) => Shell.Begin(Path.GetTempPath(), [.. arguments]);

    public static string WithoutProgress(string error) =>
        string.Concat(
            error.Split('\n').Where(l => !l.Contains(" cells done, ", StringComparison.Ordinal) && l.Length > 0).Select(l => l + "\n")
        );
}
