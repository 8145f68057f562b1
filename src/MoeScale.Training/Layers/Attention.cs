using MoeScale.Models;
using MoeScale.Training.Kernels;
using MoeScale.Training.Kernels.Attention;

namespace MoeScale.Training.Layers;

/// <summary>Causal self-attention: queries, keys and values by one product, attention by heads, and the output projection.</summary>
internal sealed unsafe class Attention
{
    private readonly ComputeContext _compute;
    private readonly AttentionShape _shape;
    private readonly Linear _input;
    private readonly Linear _output;
    private readonly RotaryTables? _rotary;
    private readonly ActivationBuffer _qkv;
    private readonly ActivationBuffer _heads;
    private readonly ActivationBuffer _logSums;
    private readonly SharedBuffer _scratch;
    private SharedBuffer? _dQkv;
    private SharedBuffer? _dHeads;

    /// <param name="plan">Of the model.</param>
    /// <param name="compute">Of the model.</param>
    /// <param name="name">"blocks.0.attention"</param>
    /// <param name="model">Its shape.</param>
    /// <param name="rotary">Angles of rotary positions; null for none.</param>
    public Attention(MemoryPlan plan, ComputeContext compute, string name, Model model, RotaryTables? rotary)
    {
        _compute = compute;
        _rotary = rotary;
        _shape = new AttentionShape(plan.Sequence, (int)model.Heads, (int)model.KvHeads, (int)model.HeadWidth);
        int width = (int)model.ModelWidth;
        _input = new Linear(plan, compute, $"{name}.qkv", Role.Query, model.Biases.HasFlag(BiasSet.Qkv), width, _shape.InputWidth);
        _output = new Linear(
            plan,
            compute,
            $"{name}.output",
            Role.AttentionOutput,
            model.Biases.HasFlag(BiasSet.AttentionOutput),
            _shape.OutputWidth,
            width
        );
        _qkv = plan.PerToken($"{name} queries, keys and values", _shape.InputWidth);
        _heads = plan.PerToken($"{name} heads", _shape.OutputWidth);
        _logSums = plan.PerToken($"{name} sums", _shape.Heads);
        _scratch = plan.Share("attention", _shape.ScratchFloats * compute.Pool.Threads);
    }

    /// <summary>Finds room for the gradients of the backward pass, in the place of activations that nobody reads any more.</summary>
    /// <param name="plan">Of the model.</param>
    /// <param name="wide">The largest of them.</param>
    /// <param name="narrow">Another one.</param>
    public void PlanBackward(MemoryPlan plan, ActivationBuffer wide, ActivationBuffer narrow)
    {
        _dQkv = plan.Reuse(wide, "gradient of queries, keys and values", (nint)plan.Rows * _shape.InputWidth);
        _dHeads = plan.Reuse(narrow, "gradient of heads", (nint)plan.Rows * _shape.OutputWidth);
    }

    /// <param name="x">(rows, width)</param>
    /// <param name="rows">Whole sequences.</param>
    /// <param name="y">(rows, width)</param>
    public void Forward(float* x, int rows, float* y)
    {
        _input.Forward(x, rows, _qkv.Data);
        _rotary?.Turn(_compute, _shape, rows, back: false, _qkv.Data);
        _scratch.Require(_shape.ScratchFloats * _compute.Pool.Threads);
        _compute.Pool.Run(rows / _shape.Sequence * _shape.KvHeads, new ForwardHead(this));
        _compute.Clock?.Mark("attention, forward");
        _output.Forward(_heads.Data, rows, y);
    }

    /// <param name="x">(rows, width), as it went forward; the gradient by it on return.</param>
    /// <param name="rows">Whole sequences.</param>
    /// <param name="dY">(rows, width)</param>
    public void Backward(float* x, int rows, float* dY)
    {
        _dHeads!.Require((nint)rows * _shape.OutputWidth);
        _dQkv!.Require((nint)rows * _shape.InputWidth);
        _scratch.Require(_shape.ScratchFloats * _compute.Pool.Threads);
        _output.BackwardWeights(_heads.Data, dY, rows);
        _output.BackwardInput(dY, rows, _dHeads.Data);
        _compute.Pool.Run(rows / _shape.Sequence * _shape.KvHeads, new BackwardHead(this));
        _compute.Clock?.Mark("attention, backward");
        _rotary?.Turn(_compute, _shape, rows, back: true, _dQkv.Data);
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
                a._shape,
                a._qkv.Data + (row * a._shape.InputWidth),
                head,
                a._scratch.Data + (worker * a._shape.ScratchFloats),
                a._heads.Data + (row * a._shape.OutputWidth),
                a._logSums.Data + (row * a._shape.Heads)
            );
        }
    }

    private readonly struct BackwardHead(Attention a) : IChunkedJob
    {
        public void Run(int chunk, int worker)
        {
            (int sequence, int head) = (chunk / a._shape.KvHeads, chunk % a._shape.KvHeads);
            nint row = (nint)sequence * a._shape.Sequence;
            CausalAttention.Backward(
                a._shape,
                a._qkv.Data + (row * a._shape.InputWidth),
                a._heads.Data + (row * a._shape.OutputWidth),
                a._dHeads!.Data + (row * a._shape.OutputWidth),
                head,
                a._logSums.Data + (row * a._shape.Heads),
                a._scratch.Data + (worker * a._shape.ScratchFloats),
                a._dQkv!.Data + (row * a._shape.InputWidth)
            );
        }
    }
}
