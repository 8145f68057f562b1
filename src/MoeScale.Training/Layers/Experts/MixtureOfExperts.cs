using MoeScale.Models;
using MoeScale.Training.Kernels;

namespace MoeScale.Training.Layers.Experts;

/// <summary>
/// In the place of a dense feed-forward layer: a router sends each token to some experts, whose outputs are added up by
/// its weights; shared experts, if there are any, process every token; a norm of the merged output may follow.
/// </summary>
internal sealed unsafe class MixtureOfExperts : IFeedForward
{
    private readonly ComputeContext _compute;
    private readonly Router _router;
    private readonly ExpertBank _bank;
    private readonly FeedForward? _shared;
    private readonly Norm? _norm;
    private readonly ActivationBuffer? _merged;
    private readonly int _width;

    /// <param name="plan">Of the model.</param>
    /// <param name="compute">Of the model.</param>
    /// <param name="block">Where it stands, from 0.</param>
    /// <param name="model">Its shape.</param>
    public MixtureOfExperts(MemoryPlan plan, ComputeContext compute, int block, Model model)
    {
        string name = $"blocks.{block}";
        _compute = compute;
        _width = (int)model.ModelWidth;
        _router = new Router(plan, compute, block, model);
        _bank = new ExpertBank(plan, compute, $"{name}.experts", model, _router.Dispatch);
        _shared =
            model.SharedWidth > 0
                ? new FeedForward(
                    plan,
                    compute,
                    $"{name}.shared_experts",
                    model,
                    Role.SharedExperts,
                    (int)model.SharedWidth,
                    model.Biases.HasFlag(BiasSet.SharedExperts)
                )
                : null;
        if (model.NormAfterExperts)
        {
            _merged = plan.PerToken($"{name} merged output of experts", _width);
            _norm = new Norm(plan, compute, $"{name}.experts_norm", model, _width);
        }
    }

    /// <inheritdoc/>
    public ActivationBuffer Reusable => _bank.Reusable;

    /// <summary>What the router did in this step of training; until the next one begins, in the last.</summary>
    public RouterLoad Load => _router.Load;

    /// <summary>Who met whom in the last forward pass.</summary>
    public Dispatch Dispatch => _router.Dispatch;

    /// <inheritdoc/>
    public void Forward(float* x, int rows, float* y, bool training)
    {
        float* merged = _merged is null ? y : _merged.Data;
        _router.Forward(x, rows, training);
        _shared?.Forward(x, rows, merged, training);
        _bank.Forward(x, rows, add: _shared is not null, merged);
        if (_norm is not null)
        {
            _norm.Forward(merged, null, rows, merged);
            Copy(_norm.Output.Data, rows, y);
        }
    }

    /// <inheritdoc/>
    public void Backward(float* x, int rows, float* dY, float scale)
    {
        if (_norm is not null)
        {
            // dY is the gradient of the stream and still needed: the norm works on a copy.
            Copy(dY, rows, _norm.Output.Data);
            _norm.Backward(_merged!.Data, rows, accumulate: false, _norm.Output.Data);
            dY = _norm.Output.Data;
        }
        _bank.Backward(x, rows, dY);
        _router.BackwardWeights(x, rows, scale);
        // All that read x has been here: the gradient takes its place.
        _shared?.Backward(x, rows, dY, scale);
        _bank.AddInputGradient(rows, add: _shared is not null, x);
        _router.AddInputGradient(rows, x);
    }

    /// <summary>After a step of the optimizer.</summary>
    public void EndStep() => _router.EndStep();

    private void Copy(float* from, int rows, float* to)
    {
        _compute.Pool.Run(ComputeContext.Chunks(rows), new CopyRows(from, rows, _width, to));
        _compute.Clock?.Mark("norms, copies");
    }

    private readonly struct CopyRows(float* from, int rows, int width, float* to) : IChunkedJob
    {
        private readonly float* _from = from;
        private readonly float* _to = to;

        public void Run(int chunk, int worker)
        {
            (int first, int count) = ComputeContext.RowsOf(chunk, rows);
            nint at = (nint)first * width;
            new ReadOnlySpan<float>(_from + at, count * width).CopyTo(new Span<float>(_to + at, count * width));
        }
    }
}
