using MoeScale.Models;
using MoeScale.Training.Kernels;

namespace MoeScale.Training.Layers;

/// <summary>y = f(x·W₁ᵀ + b₁)·W₂ᵀ + b₂, f gated or not; gated, W₁ holds gate and up one below the other.</summary>
internal sealed unsafe class FeedForward : IFeedForward
{
    private readonly ComputeContext _compute;
    private readonly bool _isGated;
    private readonly NonLinearity _function;
    private readonly int _width;
    private readonly Linear _input;
    private readonly Linear _output;
    private readonly ActivationBuffer _before;
    private readonly ActivationBuffer _hidden;
    private readonly ColumnSums? _biasSums;

    /// <param name="plan">Of the model.</param>
    /// <param name="compute">Of the model.</param>
    /// <param name="name">"blocks.0.feed_forward"</param>
    /// <param name="model">Its shape.</param>
    public FeedForward(MemoryPlan plan, ComputeContext compute, string name, Model model)
        : this(plan, compute, name, model, Role.FeedForward, (int)model.FeedForwardWidth, model.Biases.HasFlag(BiasSet.FeedForward)) { }

    /// <inheritdoc cref="FeedForward(MemoryPlan, ComputeContext, string, Model)"/>
    /// <param name="role">Of its matrices, in the census.</param>
    /// <param name="width">Hidden channels.</param>
    /// <param name="bias">Whether both matrices have one.</param>
    public FeedForward(MemoryPlan plan, ComputeContext compute, string name, Model model, Role role, int width, bool bias)
    {
        _compute = compute;
        _isGated = model.IsGated;
        _function = FunctionOf(model.Activation);
        _width = width;
        int before = _isGated ? 2 * _width : _width;
        _input = new Linear(plan, compute, $"{name}.input", role, bias, (int)model.ModelWidth, before);
        _output = new Linear(plan, compute, $"{name}.output", role, bias, _width, (int)model.ModelWidth);
        _before = plan.PerToken($"{name} before its function", before);
        _hidden = plan.PerToken($"{name} hidden", _width);
        _biasSums = bias ? new ColumnSums(plan, compute, before) : null;
    }

    /// <inheritdoc/>
    public ActivationBuffer Reusable => _before;

    /// <summary>The function of a layer that is gated or not.</summary>
    public static NonLinearity FunctionOf(Activation activation) =>
        activation switch
        {
            Activation.SwiGlu => NonLinearity.Silu,
            Activation.Relu => NonLinearity.Relu,
            Activation.GeGluTanh or Activation.GeluTanh => NonLinearity.GeluTanh,
            _ => NonLinearity.Gelu,
        };

    /// <inheritdoc/>
    public void Forward(float* x, int rows, float* y, bool training)
    {
        _input.Forward(x, rows, _before.Data, withBias: false);
        _compute.Pool.Run(ComputeContext.Chunks(rows), new ForwardRows(this, rows));
        _compute.Clock?.Mark("activation, forward");
        _output.Forward(_hidden.Data, rows, y);
    }

    /// <inheritdoc/>
    public void Backward(float* x, int rows, float* dY, float scale)
    {
        _output.BackwardWeights(_hidden.Data, dY, rows);
        // What went forward is not needed any more: gradients take its place.
        _output.BackwardInput(dY, rows, _hidden.Data);
        _compute.Pool.Run(ComputeContext.Chunks(rows), new BackwardRows(this, rows));
        _biasSums?.End(rows, _input.BiasGradient);
        _compute.Clock?.Mark("activation, backward");
        float* dBefore = _isGated ? _before.Data : _hidden.Data;
        _input.BackwardWeights(x, dBefore, rows, withBias: false);
        _input.BackwardInput(dBefore, rows, x);
    }

    private readonly struct ForwardRows(FeedForward f, int rows) : IChunkedJob
    {
        public void Run(int chunk, int worker)
        {
            (int first, int count) = ComputeContext.RowsOf(chunk, rows);
            float* hidden = f._hidden.Data + ((nint)first * f._width);
            if (f._isGated)
            {
                GatedActivations.Forward(
                    f._function,
                    f._before.Data + ((nint)first * 2 * f._width),
                    f._input.Bias,
                    count,
                    f._width,
                    hidden
                );
            }
            else
            {
                Kernels.Activations.Forward(f._function, f._before.Data + ((nint)first * f._width), f._input.Bias, count, f._width, hidden);
            }
        }
    }

    private readonly struct BackwardRows(FeedForward f, int rows) : IChunkedJob
    {
        public void Run(int chunk, int worker)
        {
            (int first, int count) = ComputeContext.RowsOf(chunk, rows);
            float* dHidden = f._hidden.Data + ((nint)first * f._width);
            float* dBias = f._biasSums is null ? null : f._biasSums.Begin(chunk);
            if (f._isGated)
            {
                float* before = f._before.Data + ((nint)first * 2 * f._width);
                GatedActivations.Backward(f._function, before, dHidden, count, f._width, before, dBias);
            }
            else
            {
                Kernels.Activations.Backward(
                    f._function,
                    f._before.Data + ((nint)first * f._width),
                    dHidden,
                    count,
                    f._width,
                    dHidden,
                    dBias
                );
            }
        }
    }
}
