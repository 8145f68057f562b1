using System.Diagnostics;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Data;
using MoeScale.Training.Data.Tokens;
using MoeScale.Training.Layers;
using MoeScale.Training.Recipes;
using MoeScale.Training.Transformers;

namespace MoeScale.Training.Runs;

/// <summary>What one step did.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Tokens">Seen, with its own.</param>
/// <param name="Loss">Of its batch, before the step; nats per token.</param>
/// <param name="SmoothedLoss">See <see cref="Trainer.SmoothedSteps"/>.</param>
/// <param name="Rate">Its learning rate.</param>
/// <param name="GradientNorm">Before clipping.</param>
/// <param name="TokensPerSecond">Of this step alone.</param>
public readonly record struct StepReport(
    long Step,
    long Tokens,
    double Loss,
    double SmoothedLoss,
    double Rate,
    double GradientNorm,
    double TokensPerSecond
);

/// <summary>
/// A model in training, in memory: it makes steps and scores what is held out. What it does depends on configuration, model, data and state
/// alone.
/// </summary>
public sealed class Trainer : IDisposable
{
    /// <summary>
    /// The smoothed loss is the mean over all steps up to this many, then moves by one part in so many of the difference to each new one.
    /// </summary>
    public const int SmoothedSteps = 100;

    // Times ln V, what knowing nothing costs. The weights at the start lose about one.
    private const double ExplodedLoss = 3;
    private const double ExplodedRise = 0.5;

    private readonly TrainingData _data;
    private readonly Batch _batch;
    private readonly LearningRateSchedule _rates;
    private readonly BatchRamp _ramp;
    private readonly int _group;
    private readonly int _threads;

    /// <summary>Allocates everything; the weights are those that training begins with.</summary>
    /// <exception cref="UserException">See <see cref="Require"/>.</exception>
    public Trainer(Model model, RunConfiguration configuration, TrainingData data, int threads)
    {
        Configuration = configuration;
        _data = data;
        _threads = threads;
        _rates = configuration.Rates;
        _group = Transformer.GroupOf(model);
        _ramp = configuration.Ramp(_group);
        Require(model, configuration, data);
        Model = new Transformer(model, configuration.LargestMicroBatch, configuration.Context, threads);
        Optimizer = new AdamWOptimizer(Model, configuration.Optimizer);
        _batch = new Batch(configuration.LargestMicroBatch, configuration.Context);
        Model.Initialize(configuration.Initialization, configuration.Seed);
    }

    public RunConfiguration Configuration { get; }

    public Transformer Model { get; }

    /// <summary>Tokens trained on so far.</summary>
    public long Tokens => State.Sequences * Configuration.Context;

    /// <summary>Whether the run's tokens are trained on.</summary>
    public bool IsDone => NextSequences() == 0;

    /// <summary>What <see cref="Step"/> found where it returned null.</summary>
    public Divergence? Divergence { get; private set; }

    internal AdamWOptimizer Optimizer { get; }

    internal RunState State { get; private set; } = RunState.Begin;

    /// <summary>Fails where experts choose and the run is not made of whole groups.</summary>
    /// <exception cref="UserException">Steps are no whole routing groups of the model, or what is held out is less than one.</exception>
    public static void Require(Model model, RunConfiguration configuration, TrainingData data)
    {
        int group = Transformer.GroupOf(model);
        foreach (
            (string what, long sequences) in (ReadOnlySpan<(string, long)>)
                [
                    ("A run", configuration.Sequences),
                    ("A step", configuration.BatchSequences),
                    ("A micro-batch", configuration.LargestMicroBatch),
                ]
        )
        {
            if (sequences % group != 0)
            {
                throw new UserException(
                    $"{what} of {Plural.Of(sequences, "sequence")} is no whole number of routing groups: "
                        + $"the experts of '{model.Name}' choose among {Plural.Of(group, "sequence")}. "
                        + $"Take a multiple of {group}, or a smaller group."
                );
            }
        }
        if (data.HeldOut?.Count < group)
        {
            throw new UserException(
                $"{Plural.Of(data.HeldOut.Count, "sequence")} of {Plural.Of(configuration.Context, "token")} are held out, "
                    + $"and the experts of '{model.Name}' choose among {group}. "
                    + $"Hold out and score {Plural.Of((long)group * configuration.Context, "token")} or more, or take a smaller group."
            );
        }
    }

