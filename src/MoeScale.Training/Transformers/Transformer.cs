using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Kernels;
using MoeScale.Training.Layers;
using MoeScale.Training.Layers.Experts;

namespace MoeScale.Training.Transformers;

/// <summary>
/// A decoder-only Transformer in memory, in single precision: weights, gradients, and the activations of one micro-batch, all allocated
/// once.
/// The same weights and tokens give the same bits for any number of threads.
/// </summary>
public sealed unsafe class Transformer : IDisposable
{
    private readonly ComputeContext _compute;
    private readonly MemoryPlan _plan;
    private readonly RotaryTables? _rotary;
    private readonly TokenEmbedding _embedding;
    private readonly Block[] _blocks;
    private readonly Head _head;
    private readonly ActivationBuffer? _dStream;

    /// <param name="model">One that <see cref="WhyNot"/> has nothing against.</param>
    /// <param name="sequences">Sequences of a micro-batch at most.</param>
    /// <param name="sequence">Tokens of a sequence; at most the model's context.</param>
    /// <param name="threads">Threads to work with.</param>
    /// <param name="forTraining">Whether there are gradients.</param>
    /// <exception cref="UserException">The model has parts that are not built here.</exception>
    public Transformer(Model model, int sequences, int sequence, int threads, bool forTraining = true)
        : this(model, sequences, sequence, threads, forTraining, allocate: true) { }

