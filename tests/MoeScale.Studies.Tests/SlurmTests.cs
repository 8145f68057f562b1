using System.Diagnostics;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Tests;

/// <summary>A real cluster of one node, which .ci/run starts; skipped where there is none.</summary>
public sealed class SlurmTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Study_OnSlurm_IsPickedUpAgainWhereAJobWasCancelled()
    {
        Assert.SkipUnless(HasCluster(), "There is no Slurm cluster here (sinfo shows none): .ci/slurm starts one.");
        string study = TinyStudy.Write(_folder, TinyStudy.Text.Replace("[4k, 8k]", "[200k, 400k]", StringComparison.Ordinal));
        StudyFolder folder = StudyFolder.At(_folder.In("tiny"));
        Cell[] cells = [.. StudyFile.Read(study).Cells];
        string[] run = ["study", "run", study, "--executor", "slurm", "--sbatch=--time=5"];
        (int code, string output, string error) = Command.Run(run);
        Assert.Equal((0, ""), (code, error));
        Assert.Matches(@"queued job \d+ with 2 tasks, and job \d+", output);
        string job = Ask("squeue", "--noheader", "--array", "--name=tiny", "--format=%F_%K").Split('\n').First(l => l.EndsWith("_0", StringComparison.Ordinal));

        // The first task is cancelled while it trains.
        Wait("the first cell trains", () => File.Exists(Path.Combine(folder.Of(cells[^1]).RunPath, "metrics.jsonl")));
        Ask("scancel", job);
        Wait("the jobs end", () => Ask("squeue", "--noheader", "--name=tiny").Length == 0);
        Assert.Contains(cells, c => !folder.Of(c).IsDone);

        // The same command queues what is missing, and nothing else.
        Assert.Matches(@"queued job \d+ with 1 task, ", Command.Run(run).Output);
        Wait("the jobs end", () => Ask("squeue", "--noheader", "--name=tiny").Length == 0);
        Assert.All(cells, c => Assert.True(folder.Of(c).IsDone));
        Assert.Equal(5, File.ReadAllLines(folder.RunsPath).Length);
        Assert.True(File.Exists(folder.ReportPath));
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
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return text.Trim();
    }

    private static void Wait(string what, Func<bool> isSo) => Assert.True(SpinWait.SpinUntil(() =>
    {
        Thread.Sleep(100);
        return isSo();
    }, TimeSpan.FromSeconds(120)), $"Waited for two minutes until {what}.");
}
