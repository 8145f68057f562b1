using MoeScale.Models;
using MoeScale.Training.Kernels;
using MoeScale.Training.Kernels.Experts;
using MoeScale.Training.Kernels.Products;

namespace MoeScale.Training.Layers.Experts;

/// <summary>
/// The routed experts of a layer, each a small feed-forward layer y = f(x·W₁ᵀ + b₁)·W₂ᵀ + b₂ over the tokens that it
/// was sent; the matrices of all follow each other in one tensor (experts, out, in).
/// </summary>
/// <remarks>
/// A chunk of work is an expert, or a part of its slots, from its tokens to its outputs: products small enough for one
/// thread follow each other while what they read and write is still near. Tokens are gathered while a product packs
/// them. What slots hold is added up by token afterwards, in the order of choices: the same bits for any number of
/// threads, and for any cut into parts.
/// </remarks>
internal sealed unsafe class ExpertBank
{
    // Rows of a part: enough that packing an expert's matrices, which each part does anew, is a small share of its products.
    private const int PartRows = 512;

    // Hidden channels of a part of a weight gradient: few enough that a thread holds packed both operands for a block of the depth.
    private const int PartChannels = 256;

    private readonly ComputeContext _compute;
    private readonly Dispatch _dispatch;
    private readonly int _experts;
    private readonly int _model;
    private readonly int _hiddenWidth;
    private readonly int _beforeWidth;
    private readonly bool _isGated;
    private readonly NonLinearity _function;
    private readonly Parameter _input;
    private readonly Parameter _output;
    private readonly Parameter? _inputBias;
    private readonly Parameter? _outputBias;
    private readonly ActivationBuffer _before;
    private readonly ActivationBuffer _hidden;
    private readonly SharedBuffer _dHidden;
    private readonly SharedBuffer _slots;
    private readonly (int Expert, int First, int Count)[] _parts;
    private readonly int _weightParts;
    private int _partCount;

    /// <param name="plan">Of the model.</param>
    /// <param name="compute">Of the model.</param>
    /// <param name="name">"blocks.0.experts"</param>
    /// <param name="model">Its shape.</param>
    /// <param name="dispatch">Who meets whom.</param>
    public ExpertBank(MemoryPlan plan, ComputeContext compute, string name, Model model, Dispatch dispatch)
    {
        _compute = compute;
        _dispatch = dispatch;
        _experts = (int)model.ExpertCount;
        _model = (int)model.ModelWidth;
        _hiddenWidth = (int)model.ExpertWidth;
        _isGated = model.IsGated;
        _beforeWidth = _isGated ? 2 * _hiddenWidth : _hiddenWidth;
        _function = FeedForward.FunctionOf(model.Activation);
        int together = (int)model.Routing.Kind.SummedExperts(model);
        bool bias = model.Biases.HasFlag(BiasSet.Experts);
        _input = plan.Matrices($"{name}.input.weight", Role.RoutedExperts, _experts, _beforeWidth, _model, _model);
        _inputBias = bias ? plan.Biases($"{name}.input.bias", _experts, _beforeWidth) : null;
        _output = plan.Matrices($"{name}.output.weight", Role.RoutedExperts, _experts, _model, _hiddenWidth, together * _hiddenWidth);
        _outputBias = bias ? plan.Biases($"{name}.output.bias", _experts, _model) : null;
        int choices = plan.Rows * (int)model.TopK;
        _before = plan.Keep($"{name} before their function", (nint)choices * _beforeWidth);
        _hidden = plan.Keep($"{name} hidden", (nint)choices * _hiddenWidth);
        _dHidden = plan.Share("gradient of experts' hidden channels", (nint)choices * _hiddenWidth);
        _slots = plan.Share("rows of slots", (nint)choices * _model);
        _parts = new (int, int, int)[_experts + (choices / PartRows)];
        _weightParts = Math.Max(1, _beforeWidth / PartChannels);
    }

    /// <summary>The largest activation, which nobody reads once the backward pass was here.</summary>
    public ActivationBuffer Reusable => _before;

