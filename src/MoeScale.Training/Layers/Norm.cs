using MoeScale.Models;
using MoeScale.Training.Kernels;

namespace MoeScale.Training.Layers;

/// <summary>RMSNorm or LayerNorm of the residual stream, with the residual connection before it: sum = x + added, y = norm(sum).</summary>
internal sealed unsafe class Norm
{
    private readonly ComputeContext _compute;
    private readonly int _width;
    private readonly float _epsilon;
    private readonly Parameter _gain;
    private readonly Parameter? _bias;
    private readonly ActivationBuffer _rstd;
    private readonly ActivationBuffer? _mean;
    private readonly ColumnSums _sums;

    public Norm(MemoryPlan plan, ComputeContext compute, string name, Model model, int width)
    {
        _compute = compute;
        _width = width;
        _epsilon = (float)model.NormEpsilon;
        bool isLayerNorm = model.Normalization == Normalization.LayerNorm;
        _gain = plan.Vector($"{name}.weight", Role.Norms, width, Beginning.One);
        _bias = isLayerNorm ? plan.Vector($"{name}.bias", Role.Norms, width, Beginning.Zero) : null;
        Output = plan.PerToken(name, width);
        _rstd = plan.PerToken($"{name} spread", 1);
        _mean = isLayerNorm ? plan.PerToken($"{name} mean", 1) : null;
        _sums = new ColumnSums(plan, compute, width, isLayerNorm ? 2 : 1);
    }

    /// <summary>(rows, width) what the next layer reads; the gradient by it goes backward in the same place.</summary>
    public ActivationBuffer Output { get; }

    /// <param name="x">(rows, width)</param>
    /// <param name="added">(rows, width), or null.</param>
    /// <param name="rows">Of all.</param>
    /// <param name="sum">(rows, width), x + added; may be either of them, and is x where nothing is added.</param>
    public void Forward(float* x, float* added, int rows, float* sum)
    {
        _compute.Pool.Run(ComputeContext.Chunks(rows), new ForwardRows(this, x, added, rows, sum));
        _compute.Clock?.Mark("norms, forward");
    }

    /// <summary>From the gradient by <see cref="Output"/>, which stands in its place, to that by the sum.</summary>
    /// <param name="sum">As it went forward.</param>
    /// <param name="rows">Of all.</param>
    /// <param name="accumulate">Whether dSum is added to.</param>
    /// <param name="dSum">(rows, width)</param>
    public void Backward(float* sum, int rows, bool accumulate, float* dSum)
    {
        _compute.Pool.Run(ComputeContext.Chunks(rows), new BackwardRows(this, sum, rows, accumulate, dSum));
        _sums.End(rows, _gain.Gradient);
        if (_bias is not null)
        {
            _sums.End(rows, _bias.Gradient, kind: 1);
        }
        _compute.Clock?.Mark("norms, backward");
    }

    private readonly struct ForwardRows(Norm n, float* x, float* added, int rows, float* sum) : IChunkedJob
    {
        private readonly float* _x = x;
        private readonly float* _added = added;
        private readonly float* _sum = sum;

        public void Run(int chunk, int worker)
        {
            (int first, int count) = ComputeContext.RowsOf(chunk, rows);
            nint at = (nint)first * n._width;
            float* added = _added is null ? null : _added + at;
            float* y = n.Output.Data + at;
            if (n._mean is null)
            {
                RmsNorm.Forward(_x + at, added, n._gain.Weight, count, n._width, n._epsilon, _sum + at, n._rstd.Data + first, y);
            }
            else
            {
                LayerNorm.Forward(
                    _x + at,
                    added,
                    n._gain.Weight,
                    n._bias!.Weight,
                    count,
                    n._width,
                    n._epsilon,
                    _sum + at,
                    n._mean.Data + first,
                    n._rstd.Data + first,
                    y
                );
            }
        }
    }

    private readonly struct BackwardRows(Norm n, float* sum, int rows, bool accumulate, float* dSum) : IChunkedJob
    {
        private readonly float* _sum = sum;
        private readonly float* _dSum = dSum;

        public void Run(int chunk, int worker)
        {
            (int first, int count) = ComputeContext.RowsOf(chunk, rows);
            nint at = (nint)first * n._width;
            float* dY = n.Output.Data + at;
            if (n._mean is null)
            {
                RmsNorm.Backward(
                    _sum + at,
                    n._gain.Weight,
                    dY,
                    count,
                    n._width,
                    n._rstd.Data + first,
                    accumulate,
                    _dSum + at,
                    n._sums.Begin(chunk)
                );
            }
            else
            {
                LayerNorm.Backward(
                    _sum + at,
                    n._gain.Weight,
                    dY,
                    count,
                    n._width,
                    n._mean.Data + first,
                    n._rstd.Data + first,
                    accumulate,
                    _dSum + at,
                    n._sums.Begin(chunk),
                    n._sums.Begin(chunk, kind: 1)
                );
            }
        }
    }
}
