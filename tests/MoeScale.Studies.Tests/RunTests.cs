using System.Diagnostics;
using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Studies.Answers;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;
using MoeScale.Studies.Running;

namespace MoeScale.Studies.Tests;

public sealed class RunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TwoStudies_AtOnce_DoNotTrainACellTwice()
    {
        string study = TinyStudy.Write(_folder, TinyStudy.Text.Replace("[16, 24]", "[16, 24, 32, 40]", StringComparison.Ordinal));
        Process[] both = [Command.Begin("study", "run", study), Command.Begin("study", "run", study)];
        foreach (Process process in both)
        {
            Assert.Equal("", Command.WithoutProgress(process.StandardError.ReadToEnd()));
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
        using Process process = Command.Begin("study", "run", study);
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
            Command.WithoutProgress(process.StandardError.ReadToEnd())
        );
        process.WaitForExit();
        Assert.Equal(1, process.ExitCode);
        CellStatus[] cells = [.. StudyFile.Read(study).Cells.Select(c => CellStatus.Of(StudyFolder.At(_folder.In("tiny")).Of(c), 2))];
        Assert.All(cells, c => Assert.Equal(CellState.Stopped, c.State));
        Assert.True(File.Exists(_folder.In("tiny", "runs", "d24", "checkpoint", "state.json")));
    }

    [Fact]
    public void Cell_ThatFails_IsTriedAgainAndTheOthersGoOn()
    {
        // The rate explodes at once for d24 alone.
        string study = TinyStudy.Write(
            _folder,
            TinyStudy
                .Text.Replace("[16, 24] }", "[16, 24], learning_rate: 1e-3 }", StringComparison.Ordinal)
                .Replace("train: {", "retries: 1\ntrain: { warmup: 0,", StringComparison.Ordinal)
                .Replace(
                    "grid: { d_model: [16, 24], learning_rate: 1e-3 }",
                    "grid: [ { d_model: 16 }, { d_model: 24, learning_rate: 1 } ]",
                    StringComparison.Ordinal
                )
        );
        (int code, _, string error) = Command.Run("study", "run", study);
        Assert.Equal(1, code);
        Assert.Matches(@"^moescale: 1 of 2 cells are not done: d24-lr1 failed: step \d+: the loss ", error);
        Study read = StudyFile.Read(study);
        StudyFolder folder = StudyFolder.At(_folder.In("tiny"));
        CellStatus failed = CellStatus.Of(folder.Of(read.Cells[1]), read.Retries);
        Assert.Equal((CellState.Failed, 2), (failed.State, failed.Attempts));
        Assert.Equal(CellState.Done, CellStatus.Of(folder.Of(read.Cells[0]), read.Retries).State);
        Assert.Equal(1, StudyAnswer.Read(folder.AnswerPath).CellsDone);
    }

    [Fact]
    public void Study_ThatChangedACell_IsRefusedWithTheDifference()
    {
        string study = TinyStudy.Write(_folder);
        Assert.Equal(0, Command.Run("study", "run", study).Code);
        TinyStudy.Write(_folder, TinyStudy.Text.Replace("batch_tokens: 256", "batch_tokens: 128", StringComparison.Ordinal));
        (int code, _, string error) = Command.Run("study", "run", study);
        Assert.Equal(2, code);
        Assert.Contains("holds another run than the study has now: batch_tokens is 256 there and 128 now. Undo the change", error);
    }

    /// <summary>
    /// A trainer that is no part of the program: it reads config.json and writes a row for each branch, as docs/studies.md says.
    /// </summary>
    [Fact]
    public void Trainer_OfTheUser_IsDrivenByItsContract()
    {
        string script = _folder.Write(
            "train.sh",
            """
            set -e
            d=$(sed -n 's/.*"d_model": \([0-9]*\).*/\1/p' "$1")
            mkdir -p "$2"
            for tokens in 4000 8000; do
              awk -v d=$d -v t=$tokens 'BEGIN { printf "{\"loss\": %.6f, \"tokens\": %d, \"note\": \"made up\"}\n", 1 + 10 / d + 1000 / t, t }'
            done > "$2/runs.tmp"
            mv "$2/runs.tmp" "$2/runs.jsonl"
            """
        );
        string study = TinyStudy.Write(
            _folder,
            $"{TinyStudy.Text}\ntrainer: {{ command: \"sh '{script}' {{config}} {{out}}\", flops_per_second: 1e9 }}"
        );
        (int code, _, string error) = Command.Run("study", "run", study);
        Assert.Equal((0, ""), (code, error));
        string[] rows = File.ReadAllLines(_folder.In("tiny", "runs.csv"));
        Assert.Equal(5, rows.Length);
        Assert.StartsWith("run,trunk,loss,tokens,", rows[0]);
        Assert.EndsWith(",note", rows[0]);
        Assert.StartsWith("d16/4.00K,d16,1.875000,4000,", rows[1]);
        (_, string plan, _) = Command.Run("study", "plan", study, "--json");
        JsonElement cost = JsonDocument.Parse(plan).RootElement;
        Assert.All(
            cost.GetProperty("cells").EnumerateArray(),
            c => Assert.Equal(c.GetProperty("train_flops").GetDouble() / 1e9, c.GetProperty("seconds").GetDouble(), 1)
        );
    }

    /// <summary>
    /// The short cell ends first; the long one is stopped, goes on with both threads, and ends in the bits of one that was left alone.
    /// </summary>
    [Fact]
    public async Task ThreadsThatBecomeFree_GoToTheCellThatRunsOn()
    {
        string text = TinyStudy
            .Text.Replace(
                "grid: { d_model: [16, 24] }",
                "grid: [ { d_model: 16, tokens: 4k }, { d_model: 64, tokens: 400k } ]",
                StringComparison.Ordinal
            )
            .Replace("branches: [4k, 8k], ", "", StringComparison.Ordinal);
        Study study = TinyStudy.Read(_folder, text);
        StudyFolder handed = StudyFolder.At(_folder.In("handed"));
        await new LocalExecutor(study, handed, Shell.Program, threads: 2, sideBySide: 2) { GainAtLeast = 0 }.Run(
            study.Cells,
            TestContext.Current.CancellationToken
        );
        string log = File.ReadAllText(handed.Of(study.Cells[1]).LogPath);
        Assert.Contains("moescale: stopped", log);
        Assert.Contains("moescale: goes on after step", log);
        StudyFolder alone = StudyFolder.At(_folder.In("alone"));
        await new LocalExecutor(study, alone, Shell.Program, threads: 1, sideBySide: 1).Run(
            study.Cells,
            TestContext.Current.CancellationToken
        );
        Assert.DoesNotContain("goes on", File.ReadAllText(alone.Of(study.Cells[1]).LogPath));
        Assert.All(
            study.Cells,
            c =>
                Assert.Equal(
                    File.ReadAllBytes(Path.Combine(alone.Of(c).RunPath, "model.safetensors")),
                    File.ReadAllBytes(Path.Combine(handed.Of(c).RunPath, "model.safetensors"))
                )
        );
        JsonElement long1 = alone.Of(study.Cells[1]).Results()[0],
            long2 = handed.Of(study.Cells[1]).Results()[0];
        Assert.Equal(long1.GetProperty("seconds").GetDouble(), long1.GetProperty("thread_seconds").GetDouble());
        Assert.InRange(long2.GetProperty("thread_seconds").GetDouble() / long2.GetProperty("seconds").GetDouble(), 1.001, 1.999);
    }

    [Fact]
    public async Task Threads_ThatAreNoMultipleOfTheCells_AreAllGiven()
    {
        _folder.Write(
            "train.sh",
            """
            echo "$3" >>threads.txt
            # Both run at once.
            until [ "$(wc -l <threads.txt)" -eq 2 ]; do sleep 0.05; done
            printf '{"loss": 2}\n{"loss": 1}\n' >"$2/runs.jsonl"
            """
        );
        Study study = TinyStudy.Read(_folder, $"{TinyStudy.Text}\ntrainer: {{ command: \"sh train.sh {{config}} {{out}} {{threads}}\" }}");
        await new LocalExecutor(study, StudyFolder.At(_folder.In("tiny")), Shell.Program, threads: 3, sideBySide: 2).Run(
            study.Cells,
            TestContext.Current.CancellationToken
        );
        Assert.Equal(["1", "2"], File.ReadAllLines(_folder.In("threads.txt")).Order());
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
            process = Command.Begin("study", "run", study, "--threads", "2");
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
        Assert.Equal("", Command.WithoutProgress(process.StandardError.ReadToEnd()));
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        process.Dispose();
    }

    /// <summary>
    /// The folders of a thousand finished runs, as a study leaves them. How fast they open, the benchmark "thousand" measures.
    /// </summary>
    [Fact]
    public void Study_OfAThousandFinishedRuns_IsReadWhole()
    {
        string study = TinyStudy.Write(
            _folder,
            TinyStudy
                .Text.Replace(
                    "grid: { d_model: [16, 24] }",
                    $"grid: {{ d_model: 16, seed: [{string.Join(", ", Enumerable.Range(0, 1000))}] }}",
                    StringComparison.Ordinal
                )
                .Replace("branches: [4k, 8k]", "tokens: 4k", StringComparison.Ordinal)
        );
        StudyFolder folder = StudyFolder.At(_folder.In("tiny"));
        Study read = StudyFile.Read(study);
        foreach (Cell cell in read.Cells)
        {
            CellFolder place = folder.Of(cell);
            place.Begin(read.Text);
            _folder.Write(
                Path.GetRelativePath(_folder.Path, place.ResultsPath),
                $$"""{"model":"tiny","loss":{{2 + (cell.Seed / 1e4)}},"tokens":4000,"training_loss":2.5,"seconds":0.5}"""
            );
        }
        (int code, string status, string error) = Command.Run("study", "status", study);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains("1000 done", status);
        Assert.Equal(1000, status.Split('\n').Count(l => l.StartsWith("done ", StringComparison.Ordinal)));
        (code, string runs, error) = Command.Run("study", "runs", study, "--csv");
        Assert.Equal((0, ""), (code, error));
        string[] rows = runs.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(1001, rows.Length);
        Assert.StartsWith("d16-s999,d16-s999,2.0999,4000,", rows[^1]);
    }
}
