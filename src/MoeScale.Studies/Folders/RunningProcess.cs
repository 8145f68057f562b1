using System.Diagnostics;
using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Training.Runs;

namespace MoeScale.Studies.Folders;

/// <summary>
/// The trainer that was last started for a cell, as process.json knows it: it may outlive the program that started it, and then is waited for rather than
/// started twice.
/// </summary>
internal sealed record RunningProcess(string Host, int Pid, DateTime Started)
{
    // A process says when it began in ticks of its own clock.
    private static readonly TimeSpan Rounding = TimeSpan.FromSeconds(0.5);

    public static void Remember(CellFolder folder, Process process)
    {
        try
        {
            TextFile.WriteWhole(folder.ProcessPath, JsonSerializer.Serialize(new RunningProcess(Environment.MachineName, process.Id, process.StartTime.ToUniversalTime())) + "\n");
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }

    /// <summary>Whether a trainer works on a cell on this machine. Of another machine only its claim tells.</summary>
    public static bool IsAlive(CellFolder folder)
    {
        // Between its start and process.json a trainer is known by the lock of its own folder alone.
        if (RunFolder.IsInUse(folder.RunPath))
        {
            return true;
        }
        if (!File.Exists(folder.ProcessPath))
        {
            return false;
        }
        try
        {
            RunningProcess known = JsonSerializer.Deserialize<RunningProcess>(TextFile.Read(folder.ProcessPath))!;
            if (known.Host != Environment.MachineName)
            {
                return false;
            }
            using Process process = Process.GetProcessById(known.Pid);
            return !process.HasExited && (process.StartTime.ToUniversalTime() - known.Started).Duration() < Rounding;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or JsonException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
