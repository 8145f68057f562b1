using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Training.Runs;

namespace MoeScale.Studies.Folders;

/// <summary>
/// The trainer that was last started for a cell, as process.json knows it: it may outlive the program that started it,
/// and then is waited for rather than started twice.
/// </summary>
/// <param name="Host">Where it runs.</param>
/// <param name="Pid">Its number there.</param>
/// <param name="Started">When it began, as the system says it: a number that the system has given to another process since has
/// another.</param>
internal sealed record RunningProcess(string Host, int Pid, string Started)
{
    /// <summary>
    /// Lines of a shell that write it to the file $1, for the machine $2, of the shell itself: a trainer that takes the
    /// shell's place has its number and its beginning. They say when as <see cref="StartOf"/> does.
    /// </summary>
    public const string RememberInShell = """
        if [ -r /proc/$$/stat ]; then
          started=$(read -r line </proc/$$/stat; set -- ${line##*) }; echo "${20}")
        else
          started=$(LC_ALL=C TZ=UTC0 ps -o lstart= -p $$)
        fi
        printf '{"Host":"%s","Pid":%d,"Started":"%s"}\n' "$2" $$ "$started" >"$1.new" && mv -f "$1.new" "$1" || exit 1
        """;

    // In /proc/PID/stat, behind the program's name: the state, and 19 fields later the ticks from the machine's start to the process's.
    private const int StartField = 19;

    /// <summary>Writes it, where no shell does.</summary>
    public static void Remember(CellFolder folder, Process process)
    {
        if (StartOf(process.Id) is string started)
        {
            TextFile.WriteWhole(
                folder.ProcessPath,
                JsonSerializer.Serialize(new RunningProcess(Environment.MachineName, process.Id, started)) + "\n"
            );
        }
    }

    /// <summary>Whether a trainer works on a cell on this machine. Of another machine only its claim tells.</summary>
    public static bool IsAtWork(CellFolder folder) => RunFolder.IsInUse(folder.RunPath) || Find(folder) is not null;

    /// <summary>The number of the trainer that was started for a cell, if it lives on this machine.</summary>
    public static int? Find(CellFolder folder)
    {
        if (!File.Exists(folder.ProcessPath))
        {
            return null;
        }
        try
        {
            RunningProcess? known = JsonSerializer.Deserialize<RunningProcess>(TextFile.Read(folder.ProcessPath));
            return
                known?.Host == Environment.MachineName && known.Started?.Trim() is { Length: > 0 } started && StartOf(known.Pid) == started
                ? known.Pid
                : null;
        }
        catch (Exception e) when (e is JsonException or UserException)
        {
            return null;
        }
    }

    /// <summary>When a process began; null where there is none, or only its parent does not know yet that it has ended.</summary>
    private static string? StartOf(int pid)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                using Process process = Process.GetProcessById(pid);
                return process.HasExited ? null : process.StartTime.ToUniversalTime().Ticks.ToString(CultureInfo.InvariantCulture);
            }
            if (File.Exists("/proc/self/stat"))
            {
                string path = $"/proc/{pid}/stat";
                string line = File.Exists(path) ? File.ReadAllText(path) : "";
                // The name of a program may hold spaces and brackets.
                string[] fields = line[(line.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                return fields.Length <= StartField || fields[0] is "Z" or "X" ? null : fields[StartField];
            }
            ProcessStartInfo start = new("ps", ["-o", "lstart=", "-p", $"{pid}"])
            {
                RedirectStandardOutput = true,
                Environment = { ["LC_ALL"] = "C", ["TZ"] = "UTC0" },
            };
            using Process ps = Process.Start(start)!;
            string text = ps.StandardOutput.ReadToEnd().Trim();
            return text.Length > 0 ? text : null;
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }
}
