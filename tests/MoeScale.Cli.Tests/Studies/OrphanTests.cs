using System.Diagnostics;
using System.Text.Json;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;
using MoeScale.Studies.Tests;

namespace MoeScale.Cli.Tests.Studies;

/// <summary>Trainers whose starter was killed or gave up waiting. They are the user's: no lock of a run's folder tells of them.</summary>
public sealed class OrphanTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Orphan_WhoseNextStarterIsAskedToStop_IsAskedToo()
    {
        string study = Write("trap 'echo asked >>asked.txt; exit 1' TERM");
        using Process killed = StudyCommand.Begin("study", "run", study);
        Wait("the trainer runs", () => Started() == 1);
        int trainer = Pid();
        killed.Kill();
        killed.WaitForExit();
        Assert.True(IsAlive(trainer));

        // Running it is, and it is not started again.
        Assert.Equal(CellState.Running, Status(study).State);
        using Process next = StudyCommand.Begin("study", "run", study);
        Wait("the next one waits for it", () => FileIsHeld("claim"));
        Signal("TERM", next);
        Assert.Equal(
            "moescale: stopped; the same command goes on from there.\n",
            StudyCommand.WithoutProgress(next.StandardError.ReadToEnd())
        );
        next.WaitForExit();
        Assert.False(IsAlive(trainer));
        Assert.True(File.Exists(_folder.In("asked.txt")));
        Assert.Equal(1, Started());
        Assert.Equal(CellState.Stopped, Status(study).State);
    }

    /// <summary>Ctrl-C twice: the second time the program ends and its trainer lives on, for the next call to find.</summary>
    [Fact]
    public void Interrupt_ASecondTime_EndsTheProgramAtOnce()
    {
        Interrupts.SkipWhereIgnored();
        string study = Write("trap 'echo asked >>asked.txt' TERM");
        using Process process = StudyCommand.Begin("study", "run", study);
        Wait("the trainer runs", () => Started() == 1);
        int trainer = Pid();
        Signal("INT", process);
        Wait("the trainer is asked to stop", () => File.Exists(_folder.In("asked.txt")));
        Assert.False(process.HasExited);
        Signal("INT", process);
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(20)));
        Assert.NotEqual(0, process.ExitCode);
        Assert.True(IsAlive(trainer));

        // An interrupt from the keyboard reaches trainers too, and is not for them.
        using (Process kill = Process.Start("kill", ["-INT", $"{trainer}"]))
        {
            kill.WaitForExit();
        }
        using Process next = StudyCommand.Begin("study", "run", study);
        Wait("the next one waits for it", () => FileIsHeld("claim"));
        Assert.True(IsAlive(trainer));
        File.WriteAllText(_folder.In("go.txt"), "");
        string error = StudyCommand.WithoutProgress(next.StandardError.ReadToEnd());
        next.WaitForExit();
        Assert.Equal((0, ""), (next.ExitCode, error));
        Assert.Equal(1, Started());
    }

    /// <summary>A trainer that waits until it may go on, and is one process whatever it does.</summary>
    private string Write(string trap)
    {
        _folder.Write(
            "train.sh",
            $$"""
            {{trap}}
            echo started >>started.txt
            while [ ! -e go.txt ]; do sleep 0.1; done
            mkdir -p "$2"
            printf '{"loss": 1.5}\n' >"$2/result.json"
            """
        );
        return TinyStudy.Write(
            _folder,
            TinyStudy
                .Text.Replace("[16, 24]", "16", StringComparison.Ordinal)
                .Replace("branches: [4k, 8k]", "tokens: 4k", StringComparison.Ordinal)
                + "\ntrainer: { command: \"sh train.sh {config} {out}\" }"
        );
    }

    private int Started() => File.Exists(_folder.In("started.txt")) ? File.ReadAllLines(_folder.In("started.txt")).Length : 0;

    private int Pid() =>
        JsonDocument.Parse(File.ReadAllText(_folder.In("tiny", "work", "d16", "process.json"))).RootElement.GetProperty("Pid").GetInt32();

    private bool FileIsHeld(string name) => MoeScale.Basics.FileLock.IsHeld(_folder.In("tiny", "work", "d16", name));

    private CellStatus Status(string study) =>
        StudyFile.Read(study) is Study read ? CellStatus.Of(StudyFolder.At(_folder.In("tiny")).Of(read.Cells[0]), read.Retries) : null!;

    // Where nobody reaps what has no parent, it stays a zombie.
    private static bool IsAlive(int pid) =>
        File.Exists($"/proc/{pid}/stat")
            ? !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal)
            : !Directory.Exists("/proc/self") && Process.GetProcesses().Any(p => p.Id == pid);

    // The second bit of the mask is signal 2.
    private static void Signal(string name, Process process)
    {
        using Process kill = Process.Start("kill", [$"-{name}", $"{process.Id}"]);
        kill.WaitForExit();
    }

    private static void Wait(string what, Func<bool> isSo) =>
        Assert.True(
            SpinWait.SpinUntil(
                () =>
                {
                    Thread.Sleep(20);
                    return isSo();
                },
                TimeSpan.FromSeconds(60)
            ),
            $"Waited for a minute until {what}."
        );
}
