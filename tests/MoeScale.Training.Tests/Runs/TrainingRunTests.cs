using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Training.Data;
using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Tests.Runs;

public sealed class TrainingRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string In(string name) => Path.Combine(_folder.Path, name);

    [Fact]
    public void Run_AtItsEnd_LeavesWeightsResultAndALineAStep()
    {
        TinyRun.Finish(In("a"), TinyRun.Configuration);
        Assert.Equal(
            ["metrics.jsonl", "model.safetensors", "model.yaml", "result.json", "run.json"],
            Directory.EnumerateFileSystemEntries(In("a")).Select(Path.GetFileName).Order()
        );
        JsonElement[] lines = Lines(In("a"));
        Assert.Equal(Enumerable.Range(1, 48), lines.Select(l => l.GetProperty("step").GetInt32()));
        Assert.Equal(
            [2048, 4096, 6016],
            lines.Where(l => l.TryGetProperty("held_out_loss", out _)).Select(l => l.GetProperty("tokens").GetInt64())
        );
        JsonElement result = JsonDocument.Parse(File.ReadAllText(Path.Combine(In("a"), "result.json"))).RootElement;
        double Number(string name) => result.GetProperty(name).GetDouble();
        Assert.Equal((6144.0, 48.0, 7.0, 128.0), (Number("tokens"), Number("steps"), Number("seed"), Number("batch_tokens")));
        Assert.Equal(Census(c => c.ActiveParams), Number("active_params"));
        Assert.Equal(3 * Census(c => c.MatrixFlopsPerToken) * 6144, Number("train_flops"));
        // It has learnt something (ln 256 = 5.545 is knowing nothing), and cannot be below the floor.
        Assert.InRange(Number("loss"), Number("loss_floor"), 5.3);
        static double Census(Func<Models.Census, double> count) => count(Models.Census.Of(TinyRun.Model));
    }

    /// <summary>As a kill does: whatever was done behind the last checkpoint is lost, also half a line and half a checkpoint.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(17)]
    [InlineData(47)]
    public void Run_CutOffBehindACheckpoint_EndsWithTheSameBits(int steps)
    {
        byte[] whole = TinyRun.Finish(In("whole"), TinyRun.Configuration);
        using (RunFolder place = RunFolder.Open(In("cut")))
        using (TrainingData data = TinyRun.Data(TinyRun.Configuration))
        {
            place.Begin(TinyRun.Model, TinyRun.Configuration);
            using TrainingRun run = new(place, TinyRun.Model, TinyRun.Configuration, data, 1, new CheckpointRule(0));
            run.RunUntil(128 * steps, null, TestContext.Current.CancellationToken);
            run.Save();
            run.RunUntil(128 * (steps + 3), null, TestContext.Current.CancellationToken);
        }
        File.AppendAllText(Path.Combine(In("cut"), "metrics.jsonl"), "{\"step\":");
        Directory.CreateDirectory(Path.Combine(In("cut"), "checkpoint.next"));
        Assert.Equal(whole, TinyRun.Finish(In("cut"), TinyRun.Configuration, threads: 2));
        Assert.Equal(Losses(In("whole")), Losses(In("cut")));
    }

    [Fact]
    public void Run_KilledWhileItReplacesItsCheckpoint_GoesOnFromTheOneSetAside()
    {
        byte[] whole = TinyRun.Finish(In("whole"), TinyRun.Configuration);
        Stop(In("cut"), 20);
        Directory.Move(Path.Combine(In("cut"), "checkpoint"), Path.Combine(In("cut"), "checkpoint.old"));
        Assert.Equal(whole, TinyRun.Finish(In("cut"), TinyRun.Configuration));
        Assert.False(Directory.Exists(Path.Combine(In("cut"), "checkpoint.old")));
    }

    /// <summary>Steps with one thread, then with three: each second counts as often as there were threads.</summary>
    [Fact]
    public void ThreadSeconds_OfARunThatWasGivenMore_AreSummedOverItsParts()
    {
        double before;
        using (RunFolder place = RunFolder.Open(In("a")))
        using (TrainingData data = TinyRun.Data(TinyRun.Configuration))
        {
            place.Begin(TinyRun.Model, TinyRun.Configuration);
            using TrainingRun run = new(place, TinyRun.Model, TinyRun.Configuration, data, 1, new CheckpointRule(0));
            run.RunUntil(2048, null, TestContext.Current.CancellationToken);
            run.Save();
            before = run.Trainer.State.Seconds;
            Assert.Equal(before, run.Trainer.State.ThreadSeconds);
        }
        TinyRun.Finish(In("a"), TinyRun.Configuration, threads: 3);
        JsonElement result = JsonDocument.Parse(File.ReadAllText(Path.Combine(In("a"), "result.json"))).RootElement;
        // Both are rounded to milliseconds.
        Assert.Equal(
            before + (3 * (result.GetProperty("seconds").GetDouble() - before)),
            result.GetProperty("thread_seconds").GetDouble(),
            0.003
        );
    }

    [Fact]
    public void Run_WithMoreThreads_EndsWithTheSameBits() =>
        Assert.Equal(TinyRun.Finish(In("one"), TinyRun.Configuration), TinyRun.Finish(In("three"), TinyRun.Configuration, threads: 3));

    /// <summary>The gradient of a batch is the sum over its parts, in another order.</summary>
    [Fact]
    public void Run_InMicroBatches_LosesWhatTheWholeBatchLoses()
    {
        TinyRun.Finish(In("whole"), TinyRun.Configuration with { MicroBatchSequences = 8 });
        TinyRun.Finish(In("parts"), TinyRun.Configuration);
        // Sums of 128 terms in single precision differ by about 1e-6; Adam divides small gradients by their size, so 48 steps may make 1e-3
        // of it.
        Assert.All(Losses(In("whole")).Zip(Losses(In("parts"))), l => Assert.Equal(l.First, l.Second, 1e-3));
    }

    [Fact]
    public void Run_AskedToStop_WritesACheckpoint()
    {
        Stop(In("a"), 5);
        Assert.True(File.Exists(Path.Combine(In("a"), "checkpoint", "state.json")));
        Assert.Equal(5, Lines(In("a")).Length);
    }

    [Fact]
    public void Run_WithABatchRamp_BeginsWithSmallerSteps()
    {
        TinyRun.Finish(In("a"), TinyRun.Configuration with { RampTokens = 1024 });
        long[] tokens = [0, .. Lines(In("a")).Select(l => l.GetProperty("tokens").GetInt64())];
        long[] sizes = [.. tokens.Skip(1).Zip(tokens, (now, before) => now - before)];
        Assert.Equal(Enumerable.Repeat(32L, 16).Concat(Enumerable.Repeat(64L, 8)), sizes[..24]);
        Assert.All(sizes[24..], s => Assert.Equal(128, s));
        Assert.Equal(6144, tokens[^1]);
    }

    [Fact]
    public void Branch_OffATrunk_EndsWithTheBitsOfARunAlone()
    {
        RunConfiguration shared = TinyRun.Configuration with { Schedule = RateShape.Constant, DecayTokens = 0, Branches = [2048, 6144] };
        using RunFolder place = RunFolder.Open(In("trunk"));
        place.Begin(TinyRun.Model, shared);
        using TrainingData data = TinyRun.Data(shared);
        Trunk trunk = new(place, TinyRun.Model, shared, 0.2);
        using (TrainingRun run = new(place, TinyRun.Model, shared, data, 1, new CheckpointRule(0)))
        {
            Assert.Equal((RunEnd.Reached, null), trunk.Run(run, null, TestContext.Current.CancellationToken));
            Assert.True(run.Trainer.Tokens <= 0.8 * 6144);
        }
        foreach (long length in trunk.Lengths)
        {
            byte[] branch = TinyRun.Finish(trunk.BranchPath(length), trunk.Branch(length));
            Assert.Equal(TinyRun.Finish(In($"alone-{length}"), trunk.Branch(length)), branch);
        }
        Assert.True(
            JsonDocument
                .Parse(File.ReadAllText(Path.Combine(trunk.BranchPath(2048), "result.json")))
                .RootElement.GetProperty("thread_seconds")
                .GetDouble() > 0
        );
        Assert.Equal(
            "trunk",
            JsonDocument
                .Parse(File.ReadAllText(Path.Combine(trunk.BranchPath(2048), "result.json")))
                .RootElement.GetProperty("trunk")
                .GetString()
        );
    }

    /// <summary>Rotten weights: the checkpoint is taken as it is, and the step names the tensor.</summary>
    [Fact]
    public void Run_WithWhatIsNoNumber_StopsAndNamesTheTensor()
    {
        using RunFolder place = RunFolder.Open(In("a"));
        place.Begin(TinyRun.Model, TinyRun.Configuration);
        using TrainingData data = TinyRun.Data(TinyRun.Configuration);
        using TrainingRun run = new(place, TinyRun.Model, TinyRun.Configuration, data, 1, new CheckpointRule(0));
        run.RunUntil(1280, null, TestContext.Current.CancellationToken);
        run.Save();
        run.Trainer.Model.Parameters.Single(p => p.Name == "blocks.0.feed_forward.output.weight").Weights[3] = float.NaN;
        Assert.Equal(RunEnd.Diverged, run.RunUntil(double.PositiveInfinity, null, TestContext.Current.CancellationToken));
        Assert.Equal(new Divergence.NoLoss(new NonFinite.Forward("blocks.0.feed_forward.output.weight")), run.Trainer.Divergence);
        Assert.Equal((10, 10), (run.Steps, run.SavedStep));
    }

    [Fact]
    public void Run_WithARateFarTooHigh_StopsWhenTheLossExplodes()
    {
        RunConfiguration wild = TinyRun.Configuration with
        {
            LearningRate = 1,
            WarmupTokens = 0,
            BatchSequences = 1,
            MicroBatchSequences = 1,
        };
        using TrainingData data = TinyRun.Data(wild);
        using Trainer trainer = new(TinyRun.Model, wild, data, 1);
        while (!trainer.IsDone && trainer.Step() is not null) { }
        Divergence.Explosion explosion = Assert.IsType<Divergence.Explosion>(trainer.Divergence);
        Assert.True(explosion.Smoothed > explosion.Lowest && explosion.GradientNorm > 0, $"{explosion}");
        Assert.Contains(trainer.Model.Parameters, p => p.Name == explosion.Parameter);
    }

    [Fact]
    public void Folder_OfAnotherRun_IsRefusedWithTheDifference()
    {
        Stop(In("a"), 2);
        using RunFolder place = RunFolder.Open(In("a"));
        UserException seed = Assert.Throws<UserException>(() => place.Begin(TinyRun.Model, TinyRun.Configuration with { Seed = 8 }));
        Assert.Equal(
            $"{In("a")} holds another run: seed is 7 there and 8 now. Give another folder, or the same settings to go on with that run.",
            seed.Message
        );
        UserException clip = Assert.Throws<UserException>(() =>
            place.Begin(TinyRun.Model, TinyRun.Configuration with { Optimizer = new AdamWSettings(Clip: 2) })
        );
        Assert.Contains("optimizer.clip is 1 there and 2 now", clip.Message);
        UserException model = Assert.Throws<UserException>(() =>
            place.Begin(TinyRun.Model with { FeedForwardWidth = 64, ExpertWidth = 64 }, TinyRun.Configuration)
        );
        Assert.Contains("its model has 'd_ff: 48', and now 'd_ff: 64'", model.Message);
    }

    [Fact]
    public void Folder_InUse_IsRefused()
    {
        Assert.False(RunFolder.IsInUse(In("a")));
        using RunFolder place = RunFolder.Open(In("a"));
        Assert.Contains("another program trains in it", Assert.Throws<UserException>(() => RunFolder.Open(In("a"))).Message);
        Assert.True(RunFolder.IsInUse(In("a")));
    }

    [Fact]
    public void Folder_WithSomethingElse_IsRefused()
    {
        _folder.Write("a/thesis.tex", "years of work");
        Assert.Equal(
            $"{In("a")} holds no run, but 'thesis.tex'. Give a new folder.",
            Assert.Throws<UserException>(() => RunFolder.Open(In("a"))).Message
        );
    }

    [Fact]
    public void Checkpoint_OfAnotherModel_IsRefusedWithTheTensor()
    {
        Stop(In("a"), 2);
        Stop(In("b"), 2, TinyRun.Model with { FeedForwardWidth = 64, ExpertWidth = 64 });
        Directory.Delete(Path.Combine(In("a"), "checkpoint"), recursive: true);
        Directory.Move(Path.Combine(In("b"), "checkpoint"), Path.Combine(In("a"), "checkpoint"));
        UserException e = Assert.Throws<UserException>(() => TinyRun.Finish(In("a"), TinyRun.Configuration));
        Assert.Contains(
            "holds another model than 'tiny': 'blocks.0.feed_forward.input.weight' is (128, 16) there and (96, 16) in that",
            e.Message
        );
    }

    [Fact]
    public void Checkpoint_ThatCannotBeWritten_KeepsTheOneBefore()
    {
        Stop(In("a"), 4);
        string state = File.ReadAllText(Path.Combine(In("a"), "checkpoint", "state.json"));
        // A file in the way of the folder beside, for a full disk.
        _folder.Write("a/checkpoint.next", "");
        Assert.Throws<UserException>(() => Stop(In("a"), 8));
        Assert.Equal(state, File.ReadAllText(Path.Combine(In("a"), "checkpoint", "state.json")));
        File.Delete(In("a/checkpoint.next"));
        Assert.Equal(TinyRun.Finish(In("whole"), TinyRun.Configuration), TinyRun.Finish(In("a"), TinyRun.Configuration));
    }

    [Fact]
    public void Sweep_FromALowGuess_EnclosesTheBest()
    {
        RunConfiguration shortRun = RateSweep.Short(TinyRun.Configuration with { LearningRate = 1e-3 }, 2048, 0.2);
        using TrainingData data = TinyRun.Data(shortRun);
        List<SweptRate> tried = [];
        IReadOnlyList<SweptRate> rates = RateSweep.Run(
            TinyRun.Model,
            shortRun,
            data,
            1,
            [],
            tried.Add,
            null,
            TestContext.Current.CancellationToken
        );
        double best = RateSweep.Best(rates)!.Value;
        Assert.All(rates.Zip(rates.Skip(1)), pair => Assert.Equal(2, pair.Second.Rate / pair.First.Rate, 1e-12));
        Assert.InRange(best, rates[1].Rate, rates[^2].Rate);
        Assert.Equal(tried.MinBy(t => t.Loss)!.Rate, best);
        // What is known is not tried again.
        Assert.Equal(
            rates,
            RateSweep.Run(
                TinyRun.Model,
                shortRun,
                data,
                1,
                tried,
                _ => Assert.Fail("Tried again."),
                null,
                TestContext.Current.CancellationToken
            )
        );
    }

    [Fact]
    public void TensorBytes_BeforeTheRun_AreThoseOfTheRun()
    {
        using TrainingData data = TinyRun.Data(TinyRun.Configuration);
        using Trainer trainer = new(TinyRun.Model, TinyRun.Configuration, data, 1);
        Assert.Equal(trainer.Model.TensorBytes, Transformer.TensorBytesOf(TinyRun.Model, 3, 16, 1));
    }

    private static void Stop(string folder, int steps, Models.Model? model = null)
    {
        using RunFolder place = RunFolder.Open(folder);
        place.Begin(model ?? TinyRun.Model, TinyRun.Configuration);
        using TrainingData data = TinyRun.Data(TinyRun.Configuration);
        using TrainingRun run = new(place, model ?? TinyRun.Model, TinyRun.Configuration, data, 1, new CheckpointRule(0));
        using CancellationTokenSource stop = new();
        Assert.Equal(
            RunEnd.Stopped,
            run.RunUntil(
                double.PositiveInfinity,
                step =>
                {
                    if (step.Step == steps)
                    {
                        stop.Cancel();
                    }
                },
                stop.Token
            )
        );
    }

    private static JsonElement[] Lines(string folder) =>
        [.. File.ReadLines(Path.Combine(folder, "metrics.jsonl")).Select(l => JsonDocument.Parse(l).RootElement)];

    private static double[] Losses(string folder) => [.. Lines(folder).Select(l => l.GetProperty("loss").GetDouble())];
}