    /// <summary>Bytes of weights, gradients, moments, activations and scratch memory.</summary>
    public long TensorBytes => Model.TensorBytes + Optimizer.TensorBytes;

    /// <summary>The <see cref="TensorBytes"/> of such a run, before any of it is allocated.</summary>
    public static long TensorBytesOf(Model model, RunConfiguration configuration, int threads)
    {
        using Transformer planned = Transformer.Planned(model, configuration.LargestMicroBatch, configuration.Context, threads);
        return planned.TensorBytes + AdamWOptimizer.TensorBytesFor(planned);
    }

    /// <summary>The <see cref="TensorBytes"/> of such a run, which this machine has.</summary>
    /// <exception cref="UserException">It has less.</exception>
    public static double RequireMemory(Model model, RunConfiguration configuration, int threads)
    {
        double there = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        // Weights, gradients and two moments: enough to know that the rest cannot even be planned.
        double needed = 4.0 * sizeof(float) * Census.Of(model).StoredParams;
        bool canBePlanned = needed <= there;
        if (canBePlanned)
        {
            needed = TensorBytesOf(model, configuration, threads);
        }
        return needed <= there
            ? needed
            : throw new UserException(
                $"'{model.Name}' needs {Quantity.FormatBytes(needed)} of memory to be trained; this machine gives "
                    + $"{Quantity.FormatBytes(there)}. Take a smaller model{(canBePlanned ? Smaller(model, configuration) : "")}."
            );
    }

    // Activations shrink with what is computed at once, weights do not.
    private static Phrase Smaller(Model model, RunConfiguration configuration)
    {
        int group = Transformer.GroupOf(model);
        if (configuration.MicroBatchSequences > group)
        {
            return $", or lower {RecipeSettings.MicroBatch.Name}";
        }
        return group > 1
            ? (Phrase)$", or lower {RecipeSettings.RoutingGroup} or {RecipeSettings.Context}"
            : (Phrase)$", or lower {RecipeSettings.Context}";
    }

    /// <summary>Tokens of the next step; 0 at the end.</summary>
    public long NextTokens => (long)NextSequences() * Configuration.Context;

    /// <summary>
    /// One step. Null where the loss or the gradient is no number, or the loss explodes: then no weight was changed, and
    /// <see cref="Divergence"/> says what began it.
    /// </summary>
    public StepReport? Step()
    {
        long start = Stopwatch.GetTimestamp();
        int count = NextSequences();
        long tokens = (long)count * Configuration.Context;
        Model.ClearGradients();
        double sum = 0;
        for (int first = 0; first < count; first += _batch.Sequences)
        {
            int rows = Load(_data.Training, State.Sequences + first, Math.Min(_batch.Sequences, count - first));
            sum += Model.ForwardBackward(_batch.Tokens[..rows], _batch.Targets[..rows], 1f / tokens);
        }
        double loss = sum / tokens;
        if (!double.IsFinite(loss))
        {
            Divergence = new Divergence.NoLoss(WhereItBegan(count));
            return null;
        }
        long step = State.Step + 1;
        double smoothed = State.SmoothedLoss + ((loss - State.SmoothedLoss) / Math.Min(step, SmoothedSteps));
        double ignorance = Math.Log(Model.Vocabulary);
        if (loss > ExplodedLoss * ignorance || smoothed > State.LowestLoss + (ExplodedRise * ignorance))
        {
            (string parameter, double longest) = LongestGradient();
            Divergence = new Divergence.Explosion(loss, smoothed, Math.Min(State.LowestLoss, smoothed), parameter, longest);
            return null;
        }
        double rate = _rates.RateOfStep(Tokens, tokens);
        double norm = Optimizer.Step(rate);
        if (!double.IsFinite(norm))
        {
            Divergence = new Divergence.NoGradient(WhereItBegan(count));
            return null;
        }
        Model.EndStep();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        State = State with
        {
            Step = step,
            Sequences = State.Sequences + count,
            SmoothedLoss = smoothed,
            LowestLoss = Math.Min(State.LowestLoss, smoothed),
            Seconds = State.Seconds + seconds,
            ThreadSeconds = State.ThreadSeconds + (seconds * _threads),
        };
        return new StepReport(step, Tokens, loss, smoothed, rate, norm, tokens / seconds);
    }

