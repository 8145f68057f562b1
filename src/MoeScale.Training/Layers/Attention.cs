using MoeScale.Models;
using MoeScale.Training.Kernels;
using MoeScale.Training.Kernels.Attention;

namespace MoeScale.Training.Layers;

/// <summary>Causal self-attention: queries, keys and values by one product, attention by heads, and the output projection.</summary>
internal sealed unsafe class Attention
{
    private readonly Workshop _workshop;
    private readonly AttentionShape _shape;
    private readonly Linear _input;
    private readonly Linear _output;
    private readonly RotaryTables? _rotary;
    private readonly Saved _qkv;
    private readonly Saved _heads;
    private readonly Saved _logSums;
    private readonly SharedBuffer _scratch;
    private SharedBuffer? _dQkv;
    private SharedBuffer? _dHeads;

    /// <param name="plan">Of the model.</param>
    /// <param name="workshop">Of the model.</param>
    /// <param name="name">"blocks.0.attention"</param>
    /// <param name="model">Its shape.</param>
    /// <param name="rotary">Angles of rotary positions; null for none.</param>
    public Attention(MemoryPlan plan, Workshop workshop, string name, Model model, RotaryTables? rotary)
    {
        _workshop = workshop;
        _rotary = rotary;
        _shape = new AttentionShape(plan.Sequence, (int)model.Heads, (int)model.KvHeads, (int)model.HeadWidth);
        int width = (int)model.ModelWidth;
        _input = new Linear(plan, workshop, $"{name}.qkv", Role.Query, model.Biases.HasFlag(BiasSet.Qkv), width, _shape.InputWidth);
        _output = new Linear(plan, workshop, $"{name}.output", Role.AttentionOutput, model.Biases.HasFlag(BiasSet.AttentionOutput), _shape.OutputWidth, width);
        _qkv = plan.PerToken($"{name} queries, keys and values", _shape.InputWidth);
        _heads = plan.PerToken($"{name} heads", _shape.OutputWidth);
        _logSums = plan.PerToken($"{name} sums", _shape.Heads);
        _scratch = plan.Share("attention", _shape.ScratchFloats * workshop.Pool.Threads);
    }

    /// <summary>Finds room for the gradients of the backward pass, in the place of activations that are spent before it begins.</summary>
    /// <param name="plan">Of the model.</param>
    /// <param name="wide">The largest of them.</param>
    /// <param name="narrow">Another one.</param>
    public void PlanBackward(MemoryPlan plan, Saved wide, Saved narrow)
    {
        _dQkv = plan.Succeed(wide, "gradient of queries, keys and values", (nint)plan.Rows * _shape.InputWidth);
        _dHeads = plan.Succeed(narrow, "gradient of heads", (nint)plan.Rows * _shape.OutputWidth);
    }

    /// <param name="x">(rows, width)</param>
    /// <param name="rows">Whole sequences.</param>
    /// <param name="y">(rows, width)</param>
    public void Forward(float* x, int rows, float* y)
    {
        _input.Forward(x, rows, _qkv.Data);
        _rotary?.Turn(_workshop, _shape, rows, back: false, _qkv.Data);
        _scratch.Require(_shape.ScratchFloats * _workshop.Pool.Threads);
        _workshop.Pool.Run(rows / _shape.Sequence * _shape.KvHeads, new ForwardHead(this));
        _workshop.Clock?.Mark("attention, forward");
        _output.Forward(_heads.Data, rows, y);
    }

    /// <param name="x">(rows, width), as it went forward; the gradient by it on return.</param>
    /// <param name="rows">Whole sequences.</param>
    /// <param name="dY">(rows, width)</param>
    public void Backward(float* x, int rows, float* dY)
    {
        _dHeads!.Require((nint)rows * _shape.OutputWidth);
        _dQkv!.Require((nint)rows * _shape.InputWidth);
        _scratch.Require(_shape.ScratchFloats * _workshop.Pool.Threads);
        _output.BackwardWeights(_heads.Data, dY, rows);
        _output.BackwardInput(dY, rows, _dHeads.Data);
        _workshop.Pool.Run(rows / _shape.Sequence * _shape.KvHeads, new BackwardHead(this));
        _workshop.Clock?.Mark("attention, backward");
        _rotary?.Turn(_workshop, _shape, rows, back: true, _dQkv.Data);
        _input.BackwardWeights(x, _dQkv.Data, rows);
        _input.BackwardInput(_dQkv.Data, rows, x);
    }

    private readonly struct ForwardHead(Attention a) : IChunkedJob
    {
        public void Run(int chunk, int worker)
        {
            (int sequence, int head) = (chunk / a._shape.KvHeads, chunk % a._shape.KvHeads);
            nint row = (nint)sequence * a._shape.Sequence;
            CausalAttention.Forward(
                a._shape, a._qkv.Data + (row * a._shape.InputWidth), head, a._scratch.Data + (worker * a._shape.ScratchFloats),
                a._heads.Data + (row * a._shape.OutputWidth), a._logSums.Data + (row * a._shape.Heads));
        }
    }

    private readonly struct BackwardHead(Attention a) : IChunkedJob
    {
        public void Run(int chunk, int worker)
        {
            (int sequence, int head) = (chunk / a._shape.KvHeads, chunk % a._shape.KvHeads);
            nint row = (nint)sequence * a._shape.Sequence;
            CausalAttention.Backward(
                a._shape, a._qkv.Data + (row * a._shape.InputWidth), a._heads.Data + (row * a._shape.OutputWidth), a._dHeads!.Data + (row * a._shape.OutputWidth), head,
                a._logSums.Data + (row * a._shape.Heads), a._scratch.Data + (worker * a._shape.ScratchFloats),
                a._dQkv!.Data + (row * a._shape.InputWidth));
        }
    }
}