    /// <summary>y = Σ over a token's choices of weight · output (+ y).</summary>
    /// <param name="x">(rows, width)</param>
    /// <param name="rows">Tokens.</param>
    /// <param name="add">Whether y is added to.</param>
    /// <param name="y">(rows, width)</param>
    public void Forward(float* x, int rows, bool add, float* y)
    {
        nint slots = _dispatch.Slots;
        _before.Require(slots * _beforeWidth);
        _hidden.Require(slots * _hiddenWidth);
        _slots.Require(slots * _model);
        CutIntoParts();
        _compute.Pool.Run(_partCount, new ForwardPart(this, new Matrix(x, rows, _model)));
        _compute.Clock?.Mark("experts, forward");
        Gather(rows, _dispatch.ChoiceWeights, add, y);
    }

    /// <summary>
    /// Gradients of the experts and of the weights of their slots; the gradient by x waits for <see cref="AddInputGradient"/>.
    /// </summary>
    /// <param name="x">As it went forward.</param>
    /// <param name="rows">Tokens.</param>
    /// <param name="dY">(rows, width)</param>
    public void Backward(float* x, int rows, float* dY)
    {
        Matrix gradient = new(dY, rows, _model);
        nint slots = _dispatch.Slots;
        _dHidden.Require(slots * _hiddenWidth);
        _slots.Require(slots * _model);
        _compute.Pool.Run(_partCount, new BackwardPart(this, gradient));
        _compute.Clock?.Mark("experts, input gradients");
        _compute.Pool.Run(_experts * ((2 * _weightParts) + 1), new WeightGradients(this, new Matrix(x, rows, _model), gradient));
        _compute.Clock?.Mark("experts, weight gradients");
    }

    /// <summary>dX = Σ over a token's choices (+ dX), after <see cref="Backward"/>.</summary>
    /// <param name="rows">Tokens.</param>
    /// <param name="add">Whether dX is added to.</param>
    /// <param name="dX">(rows, width)</param>
    public void AddInputGradient(int rows, bool add, float* dX) => Gather(rows, null, add, dX);

    private void Gather(int rows, float* weights, bool add, float* y)
    {
        _compute.Pool.Run(ComputeContext.Chunks(rows), new GatherRows(this, rows, weights, add, y));
        _compute.Clock?.Mark("gathering slots by token");
    }

    private void CutIntoParts()
    {
        _partCount = 0;
        for (int expert = 0; expert < _experts; expert++)
        {
            int first = _dispatch.FirstOf(expert),
                slots = _dispatch.CountOf(expert);
            int parts = (slots + PartRows - 1) / PartRows;
            for (int part = 0; part < parts; part++)
            {
                int from = (int)((long)slots * part / parts),
                    to = (int)((long)slots * (part + 1) / parts);
                _parts[_partCount++] = (expert, first + from, to - from);
            }
        }
    }

    private Matrix InputOf(int expert, float* data) => new(data + ((nint)expert * _beforeWidth * _model), _beforeWidth, _model);

    private Matrix OutputOf(int expert, float* data) => new(data + ((nint)expert * _model * _hiddenWidth), _model, _hiddenWidth);

    private Matrix Before(int first, int count) => new(_before.Data + ((nint)first * _beforeWidth), count, _beforeWidth);

    private Matrix Hidden(int first, int count) => new(_hidden.Data + ((nint)first * _hiddenWidth), count, _hiddenWidth);

    private Matrix DHidden(int first, int count) => new(_dHidden.Data + ((nint)first * _hiddenWidth), count, _hiddenWidth);

    private Matrix Slots(int first, int count) => new(_slots.Data + ((nint)first * _model), count, _model);

    private static float* Row(Parameter? p, int expert, bool gradient = false) =>
        p is null ? null : (gradient ? p.Gradient : p.Weight) + ((nint)expert * p.Columns);

    private readonly struct ForwardPart(ExpertBank b, Matrix x) : IChunkedJob
    {
        public void Run(int chunk, int worker)
        {
            (int expert, int first, int count) = b._parts[chunk];
            MatrixProduct product = b._compute.Product;
            Matrix before = b.Before(first, count),
                hidden = b.Hidden(first, count);
            product.MultiplyAlone(
                worker,
                x.ChooseRows(b._dispatch.SlotTokens + first, count),
                b.InputOf(expert, b._input.Weight).Transpose(),
                before
            );
            float* bias = Row(b._inputBias, expert);
            if (b._isGated)
            {
                GatedActivations.Forward(b._function, before.Data, bias, count, b._hiddenWidth, hidden.Data);
            }
            else
            {
                Kernels.Activations.Forward(b._function, before.Data, bias, count, b._hiddenWidth, hidden.Data);
            }
            product.MultiplyAlone(
                worker,
                hidden,
                b.OutputOf(expert, b._output.Weight).Transpose(),
                b.Slots(first, count),
                bias: Row(b._outputBias, expert)
            );
        }
    }

