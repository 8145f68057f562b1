using System.Diagnostics;
using MoeScale.Studies.Files;
using MoeScale.Training.Data;
using MoeScale.Training.Data.Synthetic;
using MoeScale.Training.Runs;

namespace MoeScale.Studies.Costs;

/// <summary>
/// How fast this machine trains the cells of a study: steps of a few of them on random text, the smallest, the largest and one between, dense ones and mixtures apart,
/// as many at once as will be trained at once. The others lie on lines between these, in logarithms of FLOPs and of seconds for each token.
/// </summary>
public sealed class SpeedMeter
{
    private const double SecondsEach = 1.0;
    private const int LeastSteps = 2;
    private const double MostStepTokens = 1 << 14;

    private readonly Dictionary<bool, (double Flops, double Seconds)[]> _points = [];

    private SpeedMeter()
    {
    }

    /// <param name="cells">All of them.</param>
    /// <param name="sideBySide">How many are trained at once, with a thread each.</param>
    public static SpeedMeter Measure(IReadOnlyList<Cell> cells, int sideBySide)
    {
        SpeedMeter meter = new();
        foreach (IGrouping<bool, Cell> kind in cells.GroupBy(c => c.Model.IsDense))
        {
            Cell[] ordered = [.. kind.DistinctBy(c => c.FlopsPerToken).OrderBy(c => c.FlopsPerToken)];
            Cell[] chosen = [.. ((Cell[])[ordered[0], ordered[ordered.Length / 2], ordered[^1]]).Distinct()];
            meter._points[kind.Key] = [.. chosen.Select(c => (c.FlopsPerToken, SecondsPerToken(c, sideBySide)))];
        }
        return meter;
    }

    /// <summary>Of training with one thread, while others are trained beside it.</summary>
    public double SecondsPerToken(Cell cell)
    {
        (double Flops, double Seconds)[] points = _points[cell.Model.IsDense];
        int right = Math.Clamp(Array.FindIndex(points, p => p.Flops >= cell.FlopsPerToken), 0, points.Length - 1);
        (double Flops, double Seconds) b = points[right], a = points[Math.Max(0, right - 1)];
        return a.Flops == b.Flops || cell.FlopsPerToken == b.Flops
            ? b.Seconds * (cell.FlopsPerToken / b.Flops)
            : Math.Exp(Math.Log(a.Seconds) + (Math.Log(cell.FlopsPerToken / a.Flops) / Math.Log(b.Flops / a.Flops) * Math.Log(b.Seconds / a.Seconds)));
    }

    private static double SecondsPerToken(Cell cell, int sideBySide)
    {
        double[] seconds = new double[sideBySide];
        Task[] tasks = [.. Enumerable.Range(0, sideBySide).Select(i => Task.Factory.StartNew(() => seconds[i] = Alone(cell), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        Task.WaitAll(tasks);
        return seconds.Average();
    }

    private static double Alone(Cell cell)
    {
        // A step of a large batch is many small ones: one of some thousand tokens tells its speed.
        int batch = Math.Max(cell.MicroBatch, (int)Math.Min(MostStepTokens / cell.Context, cell.Batch) / cell.MicroBatch * cell.MicroBatch);
        RunConfiguration configuration = new()
        {
            Text = ["synthetic"],
            Tokenizer = "synthetic",
            Tokens = long.MaxValue / 4 / cell.Context * cell.Context,
            Context = cell.Context,
            BatchSequences = batch,
            MicroBatchSequences = cell.MicroBatch,
            LearningRate = 1e-4,
        };
        SyntheticLanguage language = new() { Vocabulary = (int)Math.Clamp(cell.Model.VocabularySize, 64, 4096) };
        using TrainingData data = TrainingData.OfSynthetic(language, new DataSettings { Context = cell.Context, Tokens = configuration.Tokens, HeldOutTokens = (long)cell.MicroBatch * cell.Context });
        using Trainer trainer = new(cell.Model, configuration, data, threads: 1);
        // The first step compiles and touches memory.
        trainer.Step();
        long start = Stopwatch.GetTimestamp();
        int steps = 0;
        do
        {
            trainer.Step();
            steps++;
        }
        while (steps < LeastSteps || Stopwatch.GetElapsedTime(start).TotalSeconds < SecondsEach);
        return Stopwatch.GetElapsedTime(start).TotalSeconds / (steps * (double)batch * cell.Context);
    }
}
