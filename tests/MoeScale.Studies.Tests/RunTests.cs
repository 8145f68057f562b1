using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Studies.Answers;
using MoeScale.Studies.Costs;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;
using MoeScale.Studies.Running;

namespace MoeScale.Studies.Tests;

public sealed class RunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

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
        StudyOutcome outcome = InProcess.Run(study);
        Assert.IsType<StudyGap.UndoneCells>(Assert.Single(outcome.Gaps));
        Assert.Matches(@"^1 of 2 cells are not done: d24-lr1 failed: step \d+: the loss ", InProcess.Words(outcome));
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
        StudyRun.Begin(StudyFile.Read(study), StudyFolder.At(_folder.In("tiny")));
        TinyStudy.Write(_folder, TinyStudy.Text.Replace("batch_tokens: 256", "batch_tokens: 128", StringComparison.Ordinal));
        Assert.Contains(
            "holds another run than the study has now: batch_tokens is 256 there and 128 now. Undo the change",
            Assert.Throws<UserException>(() => InProcess.Run(study)).Message
        );
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
        Assert.Equal("", InProcess.Words(InProcess.Run(study)));
        string[] rows = File.ReadAllLines(_folder.In("tiny", "runs.csv"));
        Assert.Equal(5, rows.Length);
        Assert.StartsWith("run,trunk,loss,tokens,", rows[0]);
        Assert.EndsWith(",note", rows[0]);
        Assert.StartsWith("d16/4.00K,d16,1.875000,4000,", rows[1]);
        Study read = StudyFile.Read(study);
        StudyCost cost = StudyCost.Of(read.Cells, read.Trainer, meter: null, places: null);
        Assert.All(cost.Cells, c => Assert.Equal(c.Flops / 1e9, c.Seconds!.Value, 1));
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
                "grid: [ { d_model: 16, tokens: 4k }, { d_model: 64, tokens: 100k } ]",
                StringComparison.Ordinal
            )
            .Replace("branches: [4k, 8k], ", "", StringComparison.Ordinal);
        Study study = TinyStudy.Read(_folder, text);
        StudyFolder handed = StudyFolder.At(_folder.In("handed"));
        CountingTrainer trainer = new(study);
        await new LocalExecutor(study, handed, trainer, threads: 2, sideBySide: 2)
        {
            GainAtLeast = 0,
            Look = TimeSpan.FromSeconds(0.1),
        }.Run(study.Cells, TestContext.Current.CancellationToken);
        Assert.Equal([("d16-t4000", 1), ("d64-t100000", 1), ("d64-t100000", 2)], trainer.Starts.Order());
        StudyFolder alone = StudyFolder.At(_folder.In("alone"));
        trainer = new CountingTrainer(study);
        await new LocalExecutor(study, alone, trainer, threads: 1, sideBySide: 1).Run(study.Cells, TestContext.Current.CancellationToken);
        Assert.Equal(2, trainer.Starts.Count);
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
        await new LocalExecutor(study, StudyFolder.At(_folder.In("tiny")), new ProcessTrainer(study), threads: 3, sideBySide: 2).Run(
            study.Cells,
            TestContext.Current.CancellationToken
        );
        Assert.Equal(["1", "2"], File.ReadAllLines(_folder.In("threads.txt")).Order());
    }

    /// <summary>
    /// The folders of hundreds of finished runs, as a study leaves them. How fast they open, the benchmark "thousand" measures.
    /// </summary>
    [Fact]
    public void Study_OfHundredsOfFinishedRuns_IsReadWhole()
    {
        string study = TinyStudy.Write(
            _folder,
            TinyStudy
                .Text.Replace(
                    "grid: { d_model: [16, 24] }",
                    $"grid: {{ d_model: 16, seed: [{string.Join(", ", Enumerable.Range(0, 300))}] }}",
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
        Assert.All(read.Cells, c => Assert.Equal(CellState.Done, CellStatus.Of(folder.Of(c), read.Retries).State));
        string[] rows = RunsCsv.Of(read, folder).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(301, rows.Length);
        Assert.StartsWith("d16-s299,d16-s299,2.0299,4000,", rows[^1]);
    }

    /// <summary>Writes down each start of the trainer, and with how many threads.</summary>
    private sealed class CountingTrainer(Study study) : ICellTrainer
    {
        private readonly InProcessTrainer _trainer = new(study);

        public System.Collections.Concurrent.ConcurrentQueue<(string Cell, int Threads)> Starts { get; } = [];

        public bool TakesOtherThreads => true;

        public Task<TrainerEnd> Train(CellFolder folder, int threads, CancellationToken cancel)
        {
            Starts.Enqueue((folder.Cell.Name, threads));
            return _trainer.Train(folder, threads, cancel);
        }
    }
}
