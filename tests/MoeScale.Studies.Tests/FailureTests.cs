using MoeScale.Studies.Answers;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;
using MoeScale.Studies.Running;

namespace MoeScale.Studies.Tests;

/// <summary>What goes wrong with one cell is its own failure: it is told, the others go on, and nothing is left running.</summary>
public sealed class FailureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> BadResults { get; } =
        new()
        {
            { """{"loss": 1.5}""", "has 1 row, and the cell 2 runs" },
            { """{"loss": 1.5}\n{"tokens": 3}""", "has no number 'loss' in row 2" },
            { """{"loss": 1.5}\n{"loss": "2"}""", "has no number 'loss' in row 2" },
            { """{"loss": 1.5}\n{"loss": 1e400}""", "has 'loss' 1e400, which is beyond all numbers, in row 2" },
            { """{"loss": 1.5}\n{"loss": 2, "model": 1e999}""", "has 'model' 1e999, which is beyond all numbers, in row 2" },
            { """{"loss": NaN}\n{"loss": 2}""", "is no line of JSON for each run" },
            { """3\n4""", "has no object in row 1" },
            {
                """{"loss": 1.5}\n{"loss": 2, "note": "\\ud800"}""",
                "has a name or a value with half of a pair of surrogates, which is no text, in row 2"
            },
            {
                """{"loss": 1.5}\n{"loss": 2, "a\\udc00": 1}""",
                "has a name or a value with half of a pair of surrogates, which is no text, in row 2"
            },
            { """{"loss": 1.5}\n{"loss": 9e-321}""", "has 'loss' 9e-321, which is no loss in nats (1e-12 to 1e12), in row 2" },
            { """{"loss": 1.5}\n{"loss": 1e300}""", "has 'loss' 1e300, which is no loss in nats" },
            { """{"loss": 1.5}\n{"loss": 2, "train_flops": 1e-320}""", "has 'train_flops' 1e-320, which is no number of FLOPs, in row 2" },
            { """{"loss": 1.5}\n{"loss": 2, " seconds": 1}""", "has a name that no column can have" },
            { """{"loss": 1.5}\n{"loss": 2, "a\\u0000": 1}""", "has a name that no column can have" },
            { $$"""{"loss": 1.5}\n{"loss": 2, "deep": {{new string('[', 10_000)}}}""", "is no line of JSON for each run" },
        };

    [Theory]
    [MemberData(nameof(BadResults))]
    public void Result_ThatIsNone_IsAFailedTryAndTheOthersGoOn(string result, string reason)
    {
        string script = _folder.Write(
            "train.sh",
            $$"""
            mkdir -p "$2"
            case "$2" in
              *d24) printf '{{result}}\n' >"$2/runs.jsonl" ;;
              *) printf '{"loss": 1.5}\n{"loss": 1.25}\n' >"$2/runs.jsonl" ;;
            esac
            """
        );
        string study = WithTrainer("sh train.sh {config} {out}", "retries: 1");
        string error = InProcess.Words(InProcess.Run(study));
        Assert.True(File.Exists(script));
        Assert.StartsWith("1 of 2 cells are not done: d24 failed: ", error);
        Assert.Contains($"runs.jsonl {reason}", error);
        Assert.Equal(3, File.ReadAllLines(_folder.In("tiny", "runs.csv")).Length);
        Assert.True(File.Exists(_folder.In("tiny", "runs", "d24", "runs.jsonl.refused")));
        CellStatus failed = StatusOf(study, 1);
        Assert.Equal((CellState.Failed, 2), (failed.State, failed.Attempts));
        Assert.Contains(reason, failed.Reason);
    }

    /// <summary>A line that a kill cut short, or that says nothing, is no try.</summary>
    [Fact]
    public void Attempts_OfDamagedLines_AreThoseThatSaySomething()
    {
        string path = _folder.Write("attempts.jsonl", "null\n{}\n{\"Reason\": null}\n{\"Reas");
        FailedAttempts.Add(path, new FailedAttempt(DateTime.UnixEpoch, 1, "cut"));
        FailedAttempts.Add(path, new FailedAttempt(DateTime.UnixEpoch, 2, "whole"));
        Assert.Equal(["whole"], FailedAttempts.Read(path).Select(a => a.Reason));
    }

    /// <summary>What is no file is not waited for, be it where the result should be or where steps and routers are told.</summary>
    [Theory]
    [InlineData("mkfifo \"$2/runs.jsonl\"", "is empty, or is no plain file")]
    [InlineData("mkfifo \"$2/pipe\"; ln -s pipe \"$2/runs.jsonl\"", "is empty, or is no plain file")]
    [InlineData("ln -s /dev/zero \"$2/runs.jsonl\"", "is empty, or is no plain file")]
    [InlineData("ln -s runs.jsonl \"$2/runs.jsonl\"", "is empty, or is no plain file")]
    [InlineData("mkdir \"$2/runs.jsonl\"", "is a folder, and the result is a file")]
    public void Result_ThatIsNoFile_IsAFailedTryAndTheOthersGoOn(string make, string reason)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no pipes in folders of Windows.");
        _folder.Write(
            "train.sh",
            $$"""
            mkfifo "$2/metrics.jsonl" "$2/routing.jsonl"
            case "$2" in
              *d24) {{make}} ;;
              *) printf '{"loss": 1.5, "seconds": 1e-320, "mu": 1}\n{"loss": 1.25, "seconds": 2, "μ": 1, "a;b": "x;y"}\n' >"$2/runs.jsonl" ;;
            esac
            """
        );
        string study = WithTrainer("sh train.sh {config} {out}", "retries: 0");
        StudyOutcome outcome = InProcess.Run(study);
        Assert.StartsWith("1 of 2 cells are not done: d24 failed: ", InProcess.Words(outcome));
        Assert.Contains($"runs.jsonl {reason}", InProcess.Words(outcome));
        Assert.Equal(2, outcome.Answer!.Runs);
        Assert.Equal(CellState.Failed, StatusOf(study, 1).State);
        Assert.True(Path.Exists(_folder.In("tiny", "runs", "d24", "runs.jsonl.refused")));
    }

    /// <summary>A line of steps that is no number, or no text, tells no progress.</summary>
    [Theory]
    [InlineData("""{"tokens": 1e400, "loss": 1e400, "tokens_per_second": 1e400}""", 0, null)]
    [InlineData("""{"tokens": 4, "loss": 2, "\ud800": 1}""", 4, null)]
    [InlineData("""{"a\ud800": 1, "tokens": 4, "loss": 2}""", 4, 2.0)]
    [InlineData("""{"tokens": -5, "loss": 2}""", 0, 2.0)]
    public void Step_ThatIsNone_TellsNoProgress(string line, double tokens, double? loss)
    {
        string study = TinyStudy.Write(_folder);
        Study read = StudyFile.Read(study);
        CellFolder cell = StudyFolder.At(_folder.In("tiny")).Of(read.Cells[0]);
        cell.Begin(read.Text);
        _folder.Write(Path.Combine("tiny", "runs", "d16", "metrics.jsonl"), line + "\n");
        CellStatus status = StatusOf(study, 0);
        Assert.Equal((CellState.Stopped, tokens, loss), (status.State, status.Tokens, status.Loss));
    }

    /// <summary>As a program before this one may have left it: the rest can be told, and what is wrong is said.</summary>
    [Fact]
    public void Result_ThatIsNoneAndLies_StopsNoReport()
    {
        string study = TinyStudy.Write(_folder);
        StudyFolder folder = MadeUpRuns.Write(_folder, StudyFile.Read(study), (_, tokens) => 1 + (1 / (double)tokens));
        Cell[] cells = [.. StudyFile.Read(study).Cells];
        File.WriteAllText(folder.Of(cells[0]).ResultsPath, "nothing\n");
        Assert.Equal(
            3,
            RunsCsv.Of(StudyFile.Read(study), StudyFolder.At(_folder.In("tiny"))).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length
        );
        Assert.Equal(CellState.Stopped, StatusOf(study, 0).State);
        Assert.Contains("runs.jsonl is no line of JSON for each run", StatusOf(study, 0).Reason);
        // A folder that was asked before does not keep what it read.
        Assert.False(folder.Of(cells[0]).IsDone);
        File.WriteAllText(folder.Of(cells[0]).ResultsPath, "{\"loss\": 2}\n{\"loss\": 1}\n");
        Assert.True(folder.Of(cells[0]).IsDone);
    }

    [Fact]
    public async Task Cell_WhoseFolderCannotBeMade_FailsAloneWithTheReason()
    {
        string study = TinyStudy.Write(_folder);
        // A file where the folder should be; and where its tries are written down, a folder.
        string inTheWay = _folder.Write(Path.Combine("tiny", "runs", "d24"), "");
        string error = InProcess.Words(InProcess.Run(study));
        Assert.StartsWith($"1 of 2 cells are not done: d24 failed: {inTheWay} cannot be made: ", error);
        Assert.Equal((CellState.Failed, 1), (StatusOf(study, 1).State, StatusOf(study, 1).Attempts));
        Assert.Equal(CellState.Done, StatusOf(study, 0).State);

        File.Delete(_folder.In("tiny", "work", "d24", "attempts.jsonl"));
        Directory.CreateDirectory(_folder.In("tiny", "work", "d24", "attempts.jsonl"));
        Study read = StudyFile.Read(study);
        WorkReport report = await new LocalExecutor(read, StudyFolder.At(_folder.In("tiny"))).Run(
            [read.Cells[1]],
            TestContext.Current.CancellationToken
        );
        CellTrouble trouble = Assert.Single(Assert.IsType<WorkReport.Ended>(report).Troubles);
        Assert.Equal("d24", trouble.Cell.Name);
        Assert.Matches("attempts.jsonl cannot be removed: ", $"{trouble.Trouble}");
        Assert.False(trouble.IsWritten);
    }

    /// <summary>Our trainer's exit code 2 is input that is wrong, and stays so.</summary>
    [Fact]
    public void Input_ThatIsWrong_IsNotTriedAgain()
    {
        // No UTF-8, which only who reads all of a text can find.
        File.WriteAllBytes(_folder.In("text.txt"), [.. Enumerable.Repeat((byte)'a', 40_000), 0xFF]);
        string study = TinyStudy.Write(
            _folder,
            TinyStudy
                .Text.Replace("text: synthetic", "text: text.txt\nheld_out: 0\nretries: 5", StringComparison.Ordinal)
                .Replace("n_heads: 2 }", "n_heads: 2, vocab_size: 256 }", StringComparison.Ordinal)
        );
        Assert.Contains("d16 failed: ", InProcess.Words(InProcess.Run(study)));
        Assert.All(
            Enumerable.Range(0, 2),
            i => Assert.Equal((CellState.Failed, 1), (StatusOf(study, i).State, StatusOf(study, i).Attempts))
        );
    }

    [Fact]
    public void ExitCode_OfTheUsersTrainer_IsTriedAgainWhateverItIs()
    {
        _folder.Write("train.sh", "echo started >>started.txt; echo no luck; exit $1");
        foreach ((int given, string reason) in (ReadOnlySpan<(int, string)>)[(2, "no luck"), (255, "no luck")])
        {
            File.Delete(_folder.In("started.txt"));
            string study = WithTrainer($"sh train.sh {given} {{config}} {{out}}", "retries: 2");
            InProcess.Run(study);
            Assert.Equal(6, File.ReadAllLines(_folder.In("started.txt")).Length);
            Assert.Equal(reason, StatusOf(study, 0).Reason);
        }
        _folder.Write("train.sh", "kill -9 $$");
        string killed = WithTrainer("sh train.sh {config} {out}", "retries: 0");
        InProcess.Run(killed);
        Assert.Equal("the trainer was killed by signal 9", StatusOf(killed, 0).Reason);
    }

    /// <summary>Stopped after one failure and run on, as where threads are handed over: the failure still counts.</summary>
    [Fact]
    public async Task Tries_OfACellThatWasStopped_AreCountedOnce()
    {
        _folder.Write(
            "train.sh",
            """
            echo started >>started.txt
            [ "$(wc -l <started.txt)" -eq 2 ] && exec sleep 60
            exit 1
            """
        );
        Study study = StudyFile.Read(WithTrainer("sh train.sh {config} {out}", "retries: 1"));
        StudyFolder folder = StudyFolder.At(_folder.In("tiny"));
        CellWork work = new(study, folder.Of(study.Cells[0]), new ProcessTrainer(study));
        using CancellationTokenSource stop = new();
        Task<WorkEnd> first = work.Run(1, stop.Token);
        Assert.True(SpinWait.SpinUntil(() => Started() == 2, TimeSpan.FromSeconds(30)));
        await stop.CancelAsync();
        Assert.Equal(WorkEnd.Stopped, await first);
        Assert.Equal(WorkEnd.Failed, await work.Run(1, TestContext.Current.CancellationToken));
        Assert.Equal(3, Started());
        Assert.Equal((CellState.Failed, 2), (StatusOf(study.File, 0).State, StatusOf(study.File, 0).Attempts));

        // Who starts the study again wants it tried again.
        Assert.Equal(
            WorkEnd.Failed,
            await new CellWork(study, folder.Of(study.Cells[0]), new ProcessTrainer(study)).Run(1, TestContext.Current.CancellationToken)
        );
        Assert.Equal(5, Started());

        int Started() => File.Exists(_folder.In("started.txt")) ? File.ReadAllLines(_folder.In("started.txt")).Length : 0;
    }

    /// <summary>The number of a process that has ended is given to another one.</summary>
    [Fact]
    public void Process_OfAStranger_IsNoTrainer()
    {
        string study = TinyStudy.Write(_folder);
        Study read = StudyFile.Read(study);
        CellFolder cell = StudyFolder.At(_folder.In("tiny")).Of(read.Cells[0]);
        cell.Begin(read.Text);
        Directory.CreateDirectory(cell.RunPath);
        foreach (string started in (string[])["\"1\"", "\"\"", "null", "\"2026-01-01T00:00:00Z\""])
        {
            _folder.Write(
                Path.GetRelativePath(_folder.Path, cell.ProcessPath),
                $$"""{"Host":"{{Environment.MachineName}}","Pid":{{Environment.ProcessId}},"Started":{{started}}}"""
            );
            Assert.Equal(CellState.Stopped, StatusOf(study, 0).State);
        }
    }

    private string WithTrainer(string command, string more) =>
        TinyStudy.Write(_folder, $"{TinyStudy.Text}\ntrainer: {{ command: \"{command}\" }}\n{more}");

    private CellStatus StatusOf(string study, int cell) =>
        StudyFile.Read(study) is Study read ? CellStatus.Of(StudyFolder.At(_folder.In("tiny")).Of(read.Cells[cell]), read.Retries) : null!;
}
