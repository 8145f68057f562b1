using System.Diagnostics;
using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Studies;
using MoeScale.Studies.Answers;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;
using MoeScale.Studies.Running;
using MoeScale.Studies.Tests;

namespace MoeScale.Cli.Tests.Studies;

/// <summary>Studies of the command, whose trainers are processes of their own: at once, stopped, killed.</summary>
public sealed class StudyProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TwoStudies_AtOnce_DoNotTrainACellTwice()
    {
        string study = TinyStudy.Write(_folder, TinyStudy.Text.Replace("[16, 24]", "[16, 24, 32, 40]", StringComparison.Ordinal));
        Process[] both = [StudyCommand.Begin("study", "run", study), StudyCommand.Begin("study", "run", study)];
        foreach (Process process in both)
        {
            Assert.Equal("", StudyCommand.WithoutProgress(process.StandardError.ReadToEnd()));
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
            process.Dispose();
        }
        // A trainer that meets a finished run, or one in use, would have said so; each printed one result of two runs.
        foreach (string log in Directory.GetFiles(_folder.In("tiny", "work"), "log.txt", SearchOption.AllDirectories))
        {
            Assert.Equal(2, JsonDocument.Parse(File.ReadAllText(log)).RootElement.GetArrayLength());
        }
        Assert.Equal(4, Directory.GetDirectories(_folder.In("tiny", "work")).Length);
    }

    [Fact]
    public void Study_AskedToStop_StopsItsTrainersAndGoesOn()
    {
        string study = TinyStudy.Write(_folder, TinyStudy.Text.Replace("[4k, 8k]", "[1M, 2M]", StringComparison.Ordinal));
        using Process process = StudyCommand.Begin("study", "run", study);
        string metrics = _folder.In("tiny", "runs", "d24", "metrics.jsonl");
        Assert.True(
            SpinWait.SpinUntil(
                () => process.HasExited || (File.Exists(metrics) && new FileInfo(metrics).Length > 0),
                TimeSpan.FromSeconds(60)
            )
        );
        using (Process kill = Process.Start("kill", ["-TERM", $"{process.Id}"]))
        {
            kill.WaitForExit();
        }
        Assert.Equal(
            "moescale: stopped; the same command goes on from there.\n",
            StudyCommand.WithoutProgress(process.StandardError.ReadToEnd())
        );
        process.WaitForExit();
        Assert.Equal(1, process.ExitCode);
        CellStatus[] cells = [.. StudyFile.Read(study).Cells.Select(c => CellStatus.Of(StudyFolder.At(_folder.In("tiny")).Of(c), 2))];
        Assert.All(cells, c => Assert.Equal(CellState.Stopped, c.State));
        Assert.True(File.Exists(_folder.In("tiny", "runs", "d24", "checkpoint", "state.json")));
    }

    /// <summary>
    /// Whoever makes the tokens of a text holds a lock; the trainers of both cells wait for it, and then use what was made.
    /// </summary>
    [Fact]
    public void Text_ThatIsBeingMade_IsWaitedFor()
    {
        _folder.Write("text.txt", string.Join("\n", Enumerable.Range(0, 4000)));
        string study = TinyStudy.Write(
            _folder,
            TinyStudy.Text.Replace("text: synthetic", "text: text.txt\nheld_out: 0", StringComparison.Ordinal)
        );
        Directory.CreateDirectory(_folder.In("tiny", "data"));
        Process process;
        using (FileLock.Take(_folder.In("tiny", "data", "lock")))
        {
            process = StudyCommand.Begin("study", "run", study, "--threads", "2");
            Assert.True(
                SpinWait.SpinUntil(
                    () => File.Exists(_folder.In("tiny", "runs", "d16", "lock")) && File.Exists(_folder.In("tiny", "runs", "d24", "lock")),
                    TimeSpan.FromSeconds(60)
                )
            );
            // Time to begin, if they did.
            Assert.False(process.WaitForExit(1000));
            Assert.Equal(["lock"], Directory.GetFiles(_folder.In("tiny", "data")).Select(Path.GetFileName));
        }
        Assert.Equal("", StudyCommand.WithoutProgress(process.StandardError.ReadToEnd()));
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        process.Dispose();
    }

    /// <summary>
    /// The study, one of its trainers, or all of them killed at random moments: the runs, the law and the plan are those of a study that
    /// was left alone, be it in one process.
    /// </summary>
    [Fact]
    public async Task Study_KilledTwentyTimes_EndsWithTheSameBits()
    {
        string other = _folder.In("killed");
        int killed = KilledStudy.Run(Repository.Smoke, other, seed: 1);
        Assert.True(killed >= 20, $"It was killed {killed} times only.");
        (int code, _, string error) = StudyCommand.Run("study", "run", Repository.Smoke, "--out", other);
        Assert.Equal((0, ""), (code, error));

        Study study = StudyFile.Read(Repository.Smoke);
        StudyFolder alone = StudyFolder.At(_folder.In("alone"));
        await StudyRun.Run(study, alone, new LocalExecutor(study, alone), TestContext.Current.CancellationToken);
        Assert.Equal(WithoutClock(File.ReadAllText(alone.RunsPath)), WithoutClock(File.ReadAllText(Path.Combine(other, "runs.csv"))));
        Assert.Equal(File.ReadAllText(alone.LawPath), File.ReadAllText(Path.Combine(other, "law.yaml")));
        Assert.Equal(File.ReadAllText(alone.PlanPath), File.ReadAllText(Path.Combine(other, "plan.json")));
        string[] weights =
        [
            .. Directory
                .GetFiles(Path.Combine(alone.Location, "runs"), "model.safetensors", SearchOption.AllDirectories)
                .Select(f => Path.GetRelativePath(alone.Location, f)),
        ];
        Assert.Equal(16, weights.Length);
        Assert.All(
            weights,
            w => Assert.Equal(File.ReadAllBytes(Path.Combine(alone.Location, w)), File.ReadAllBytes(Path.Combine(other, w)))
        );
    }

    /// <summary>
    /// A run that the library has begun and stopped, the command goes on with, and the other way round: their folders are one.
    /// </summary>
    [Fact]
    public async Task Cells_BegunInThisProcess_AreTheCommandsToo()
    {
        _folder.Write("text.txt", string.Join("\n", Enumerable.Range(0, 4000)));
        _folder.Write("held.txt", string.Join("\n", Enumerable.Range(4000, 400)));
        string path = TinyStudy.Write(
            _folder,
            TinyStudy
                .Text.Replace("text: synthetic", "text: text.txt\nheld_out: held.txt\nfield: body", StringComparison.Ordinal)
                .Replace(
                    "branches: [4k, 8k]",
                    "branches: [4k, 8k], weight_decay: 0.2, clip: 0.5, init_scale: 0.2, epochs: 2",
                    StringComparison.Ordinal
                )
        );
        Study study = StudyFile.Read(path);
        StudyFolder here = StudyFolder.At(_folder.In("here"));
        StudyFolder there = StudyFolder.At(_folder.In("there"));
        CancellationToken cancel = TestContext.Current.CancellationToken;
        StudyOutcome outcome = await StudyRun.Run(study, here, new LocalExecutor(study, here, threads: 2), cancel);
        Assert.Equal("", string.Join(' ', outcome.Gaps.Select(StudyWords.Of)));
        Assert.Equal(0, StudyCommand.Run("study", "run", path, "--out", there.Location).Code);
        foreach (string file in (string[])["run.json", "model.yaml", "branches/4.00K/run.json", "branches/4.00K/model.safetensors"])
        {
            Assert.All(
                study.Cells,
                c =>
                    Assert.Equal(
                        File.ReadAllBytes(Path.Combine(here.Of(c).RunPath, file)),
                        File.ReadAllBytes(Path.Combine(there.Of(c).RunPath, file))
                    )
            );
        }
        // What one has made of the text, and begun of a trunk, is the other's.
        string results = there.Of(study.Cells[0]).ResultsPath;
        File.Delete(results);
        await StudyRun.Run(study, there, new LocalExecutor(study, there, threads: 2), cancel);
        Assert.True(File.Exists(results));
        File.Delete(here.Of(study.Cells[0]).ResultsPath);
        StudyCommand.Run("study", "run", path, "--out", here.Location);
        Assert.True(File.Exists(here.Of(study.Cells[0]).ResultsPath));
    }

    /// <summary>A table without the columns that a clock writes.</summary>
    private static string WithoutClock(string csv)
    {
        string[][] rows = [.. csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(','))];
        int[] kept =
        [
            .. Enumerable.Range(0, rows[0].Length).Where(i => rows[0][i] is not ("seconds" or "thread_seconds" or "tokens_per_second")),
        ];
        return string.Join('\n', rows.Select(r => string.Join(',', kept.Select(i => r[i]))));
    }
}
