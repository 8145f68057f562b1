using MoeScale.Models;
using MoeScale.Training.Kernels;

namespace MoeScale.Training.Layers;

/// <summary>The last norm, logits over the vocabulary, and the loss of each token.</summary>
internal sealed unsafe class Head
{
    // Floats of logits held at once, 64 MiB: a whole micro-batch, unless the vocabulary is large.
    private const int LargestLogits = 1 << 24;

    private readonly ComputeContext _compute;
    private readonly Norm _norm;
    private readonly Linear _logits;
    private readonly ActivationBuffer _scores;
    private readonly ActivationBuffer _loss;
    private readonly int _vocabulary;
    private readonly int _rowsAtOnce;
    private readonly int _width;

    /// <param name="plan">Of the model.</param>
    /// <param name="compute">Of the model.</param>
    /// <param name="model">Its shape.</param>
    /// <param name="embedding">Whose table is the head's too, where they are tied.</param>
    public Head(MemoryPlan plan, ComputeContext compute, Model model, TokenEmbedding embedding)
    {
        _compute = compute;
        _width = (int)model.ModelWidth;
        _vocabulary = (int)model.VocabularyRows;
        Input = plan.PerToken("input of the last norm", _width);
        _norm = new Norm(plan, compute, "norm", model, _width);
        bool bias = model.Biases.HasFlag(BiasSet.Head);
        _logits = model.TiedEmbeddings
            ? new Linear(plan, compute, "head", Role.Head, bias, embedding.Table)
            : new Linear(plan, compute, "head", Role.Head, bias, _width, _vocabulary);
        _rowsAtOnce = Math.Min(
            plan.Rows,
            Math.Max(ComputeContext.ChunkRows, LargestLogits / _vocabulary / ComputeContext.ChunkRows * ComputeContext.ChunkRows)
        );
        _scores = plan.Keep("logits", (nint)_rowsAtOnce * _vocabulary);
        _loss = plan.PerToken("losses", 1);
    }

    /// <summary>(rows, width), where the last block leaves what is to be added to the stream.</summary>
    public ActivationBuffer Input { get; }

    /// <summary>(rows) of the last call, in nats; 0 where there was no target.</summary>
    public float* Losses => _loss.Data;

    /// <summary>Losses only.</summary>
    /// <param name="stream">(rows, width), to which <see cref="Input"/> is added.</param>
    /// <param name="targets">(rows)</param>
    /// <param name="rows">Whole sequences.</param>
    public void Evaluate(float* stream, int* targets, int rows)
    {
        _norm.Forward(stream, Input.Data, rows, Input.Data);
        for (int first = 0; first < rows; first += _rowsAtOnce)
        {
            int count = Math.Min(_rowsAtOnce, rows - first);
            _scores.Require((nint)count * _vocabulary);
            _logits.Forward(_norm.Output.Data + ((nint)first * _width), count, _scores.Data);
            _compute.Pool.Run(ComputeContext.Chunks(count), new LossRows(this, targets + first, first, count, null));
        }
    }

    /// <summary>The logits of some rows, in place until the next call.</summary>
    /// <param name="stream">As for <see cref="Evaluate"/>.</param>
    /// <param name="rows">Whole sequences.</param>
    /// <param name="first">The first of the rows that are asked for.</param>
    /// <param name="count">How many; at most those that are held at once.</param>
    public Span<float> Logits(float* stream, int rows, int first, int count)
    {
        if (count > _rowsAtOnce)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, $"At most {_rowsAtOnce} rows of logits are held at once.");
        }
        _norm.Forward(stream, Input.Data, rows, Input.Data);
        _logits.Forward(_norm.Output.Data + ((nint)first * _width), count, _scores.Data);
        return new Span<float>(_scores.Data, count * _vocabulary);
    }

    /// <summary>Losses, gradients of the head, and the gradient by the stream.</summary>
    /// <param name="stream">As for <see cref="Evaluate"/>.</param>
    /// <param name="targets">(rows)</param>
    /// <param name="rows">Whole sequences.</param>
    /// <param name="scale">Of the gradient: one over the tokens of the step.</param>
    /// <param name="dStream">(rows, width), written.</param>
    public void ForwardBackward(float* stream, int* targets, int rows, float scale, float* dStream)
    {
        _norm.Forward(stream, Input.Data, rows, Input.Data);
        for (int first = 0; first < rows; first += _rowsAtOnce)
        {
            int count = Math.Min(_rowsAtOnce, rows - first);
            _scores.Require((nint)count * _vocabulary);
            float* normed = _norm.Output.Data + ((nint)first * _width);
            _logits.Forward(normed, count, _scores.Data);
            _compute.Pool.Run(ComputeContext.Chunks(count), new LossRows(this, targets + first, first, count, scale));
            _compute.Clock?.Mark("loss");
            _logits.BackwardWeights(normed, _scores.Data, count);
            _logits.BackwardInput(_scores.Data, count, normed);
        }
        _norm.Backward(Input.Data, rows, accumulate: false, dStream);
    }

    private readonly struct LossRows(Head h, int* targets, int offset, int rows, float? scale) : IChunkedJob
    {
        private readonly int* _targets = targets;

        public void Run(int chunk, int worker)
        {
            (int first, int count) = ComputeContext.RowsOf(chunk, rows);
            float* logits = h._scores.Data + ((nint)first * h._vocabulary);
            float* losses = h._loss.Data + offset + first;
            if (scale is float s)
            {
                CrossEntropy.ForwardBackward(logits, _targets + first, count, h._vocabulary, s, losses);
            }
            else
            {
                CrossEntropy.Forward(logits, _targets + first, count, h._vocabulary, losses);
            }
        }
    }
}
