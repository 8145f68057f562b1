using System.Diagnostics;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;
using MoeScale.Studies.Tests;

namespace MoeScale.Cli.Tests.Studies;

/// <summary>A real cluster of one node, which .ci/run starts; skipped where there is none.</summary>
public sealed class SlurmTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeSlurm _fake;

    public SlurmTests() => _fake = new FakeSlurm(_folder);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Study_OnSlurm_IsPickedUpAgainWhereAJobWasCancelled()
    {
        Assert.SkipUnless(HasCluster(), "There is no Slurm cluster here (sinfo shows none): .ci/slurm starts one.");
        string study = TinyStudy.Write(_folder, TinyStudy.Text.Replace("[4k, 8k]", "[200k, 400k]", StringComparison.Ordinal));
        StudyFolder folder = StudyFolder.At(_folder.In("tiny"));
        Cell[] cells = [.. StudyFile.Read(study).Cells];
        string[] run = ["study", "run", study, "--executor", "slurm", "--sbatch=--time=5"];
        (int code, string output, string error) = StudyCommand.Run(run);
        Assert.Equal((0, ""), (code, error));
        Assert.Matches(@"queued job \d+ with 2 tasks, and job \d+", output);
        (code, output, error) = StudyCommand.Run(run);
        Assert.Equal((0, ""), (code, error));
        Assert.Matches(@"2 cells are queued already, as \d+,", output);
        string job = Ask("squeue", "--noheader", "--array", "--name=tiny", "--format=%F_%K")
            .Split('\n')
            .First(l => l.EndsWith("_0", StringComparison.Ordinal));

        // The first task is cancelled while it trains.
        Wait("the first cell trains", () => File.Exists(Path.Combine(folder.Of(cells[^1]).RunPath, "metrics.jsonl")));
        Ask("scancel", job);
        Wait("the jobs end", () => Ask("squeue", "--noheader", "--name=tiny").Length == 0);
        Assert.Contains(cells, c => !folder.Of(c).IsDone);

        CellStatus cancelled = CellStatus.Of(folder.Of(cells[^1]), 2);
        Assert.Equal(CellState.Stopped, cancelled.State);
        Assert.Contains("CANCELLED", File.ReadAllText(Path.Combine(folder.Location, "work", cells[^1].Name, "slurm.log")));
        Assert.Contains(Path.Combine(cells[^1].Name, "slurm.log"), cancelled.Reason);

        // The same command queues what is missing, and nothing else.
        Assert.Matches(@"queued job \d+ with 1 task, ", StudyCommand.Run(run).Output);
        Wait("the jobs end", () => Ask("squeue", "--noheader", "--name=tiny").Length == 0);
        Assert.All(cells, c => Assert.True(folder.Of(c).IsDone));
        Assert.Equal(5, File.ReadAllLines(folder.RunsPath).Length);
        Assert.True(File.Exists(folder.ReportPath));
    }

    /// <summary>Slurm's programs as scripts, which write down what they are asked.</summary>
    [Fact]
    public void Study_OfMoreCellsThanAnArrayMayHave_IsCutIntoArraysThatTheLastJobWaitsFor()
    {
        string study = TinyStudy.Write(_folder, TinyStudy.Text.Replace("[16, 24]", "[16, 24, 32, 40, 48]", StringComparison.Ordinal));
        _fake.Make("scontrol", "echo 'MaxArraySize            = 2'");
        _fake.Make("sbatch", "echo \"$*\" >>\"$FAKE/asked.txt\"; wc -l <\"$FAKE/asked.txt\"");
        _folder.Write(Path.Combine("fake", "queue.txt"), "");
        _fake.Make("squeue", "echo \"$*\" >>\"$FAKE/squeue.txt\"; cat \"$FAKE/queue.txt\"");
        (int code, string output, string error) = _fake.Run(study);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("queued job 1 with 2 tasks, job 2 with 2 tasks, job 3 with 1 task, and job 4, which fits", output);
        string[] asked = File.ReadAllLines(_folder.In("fake", "asked.txt"));
        Assert.Equal(
            ["--array=0-1", "--array=0-1", "--array=0-0", "--dependency=afterany:1:2:3"],
            asked.Select(a =>
                a.Split(' ')
                    .Single(w =>
                        w.StartsWith("--array", StringComparison.Ordinal) || w.StartsWith("--dependency", StringComparison.Ordinal)
                    )
            )
        );
        // The most expensive first.
        Assert.Equal(
            ["d48\nd40\n", "d32\nd24\n", "d16\n"],
            Enumerable.Range(1, 3).Select(i => File.ReadAllText(_folder.In("tiny", "slurm", $"{i}.cells")))
        );

        // A task of the first array runs, one of the second waits, one is being tidied up and left its cell undone; the last job waits.
        _folder.Write(Path.Combine("fake", "queue.txt"), "1 0 RUNNING\n2 1 PENDING\n2 0 COMPLETING\n4 N/A PENDING\n");
        (code, output, error) = _fake.Run(study);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("--jobs=1,2,3,4 ", File.ReadAllText(_folder.In("fake", "squeue.txt")));
        Assert.Contains("2 cells are queued already, as 1, 2", output);
        Assert.Equal(
            "d40\nd32\nd16\n",
            string.Concat(Enumerable.Range(4, 2).Select(i => File.ReadAllText(_folder.In("tiny", "slurm", $"{i}.cells"))))
        );
        Assert.Contains("--dependency=afterany:1:2:4:5:6 ", File.ReadAllLines(_folder.In("fake", "asked.txt"))[^1]);

        // All are queued, and the job that reports is gone: that alone is queued.
        _folder.Write(Path.Combine("fake", "queue.txt"), "1 0 RUNNING\n2 1 PENDING\n5 0 PENDING\n5 1 PENDING\n6 0 PENDING\n");
        Assert.Contains("queued job 8, which fits", _fake.Run(study).Output);
        Assert.Contains("--dependency=afterany:1:2:5:6 ", File.ReadAllLines(_folder.In("fake", "asked.txt"))[^1]);
        _folder.Write(Path.Combine("fake", "queue.txt"), File.ReadAllText(_folder.In("fake", "queue.txt")) + "8 N/A PENDING\n");
        Assert.DoesNotContain("queued job", _fake.Run(study).Output);
        Assert.Equal(8, File.ReadAllLines(_folder.In("fake", "asked.txt")).Length);
    }

    [Fact]
    public void Queue_ThatNobodyTells_IsNotTakenForEmpty()
    {
        string study = TinyStudy.Write(_folder);
        _fake.Make("scontrol", ":");
        _fake.Make("sbatch", "echo \"$*\" >>\"$FAKE/asked.txt\"; wc -l <\"$FAKE/asked.txt\"");
        _fake.Make("squeue", "cat \"$FAKE/queue.txt\" >&2; exit 1");
        Assert.Contains("queued job 1 with 2 tasks, and job 2", _fake.Run(study).Output);
        _folder.Write(Path.Combine("fake", "queue.txt"), "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n");
        (int code, _, string error) = _fake.Run(study);
        Assert.Equal(
            (
                2,
                "moescale: squeue failed: 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)'. Try again when "
                    + "Slurm answers.\n"
            ),
            (code, error)
        );
        Assert.Equal(2, File.ReadAllLines(_folder.In("fake", "asked.txt")).Length);
        // A job that Slurm has forgotten has ended.
        _folder.Write(Path.Combine("fake", "queue.txt"), "slurm_load_jobs error: Invalid job id specified\n");
        Assert.Contains("queued job 3 with 2 tasks, and job 4", _fake.Run(study).Output);
    }

    private static bool HasCluster()
    {
        try
        {
            return Ask("sinfo", "--noheader", "--format=%T").Contains("idle", StringComparison.Ordinal);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static string Ask(string program, params string[] arguments)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return text.Trim();
    }

    private static void Wait(string what, Func<bool> isSo) =>
        Assert.True(
            SpinWait.SpinUntil(
                () =>
                {
                    Thread.Sleep(100);
                    return isSo();
                },
                TimeSpan.FromSeconds(120)
            ),
            $"Waited for two minutes until {what}."
        );
}