    private Transformer(Model model, int sequences, int sequence, int threads, bool forTraining, bool allocate)
    {
        Require(model);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sequence, (int)model.Context);
        // Rows and choices are counted in 32 bits.
        int maxTokens = (int)(int.MaxValue / Math.Max(1, model.TopK));
        if ((long)sequences * sequence > maxTokens)
        {
            throw new UserException(
                $"A micro-batch of {sequences} sequences of {sequence} tokens is too large: "
                    + $"{maxTokens} tokens are the most that are computed at once. Take a smaller one."
            );
        }
        if (sequences % GroupOf(model) != 0)
        {
            throw new UserException(
                $"A micro-batch of {sequences} sequences is no whole number of routing groups: "
                    + $"'{model.Name}' has a routing_group of {GroupOf(model)}, so take a multiple of that."
            );
        }
        Model = model;
        Sequences = sequences;
        Sequence = sequence;
        _compute = new ComputeContext(threads);
        _plan = new MemoryPlan(sequences * sequence, sequence);
        _rotary = model.Positions == Positions.Rope ? new RotaryTables(_plan, model) : null;
        _embedding = new TokenEmbedding(_plan, _compute, model);
        _blocks = [.. Enumerable.Range(0, (int)model.Blocks).Select(i => new Block(_plan, _compute, i, model, _rotary))];
        RouterLoads = [.. _blocks.Where(b => b.Experts is not null).Select(b => b.Experts!.Load)];
        Dispatches = [.. _blocks.Where(b => b.Experts is not null).Select(b => b.Experts!.Dispatch)];
        _head = new Head(_plan, _compute, model, _embedding);
        _dStream = forTraining ? _plan.PerToken("gradient of the stream", (int)model.ModelWidth) : null;
        if (allocate)
        {
            _plan.Allocate(forTraining);
            _rotary?.Fill();
        }
    }

    /// <summary>In the place of a target: the token has no loss and no gradient.</summary>
    public const int NoTarget = CrossEntropy.Ignored;

    public Model Model { get; }

    /// <summary>Sequences of a micro-batch at most.</summary>
    public int Sequences { get; }

    /// <summary>Tokens of a sequence.</summary>
    public int Sequence { get; }

    /// <summary>Rows of embedding and head.</summary>
    public int Vocabulary => (int)Model.VocabularyRows;

    /// <summary>What a number of sequences must be a multiple of: the group from which experts choose, or 1.</summary>
    public static int GroupOf(Model model) => model.IsDense ? 1 : model.Routing.Kind.GroupOf(model);

    /// <summary>As many sequences as wished in whole groups, and one group at least.</summary>
    public static int WholeGroups(Model model, int sequences) => Math.Max(1, sequences / GroupOf(model)) * GroupOf(model);

    public IReadOnlyList<Parameter> Parameters => _plan.Parameters;

    /// <summary>Bytes of weights, gradients and activations, padding and <see cref="ScratchBytes"/> included.</summary>
    public long TensorBytes =>
        (sizeof(float) * (((_dStream is null ? 1 : 2) * (long)_plan.ParameterFloats) + _plan.ActivationFloats)) + ScratchBytes;

    /// <summary>What matrix products pack their operands into: the same for every model, and a part for each thread.</summary>
    public long ScratchBytes => _compute.Product.ScratchBytes;

    /// <summary>Where the time goes; null unless somebody asks.</summary>
    internal StepClock? Clock
    {
        set => _compute.Clock = value;
    }

    /// <summary>The <see cref="TensorBytes"/> of such a model in training, before any of it is allocated.</summary>
    /// <inheritdoc cref="Transformer(Model, int, int, int, bool)"/>
    public static long TensorBytesOf(Model model, int sequences, int sequence, int threads)
    {
        using Transformer planned = Planned(model, sequences, sequence, threads);
        return planned.TensorBytes;
    }

    /// <summary>A model in training of which nothing is allocated: it knows its sizes, and can do nothing.</summary>
    internal static Transformer Planned(Model model, int sequences, int sequence, int threads) =>
        new(model, sequences, sequence, threads, forTraining: true, allocate: false);

    internal WorkerPool Pool => _compute.Pool;

    internal MemoryPlan Plan => _plan;

    /// <summary>Floats of an arena of parameters, with padding that is always zero.</summary>
    internal nint ParameterFloats => _plan.ParameterFloats;

    internal float* Weights => _plan.Weights;

    internal float* Gradients => _plan.Gradients;

    /// <summary>The first thing that keeps a model from being trained here; null if nothing does.</summary>
    public static TrainingObstacle? WhyNot(Model model)
    {
        if (NotBuilt(model) is UnbuiltPart part)
        {
            return new TrainingObstacle.NotBuilt(part);
        }
        if (!model.IsDense && model.TopK == 1 && model.Routing.Weights is RouterWeights.SelectedSoftmax or RouterWeights.SelectedSigmoid)
        {
            return new TrainingObstacle.RouterLearnsNothing();
        }
        if (model.WindowedBlocks > 0 && model.SlidingWindow < model.Context)
        {
            return new TrainingObstacle.SlidingWindow(model.SlidingWindow);
        }
        if (model.ChunkedBlocks > 0 && model.AttentionChunk < model.Context)
        {
            return new TrainingObstacle.AttentionChunk(model.AttentionChunk);
        }
        if (model.LeftOut.Length > 0)
        {
            return new TrainingObstacle.LeftOut(model.LeftOut);
        }
        if (Buildable.WhyNot(model, 1) is BuildFault fault)
        {
            return new TrainingObstacle.CannotBeBuilt(fault);
        }
        return LargestMatrix(model) > int.MaxValue ? new TrainingObstacle.MatrixTooLarge(LargestMatrix(model)) : null;
    }

    /// <exception cref="UserException">The model cannot be trained here: says why.</exception>
    public static void Require(Model model)
    {
        if (WhyNot(model) is TrainingObstacle obstacle)
        {
            throw new UserException($"'{model.Name}' cannot be trained here: {obstacle.Reason}.");
        }
    }

    /// <summary>The mean loss of a batch, in nats per token.</summary>
    /// <param name="tokens">(sequences, sequence), one after the other.</param>
    /// <param name="targets">The token that follows each; <see cref="NoTarget"/> for none.</param>
    /// <exception cref="ArgumentException">No token has a target, or the tokens are no whole sequences.</exception>
    public double Loss(ReadOnlySpan<int> tokens, ReadOnlySpan<int> targets) =>
        Counted(targets) is > 0 and int count
            ? SumOfLosses(tokens, targets) / count
            : throw new ArgumentException("No token has a target, so there is no mean loss.", nameof(targets));

    /// <summary>The sum of the losses of a batch, in nats.</summary>
    /// <inheritdoc cref="Loss"/>
    public double SumOfLosses(ReadOnlySpan<int> tokens, ReadOnlySpan<int> targets)
    {
        int rows = Require(tokens, targets);
        fixed (
            int* t = tokens,
                u = targets
        )
        {
            _head.Evaluate(Forward(t, rows, training: false), u, rows);
        }
        return SumOfLosses(rows);
    }

    /// <summary>The losses of each token of the last batch, in nats.</summary>
    public ReadOnlySpan<float> Losses(int rows) => new(_head.Losses, rows);

    /// <summary>The logits of some rows of a batch, in place until the next call.</summary>
    /// <param name="tokens">As for <see cref="Loss"/>.</param>
    /// <param name="first">The first row.</param>
    /// <param name="count">How many.</param>
    public ReadOnlySpan<float> Logits(ReadOnlySpan<int> tokens, int first, int count)
    {
        int rows = Require(tokens, tokens);
        fixed (int* t = tokens)
        {
            return _head.Logits(Forward(t, rows, training: false), rows, first, count);
        }
    }

    /// <summary>Adds the gradient of the losses of a micro-batch to the gradients.</summary>
    /// <param name="tokens">As for <see cref="Loss"/>.</param>
    /// <param name="targets">As for <see cref="Loss"/>.</param>
    /// <param name="scale">Of the gradient: one over the tokens of the whole step.</param>
    /// <returns>The sum of the losses, in nats.</returns>
    public double ForwardBackward(ReadOnlySpan<int> tokens, ReadOnlySpan<int> targets, float scale)
    {
        if (_dStream is null)
        {
            throw new InvalidOperationException("This model was made without gradients: forTraining was false.");
        }
        int rows = Require(tokens, targets);
        fixed (
            int* t = tokens,
                u = targets
        )
        {
            float* dStream = _dStream.Data;
            _head.ForwardBackward(Forward(t, rows, training: true), u, rows, scale, dStream);
            for (int i = _blocks.Length - 1; i >= 0; i--)
            {
                _blocks[i].Backward(rows, dStream, scale);
            }
            _embedding.Backward(t, rows, dStream);
        }
        return SumOfLosses(rows);
    }

    /// <summary>Gives all parameters the values that training begins with.</summary>
    public void Initialize(Initialization how, ulong seed)
    {
        foreach (Parameter p in Parameters)
        {
            Initializer.Fill(p, how, seed);
        }
    }

    /// <summary>
    /// What each router did in the training passes of this step; after <see cref="EndStep"/>, of the last. None where the model is dense.
    /// </summary>
    public IReadOnlyList<RouterLoad> RouterLoads { get; }

    /// <summary>Which token met which expert in the last forward pass, in the order of <see cref="RouterLoads"/>.</summary>
    internal IReadOnlyList<Dispatch> Dispatches { get; }

    /// <summary>
    /// To be called after each step of the optimizer: routers that balance their load by a bias move it, and the next training pass begins
    /// to count anew.
    /// </summary>
    public void EndStep()
    {
        foreach (Block block in _blocks)
        {
            block.Experts?.EndStep();
        }
    }

    /// <summary>Sets all gradients to zero.</summary>
    public void ClearGradients() => _compute.Pool.Run(ArenaJobs.Chunks(ParameterFloats), new ArenaJobs.Clear(Gradients, ParameterFloats));

    /// <summary>The first tensor of a forward pass that holds what is no number; null if all are finite.</summary>
    /// <param name="tokens">As for <see cref="Loss"/>.</param>
    public string? FirstNonFinite(ReadOnlySpan<int> tokens)
    {
        foreach (Parameter p in Parameters)
        {
            if (!ArenaJobs.IsFinite(p.Weight, p.Count))
            {
                return p.Name;
            }
        }
        SumOfLosses(tokens, tokens);
        return _plan.Buffers.FirstOrDefault(b => b != _dStream && !b.HoldsIndices && !ArenaJobs.IsFinite(b.Data, b.Count))?.Name;
    }

    public void Dispose()
    {
        _plan.Dispose();
        _compute.Dispose();
    }

    private static UnbuiltPart? NotBuilt(Model m) =>
        m.Latent is not null ? UnbuiltPart.LatentAttention
        : m.Indexer is not null ? UnbuiltPart.Indexer
        : m.QueryKeyNorm != QueryKeyNorm.None ? UnbuiltPart.QueryKeyNorm
        : m.AttentionSinks ? UnbuiltPart.AttentionSinks
        : m.NormAfterParts ? UnbuiltPart.NormAfterParts
        : m.SharedGate ? UnbuiltPart.SharedGate
        : m.PredictionModules > 0 ? UnbuiltPart.PredictionModules
        : null;

    private static double LargestMatrix(Model m)
    {
        double perChannel = m.IsGated ? 2 : 1;
        double[] rows =
        [
            m.VocabularyRows,
            m.Context,
            (m.Heads + (2 * m.KvHeads)) * m.HeadWidth,
            m.DenseBlocks > 0 ? perChannel * m.FeedForwardWidth : 0,
            m.IsDense ? 0 : perChannel * Math.Max(m.ExpertCount * m.ExpertWidth, m.SharedWidth),
        ];
        return m.ModelWidth * rows.Max();
    }

    private float* Forward(int* tokens, int rows, bool training)
    {
        float* stream = null;
        _embedding.Forward(tokens, rows, _blocks[0].Input.Data);
        for (int i = 0; i < _blocks.Length; i++)
        {
            ActivationBuffer next = i + 1 < _blocks.Length ? _blocks[i + 1].Input : _head.Input;
            _blocks[i].Forward(stream, rows, next.Data, training);
            stream = _blocks[i].Stream;
        }
        return stream;
    }

    private double SumOfLosses(int rows)
    {
        double sum = 0;
        for (int r = 0; r < rows; r++)
        {
            sum += _head.Losses[r];
        }
        return sum;
    }

    private int Require(ReadOnlySpan<int> tokens, ReadOnlySpan<int> targets)
    {
        if (tokens.Length == 0 || tokens.Length % Sequence != 0 || tokens.Length > Sequences * Sequence || targets.Length != tokens.Length)
        {
            throw new ArgumentException(
                $"{tokens.Length} tokens and {targets.Length} targets are no 1 to {Sequences} sequences of {Sequence}.",
                nameof(tokens)
            );
        }
        if (tokens.Length / Sequence % GroupOf(Model) != 0)
        {
            throw new ArgumentException(
                $"{tokens.Length / Sequence} sequences are no whole routing groups of {GroupOf(Model)}.",
                nameof(tokens)
            );
        }
        foreach (int token in tokens)
        {
            if ((uint)token >= (uint)Vocabulary)
            {
                throw new ArgumentOutOfRangeException(nameof(tokens), token, $"A token must be below the vocabulary of {Vocabulary}.");
            }
        }
        foreach (int target in targets)
        {
            if (target != CrossEntropy.Ignored && (uint)target >= (uint)Vocabulary)
            {
                throw new ArgumentOutOfRangeException(nameof(targets), target, $"A target must be below the vocabulary of {Vocabulary}.");
            }
        }
        return tokens.Length;
    }

    private static int Counted(ReadOnlySpan<int> targets)
    {
        int count = 0;
        foreach (int target in targets)
        {
            count += target == CrossEntropy.Ignored ? 0 : 1;
        }
        return count;
    }
}