    private readonly struct BackwardPart(ExpertBank b, Matrix dY) : IChunkedJob
    {
        public void Run(int chunk, int worker)
        {
            (int expert, int first, int count) = b._parts[chunk];
            MatrixProduct product = b._compute.Product;
            Dispatch d = b._dispatch;
            Matrix before = b.Before(first, count),
                hidden = b.Hidden(first, count),
                dHidden = b.DHidden(first, count);
            product.MultiplyAlone(worker, dY.ChooseRows(d.SlotTokens + first, count), b.OutputOf(expert, b._output.Weight), dHidden);
            SlotRows.Weigh(hidden.Data, dHidden.Data, d.SlotWeights + first, count, b._hiddenWidth, d.SlotGradients + first);
            if (b._outputBias is not null)
            {
                SlotRows.AddBiasTerms(dY.Data, d.SlotTokens + first, Row(b._outputBias, expert), count, b._model, d.SlotGradients + first);
            }
            if (b._isGated)
            {
                GatedActivations.Backward(b._function, before.Data, dHidden.Data, count, b._hiddenWidth, before.Data, null);
            }
            else
            {
                Kernels.Activations.Backward(b._function, before.Data, dHidden.Data, count, b._hiddenWidth, before.Data, null);
            }
            product.MultiplyAlone(worker, before, b.InputOf(expert, b._input.Weight), b.Slots(first, count));
        }
    }

    /// <summary>For each expert: both matrices, some hidden channels at a time, then its biases.</summary>
    private readonly struct WeightGradients(ExpertBank b, Matrix x, Matrix dY) : IChunkedJob
    {
        public void Run(int chunk, int worker)
        {
            int kinds = (2 * b._weightParts) + 1;
            int expert = chunk / kinds,
                kind = chunk % kinds;
            Dispatch d = b._dispatch;
            int first = d.FirstOf(expert),
                count = d.CountOf(expert);
            if (count == 0)
            {
                return;
            }
            int* tokens = d.SlotTokens + first;
            MatrixProduct product = b._compute.Product;
            if (kind < b._weightParts)
            {
                (int from, int channels) = Part(kind, b._beforeWidth);
                Matrix left = b.Before(first, count).ColumnRange(from, channels).Transpose();
                product.MultiplyAlone(
                    worker,
                    left,
                    x.ChooseRows(tokens, count),
                    b.InputOf(expert, b._input.Gradient).RowRange(from, channels),
                    add: true
                );
            }
            else if (kind < 2 * b._weightParts)
            {
                (int from, int channels) = Part(kind - b._weightParts, b._hiddenWidth);
                Matrix right = b.Hidden(first, count).ColumnRange(from, channels);
                product.MultiplyAlone(
                    worker,
                    dY.ChooseRows(tokens, count).Transpose(),
                    right,
                    b.OutputOf(expert, b._output.Gradient).ColumnRange(from, channels),
                    add: true
                );
            }
            else if (b._inputBias is not null)
            {
                Sums.Columns(b.Before(first, count).Data, count, b._beforeWidth, Row(b._inputBias, expert, gradient: true));
                SlotRows.AddWeighted(dY.Data, tokens, d.SlotWeights + first, count, b._model, Row(b._outputBias, expert, gradient: true));
            }
        }

        private (int First, int Count) Part(int part, int width)
        {
            int from = width * part / b._weightParts;
            return (from, (width * (part + 1) / b._weightParts) - from);
        }
    }

    private readonly struct GatherRows(ExpertBank b, int rows, float* weights, bool add, float* y) : IChunkedJob
    {
        private readonly float* _weights = weights;
        private readonly float* _y = y;

        public void Run(int chunk, int worker)
        {
            (int first, int count) = ComputeContext.RowsOf(chunk, rows);
            Dispatch d = b._dispatch;
            SlotRows.Gather(
                b._slots.Data,
                d.ChoiceStarts + first,
                d.ChoiceSlots,
                _weights,
                count,
                b._model,
                add,
                _y + ((nint)first * b._model)
            );
        }
    }
}
