using System.Diagnostics;
using System.Text.Json;

namespace MoeScale.Cli.Tests.Studies;

/// <summary>
/// Runs a study that is killed again and again: the study alone, whose trainers live on, one trainer alone, or everything.
/// </summary>
internal static class KilledStudy
{
    private const int Max = 60;

    /// <summary>Until it was killed 20 times, and is not killed while it fits; returns how often.</summary>
    public static int Run(string study, string folder, int seed)
    {
        Random random = new(seed);
        int killed = 0;
        for (int i = 0; i < Max && killed < 20 && !IsTrained(folder); i++)
        {
            using Process process = StudyCommand.Begin("study", "run", study, "--out", folder);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            int what = random.Next(3);
            // Time to start, and to make some steps: a step takes milliseconds, a start most of a second.
            if (process.WaitForExit(700 + random.Next(900)))
            {
                continue;
            }
            if (what == 1)
            {
                killed += Trainers(folder).Take(1).Count(Kill);
                process.WaitForExit(random.Next(300));
            }
            if (!process.HasExited)
            {
                process.Kill();
                killed++;
            }
            process.WaitForExit();
            if (what == 2)
            {
                killed += Trainers(folder).Count(Kill);
            }
        }
        return killed;
    }

    private static bool IsTrained(string folder) => File.Exists(Path.Combine(folder, "report.md"));

    private static IEnumerable<int> Trainers(string folder)
    {
        string work = Path.Combine(folder, "work");
        foreach (string file in Directory.Exists(work) ? Directory.GetFiles(work, "process.json", SearchOption.AllDirectories) : [])
        {
            yield return JsonDocument.Parse(File.ReadAllText(file)).RootElement.GetProperty("Pid").GetInt32();
        }
    }

    private static bool Kill(int id)
    {
        try
        {
            using Process process = Process.GetProcessById(id);
            if (!process.ProcessName.Contains("dotnet", StringComparison.Ordinal))
            {
                return false;
            }
            process.Kill();
            process.WaitForExit();
            return true;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }
}
