using System.ComponentModel;
using System.Diagnostics;
using MoeScale.Basics;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Running;

/// <summary>A trainer as a process whose output goes to a file, so that it can outlive the program that started it.</summary>
internal static class TrainerProcess
{
    // The shell turns the output away, writes down what it is and gives its place to the trainer: however its starter ends, no trainer runs
    // that nobody knows.
    // An interrupt from the keyboard reaches all programs of a terminal; it is for the study, which then asks its trainers to stop.
    private const string Shell = $"""
        exec >>"$3" 2>&1 </dev/null
        trap '' INT
        {RunningProcess.RememberInShell}
        shift 3
        exec "$@"
        """;

    /// <param name="words">Of the command.</param>
    /// <param name="folder">Of the cell.</param>
    /// <param name="place">Where it is started, so that words may name files there.</param>
    /// <exception cref="UserException">There is no such program.</exception>
    public static Process Start(IReadOnlyList<string> words, CellFolder folder, string place)
    {
        ProcessStartInfo start = OperatingSystem.IsWindows()
            ? new ProcessStartInfo(words[0], words.Skip(1))
            : new ProcessStartInfo("/bin/sh", ["-c", Shell, "sh", folder.ProcessPath, Environment.MachineName, folder.LogPath, .. words]);
        start.WorkingDirectory = place;
        try
        {
            Process process = Process.Start(start)!;
            if (OperatingSystem.IsWindows())
            {
                RunningProcess.Remember(folder, process);
            }
            return process;
        }
        catch (Win32Exception e)
        {
            throw new UserException($"the trainer '{words[0]}' cannot be started in {place}: {TextFile.Reason(e)}.");
        }
    }

    /// <summary>SIGTERM, at which a trainer writes a checkpoint and ends; on Windows it ends at once.</summary>
    /// <param name="pid">Of a process that lives.</param>
    public static void AskToStop(int pid)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                using Process process = Process.GetProcessById(pid);
                process.Kill();
                return;
            }
            using Process kill = Process.Start(new ProcessStartInfo("kill", ["-TERM", $"{pid}"]) { RedirectStandardError = true })!;
            kill.WaitForExit();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // It has ended by itself.
        }
    }
}
