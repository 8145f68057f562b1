using System.Diagnostics;
using MoeScale.Studies.Files;
using MoeScale.Training.Data;
using MoeScale.Training.Data.Synthetic;
using MoeScale.Training.Data.Tokenizers;
using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;

namespace MoeScale.Studies.Costs;

/// <summary>
/// How fast this machine trains the cells of a study: steps of a few of them on random text, as many at once and with
/// as many threads as they will be trained with. Of each kind (dense or a mixture, context, micro-batch) the smallest,
/// the largest and one between are measured; the others lie on lines between these, in logarithms of FLOPs and of
/// seconds for each token. Of many kinds only those of most FLOPs are measured, and the others are taken for the
/// nearest of these.
/// </summary>
public sealed class SpeedMeter
{
    private const double SecondsEach = 1.0;
    private const int MinSteps = 2;
    private const double MaxStepTokens = 1 << 14;

    // Of dense models, and of mixtures: a kind takes three seconds and more.
    private const int MaxKinds = 3;

    private readonly Dictionary<Kind, (double Flops, double Seconds)[]> _points = [];

    private SpeedMeter() { }

    /// <param name="cells">All of them.</param>
    /// <param name="places">Where they will be trained.</param>
    public static SpeedMeter Measure(IReadOnlyList<Cell> cells, Places places)
    {
        SpeedMeter meter = new();
        IEnumerable<IGrouping<Kind, Cell>> kinds = cells
            .GroupBy(Kind.Of)
            .GroupBy(k => k.Key.IsDense)
            .SelectMany(d => d.OrderByDescending(k => k.Sum(c => c.FlopsPerToken * c.TrainedTokens)).Take(MaxKinds));
        foreach (IGrouping<Kind, Cell> kind in kinds)
        {
            Cell[] ordered = [.. kind.DistinctBy(c => c.FlopsPerToken).OrderBy(c => c.FlopsPerToken)];
            Cell[] chosen = [.. ((Cell[])[ordered[0], ordered[ordered.Length / 2], ordered[^1]]).Distinct()];
            meter._points[kind.Key] = [.. chosen.Select(c => (c.FlopsPerToken, SecondsPerToken(c, places)))];
        }
        return meter;
    }

    /// <summary>Of training with the threads that a cell has, while others are trained beside it.</summary>
    public double SecondsPerToken(Cell cell)
    {
        Kind kind = Kind.Of(cell);
        (double Flops, double Seconds)[] points = _points.TryGetValue(kind, out (double Flops, double Seconds)[]? own)
            ? own
            : _points[_points.Keys.Where(k => k.IsDense == kind.IsDense).MinBy(kind.Distance)!];
        int right = Math.Clamp(Array.FindIndex(points, p => p.Flops >= cell.FlopsPerToken), 0, points.Length - 1);
        (double Flops, double Seconds) b = points[right],
            a = points[Math.Max(0, right - 1)];
        return a.Flops == b.Flops || cell.FlopsPerToken == b.Flops
            ? b.Seconds * (cell.FlopsPerToken / b.Flops)
            : Math.Exp(
                Math.Log(a.Seconds)
                    + (Math.Log(cell.FlopsPerToken / a.Flops) / Math.Log(b.Flops / a.Flops) * Math.Log(b.Seconds / a.Seconds))
            );
    }

    private static double SecondsPerToken(Cell cell, Places places)
    {
        double[] seconds = new double[places.SideBySide];
        Task[] tasks =
        [
            .. seconds.Select(
                (_, i) =>
                    Task.Factory.StartNew(
                        () => seconds[i] = Alone(cell, places.ThreadsEach),
                        CancellationToken.None,
                        TaskCreationOptions.LongRunning,
                        TaskScheduler.Default
                    )
            ),
        ];
        Task.WaitAll(tasks);
        return seconds.Average();
    }

    private static double Alone(Cell cell, int threads)
    {
        // A step of a large batch is many small ones: one of some thousand tokens tells its speed.
        int batch = Math.Max(cell.MicroBatch, (int)Math.Min(MaxStepTokens / cell.Context, cell.Batch) / cell.MicroBatch * cell.MicroBatch);
        RunConfiguration configuration = new()
        {
            Text = [TokenizerKinds.Synthetic],
            Tokenizer = TokenizerKinds.Synthetic,
            Tokens = long.MaxValue / 4 / cell.Context * cell.Context,
            Context = cell.Context,
            BatchSequences = batch,
            MicroBatchSequences = cell.MicroBatch,
            LearningRate = 1e-4,
        };
        SyntheticLanguage language = new() { Vocabulary = (int)Math.Clamp(cell.Model.VocabularySize, 64, 4096) };
        using TrainingData data = TrainingData.OfSynthetic(
            language,
            new DataSettings
            {
                Context = cell.Context,
                Tokens = configuration.Tokens,
                HeldOutTokens = (long)cell.MicroBatch * cell.Context,
            }
        );
        using Trainer trainer = new(cell.Model, configuration, data, threads);
        // The first step compiles and touches memory.
        trainer.Step();
        long start = Stopwatch.GetTimestamp();
        int steps = 0;
        do
        {
            trainer.Step();
            steps++;
        } while (steps < MinSteps || Stopwatch.GetElapsedTime(start).TotalSeconds < SecondsEach);
        return Stopwatch.GetElapsedTime(start).TotalSeconds / (steps * (double)batch * cell.Context);
    }

    /// <summary>
    /// What decides the speed beside the FLOPs: kernels of experts, the attention over a context, and rows that are computed at once.
    /// </summary>
    private sealed record Kind(bool IsDense, int Context, int MicroBatch)
    {
        public static Kind Of(Cell cell) => new(cell.Model.IsDense, cell.Context, cell.MicroBatch);

        public double Distance(Kind other) =>
            Math.Abs(Math.Log((double)Context / other.Context)) + Math.Abs(Math.Log((double)MicroBatch / other.MicroBatch));
    }
}
