using MoeScale.Models;
using MoeScale.Training.Kernels;
using MoeScale.Training.Kernels.Experts;

namespace MoeScale.Training.Layers.Experts;

/// <summary>
/// Scores every expert for every token, sends tokens to experts, and learns from the weights that it gave and from its own losses.
/// </summary>
internal sealed unsafe class Router
{
    private readonly ComputeContext _compute;
    private readonly int _experts;
    private readonly bool _sigmoid;
    private readonly Routing _routing;
    private readonly Linear _linear;
    private readonly Parameter? _balanceBias;
    private readonly ISelection _selection;
    private readonly ActivationBuffer _logits;
    private readonly ActivationBuffer _scores;
    private readonly ActivationBuffer _logSums;
    private readonly ActivationBuffer _entropies;
    private readonly ActivationBuffer _shares;
    private readonly ActivationBuffer _dShares;
    private readonly ColumnSums _shareSums;
    private readonly int[] _routed;

    /// <param name="plan">Of the model.</param>
    /// <param name="compute">Of the model.</param>
    /// <param name="block">Where it stands, from 0.</param>
    /// <param name="model">Its shape.</param>
    public Router(MemoryPlan plan, ComputeContext compute, int block, Model model)
    {
        string name = $"blocks.{block}.router";
        _compute = compute;
        _experts = (int)model.ExpertCount;
        _routing = model.Routing;
        _sigmoid = _routing.Weights is RouterWeights.Sigmoid or RouterWeights.SelectedSigmoid;
        bool bias = model.Biases.HasFlag(BiasSet.Router);
        _linear = new Linear(plan, compute, name, Role.Router, bias && _routing.BalanceBias == 0, (int)model.ModelWidth, _experts);
        _balanceBias = _routing.BalanceBias > 0 ? plan.Vector($"{name}.balance_bias", Role.Biases, _experts, Beginning.Zero) : null;
        _logits = plan.PerToken($"{name} logits", _experts);
        _scores = plan.PerToken($"{name} scores", _experts);
        _logSums = plan.PerToken($"{name} log sums", 1);
        _entropies = plan.PerToken($"{name} entropies", 1);
        // After what it is made of: the first tensor that holds what is no number shall be where that began.
        Dispatch = new Dispatch(plan, name, _experts, plan.Rows * (int)model.TopK);
        _selection = Selections.Of(plan, compute, model, _balanceBias);
        _shares = plan.Keep($"{name} mean probabilities", _experts);
        _dShares = plan.Keep($"{name} gradient of mean probabilities", _experts);
        _shareSums = new ColumnSums(plan, compute, _experts);
        _routed = new int[_experts];
        Load = new RouterLoad(block, _experts);
    }

    /// <summary>Who meets whom, of the last forward pass.</summary>
    public Dispatch Dispatch { get; }

    /// <summary>What it did in this step of training; until the next one begins, in the last.</summary>
    public RouterLoad Load { get; }

    /// <param name="x">(rows, width)</param>
    /// <param name="rows">Whole sequences.</param>
    /// <param name="training">See <see cref="IFeedForward.Forward"/>.</param>
    public void Forward(float* x, int rows, bool training)
    {
        _linear.Forward(x, rows, _logits.Data);
        _compute.Pool.Run(ComputeContext.Chunks(rows), new ScoreRows(this, rows));
        _selection.Select(_logits.Data, _scores.Data, rows, training, Dispatch, _routed);
        if (training)
        {
            new Span<float>(_shares.Data, _experts).Clear();
            _shareSums.End(rows, _shares.Data);
            Load.Add(
                rows,
                _routed,
                Dispatch,
                new ReadOnlySpan<float>(_shares.Data, _experts),
                new ReadOnlySpan<float>(_logSums.Data, rows),
                new ReadOnlySpan<float>(_entropies.Data, rows),
                _logits.Data
            );
        }
        _compute.Clock?.Mark("routing, forward");
    }

    /// <summary>
    /// From the gradients by the weights of slots to that by the logits, which stands in the place of the scores, and the gradient of its
    /// matrix.
    /// </summary>
    /// <param name="x">(rows, width), as it went forward.</param>
    /// <param name="rows">As they went forward.</param>
    /// <param name="scale">Weight of a token in the loss.</param>
    public void BackwardWeights(float* x, int rows, float scale)
    {
        double choices = 0;
        foreach (int count in _routed)
        {
            choices += count;
        }
        for (int e = 0; e < _experts; e++)
        {
            // Of coefficient · experts · Σ f·P; f is counted, not learned, and P a mean over rows, which scale · rows weights.
            _dShares.Data[e] = (float)(_routing.BalanceLoss * _experts * (_routed[e] / choices) * scale);
        }
        _compute.Pool.Run(ComputeContext.Chunks(rows), new BackwardRows(this, rows, scale));
        _compute.Clock?.Mark("routing, backward");
        _linear.BackwardWeights(x, _scores.Data, rows);
    }

    /// <summary>Adds the gradient by x.</summary>
    /// <param name="rows">As they went forward.</param>
    /// <param name="dX">(rows, width)</param>
    public void AddInputGradient(int rows, float* dX) => _linear.BackwardInput(_scores.Data, rows, dX, add: true);

    /// <summary>After a step of the optimizer: moves the bias that balances the load, and begins to count anew.</summary>
    public void EndStep()
    {
        if (_balanceBias is not null)
        {
            Load.Balance(_balanceBias.Weights, (float)_routing.BalanceBias);
        }
        Load.End();
    }

    private readonly struct ScoreRows(Router r, int rows) : IChunkedJob
    {
        public void Run(int chunk, int worker)
        {
            (int first, int count) = ComputeContext.RowsOf(chunk, rows);
            float* scores = r._scores.Data + ((nint)first * r._experts);
            RouterScores.Forward(
                r._logits.Data + ((nint)first * r._experts),
                count,
                r._experts,
                r._sigmoid,
                scores,
                r._logSums.Data + first,
                r._entropies.Data + first
            );
            RouterScores.AddShares(scores, count, r._experts, r._sigmoid, r._shareSums.Begin(chunk));
        }
    }

    private readonly struct BackwardRows(Router r, int rows, float scale) : IChunkedJob
    {
        public void Run(int chunk, int worker)
        {
            (int first, int count) = ComputeContext.RowsOf(chunk, rows);
            nint at = (nint)first * r._experts;
            Dispatch d = r.Dispatch;
            d.CollectGradients(first, first + count);
            r._selection.BackwardWeights(r._scores.Data, first, first + count, d);
            RowChoices choices = new(d.ChoiceStarts + first, d.ChoiceExperts, d.ChoiceGradients);
            RouterScores.Backward(
                r._logits.Data + at,
                count,
                r._experts,
                r._sigmoid,
                r._scores.Data + at,
                r._logSums.Data + first,
                choices,
                r._routing.BalanceLoss > 0 ? r._dShares.Data : null,
                (float)(r._routing.ZLoss * scale)
            );
        }
    }
}
