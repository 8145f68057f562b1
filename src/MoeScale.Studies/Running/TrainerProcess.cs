using System.ComponentModel;
using System.Diagnostics;
using MoeScale.Basics;

namespace MoeScale.Studies.Running;

/// <summary>A trainer as a process whose output goes to a file, so that it can outlive the program that started it.</summary>
internal static class TrainerProcess
{
    private const int TailBytes = 8192;

    /// <exception cref="UserException">There is no such program.</exception>
    public static Process Start(IReadOnlyList<string> words, string log)
    {
        ProcessStartInfo start = OperatingSystem.IsWindows()
            ? new ProcessStartInfo(words[0], words.Skip(1))
            // The shell gives its place to the trainer, with the output turned away.
            : new ProcessStartInfo("/bin/sh", ["-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", log, .. words]);
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new UserException($"the trainer '{words[0]}' cannot be started: {e.Message.TrimEnd('.')}.");
        }
    }

    /// <summary>SIGTERM, at which a trainer writes a checkpoint and ends; on Windows it ends at once.</summary>
    public static void AskToStop(Process process)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                process.Kill();
                return;
            }
            using Process kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
            kill.WaitForExit();
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It has ended by itself.
        }
    }

    /// <summary>The last line of a log that says something; null where there is none.</summary>
    public static string? LastLine(string log)
    {
        try
        {
            using FileStream file = new(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Seek(-Math.Min(TailBytes, file.Length), SeekOrigin.End);
            using StreamReader reader = new(file);
            string? line = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
            return line?.StartsWith("moescale: ", StringComparison.Ordinal) == true ? line["moescale: ".Length..] : line;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