    /// <summary>
    /// The mean loss of held-out sequences, nats per token; null where nothing is held out. No token is dropped. Where
    /// experts choose, they do among whole groups; the last one is filled with sequences from the beginning, which do
    /// not count.
    /// </summary>
    /// <param name="maxTokens">At most so many are scored, the first of them, but one group at least.</param>
    public double? HeldOutLoss(long maxTokens)
    {
        if (_data.HeldOut is not ISequences heldOut)
        {
            return null;
        }
        long sequences = Math.Min(heldOut.Count, Math.Max(_group, maxTokens / Configuration.Context));
        double sum = 0;
        for (long first = 0; first < sequences; first += _batch.Sequences)
        {
            int rows = _batch.LoadGroups(heldOut, first, (int)Math.Min(_batch.Sequences, sequences - first), _group);
            sum += Model.SumOfLosses(_batch.Tokens[..rows], _batch.Targets[..rows]);
        }
        return sum / (sequences * Configuration.Context);
    }

    /// <summary>Whether the next step would pass so many tokens.</summary>
    internal bool WouldPass(double tokens) => Tokens + NextTokens > tokens;

    /// <summary>Whether so many steps read so many sequences: each step is a function of those before.</summary>
    internal bool CanBe(RunState state)
    {
        (long sequences, long step) = (0, 0);
        for (; step < state.Step && sequences < Configuration.Sequences; step++)
        {
            sequences += Math.Min(_ramp.At(sequences * Configuration.Context), Configuration.Sequences - sequences);
        }
        return (step, sequences) == (state.Step, state.Sequences);
    }

    /// <summary>Goes on from a checkpoint, whose weights and moments are read already.</summary>
    internal void Resume(RunState state)
    {
        State = state;
        Optimizer.Steps = state.Step;
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        Model.Dispose();
    }

    // A function of the position alone, so a run that resumes makes the steps it would have made.
    private int NextSequences() => (int)Math.Min(_ramp.At(Tokens), Configuration.Sequences - State.Sequences);

    private int Load(ISequences from, long position, int count)
    {
        _batch.Load(from, position, count);
        return count * Configuration.Context;
    }

    private NonFinite WhereItBegan(int count)
    {
        // The gradient runs from the head to the embedding: what is last here was first to break.
        Parameter? gradient = Model.Parameters.LastOrDefault(p => !p.Gradients.ToArray().All(float.IsFinite));
        for (int first = 0; first < count; first += _batch.Sequences)
        {
            int rows = Load(_data.Training, State.Sequences + first, Math.Min(_batch.Sequences, count - first));
            if (Model.FirstNonFinite(_batch.Tokens[..rows]) is string place)
            {
                return new NonFinite.Forward(place);
            }
        }
        return gradient is null ? new NonFinite.Sum() : new NonFinite.Gradient(gradient.Name);
    }

    private (string Parameter, double Norm) LongestGradient()
    {
        return Model.Parameters.Select(p => (p.Name, Norm(p.Gradients))).MaxBy(p => p.Item2);

        static double Norm(Span<float> values)
        {
            double sum = 0;
            foreach (float value in values)
            {
                sum += (double)value * value;
            }
            return Math.Sqrt(sum);
        }
    }
}
