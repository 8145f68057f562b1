using MoeScale.Training.Kernels;

namespace MoeScale.Training.Layers;

/// <summary>
/// Adds up what row-wise kernels leave for each chunk of rows: gradients of gains and biases, in an order that threads do not change.
/// </summary>
internal sealed unsafe class ColumnSums
{
    private readonly ComputeContext _compute;
    private readonly SharedBuffer _parts;
    private readonly int _width;
    private readonly int _kinds;
    private readonly nint _kindFloats;

    /// <param name="plan">Of the model.</param>
    /// <param name="compute">Of the model.</param>
    /// <param name="width">Columns.</param>
    /// <param name="kinds">Vectors of this width that a chunk leaves.</param>
    public ColumnSums(MemoryPlan plan, ComputeContext compute, int width, int kinds = 1)
    {
        _compute = compute;
        _width = width;
        _kinds = kinds;
        _kindFloats = (nint)ComputeContext.Chunks(plan.Rows) * width;
        _parts = plan.Share("partial sums", _kindFloats * kinds);
    }

    /// <summary>Zeroed room (width) for what a chunk leaves of one kind.</summary>
    /// <exception cref="InvalidOperationException">No such chunk or kind was planned.</exception>
    public float* Begin(int chunk, int kind = 0)
    {
        nint before = (nint)chunk * _width;
        new Room(_parts.Data, _kindFloats).Require(before + _width, _parts.Name);
        new Room(_parts.Data, _kinds * _kindFloats).Require((kind + 1) * _kindFloats, _parts.Name);
        float* part = _parts.Data + (kind * _kindFloats) + before;
        new Span<float>(part, _width).Clear();
        return part;
    }

    /// <summary>total[c] += Σ of the parts of one kind, in the order of the chunks.</summary>
    public void End(int rows, float* total, int kind = 0)
    {
        int step = ComputeContext.ChunkColumns(_width);
        _compute.Pool.Run(
            (_width + step - 1) / step,
            new AddParts(_parts.Data + (kind * _kindFloats), ComputeContext.Chunks(rows), _width, step, total)
        );
    }

    /// <summary>sums[c] += Σ_r x[r, c].</summary>
    /// <param name="x">(rows, width)</param>
    /// <param name="rows">Of x.</param>
    /// <param name="sums">(width)</param>
    public void Add(float* x, int rows, float* sums)
    {
        _compute.Pool.Run(ComputeContext.Chunks(rows), new SumRows(this, x, rows));
        End(rows, sums);
    }

    private readonly struct SumRows(ColumnSums owner, float* x, int rows) : IChunkedJob
    {
        private readonly float* _x = x;

        public void Run(int chunk, int worker)
        {
            (int first, int count) = ComputeContext.RowsOf(chunk, rows);
            Sums.Columns(_x + ((nint)first * owner._width), count, owner._width, owner.Begin(chunk));
        }
    }

    private readonly struct AddParts(float* parts, int count, int width, int step, float* total) : IChunkedJob
    {
        private readonly float* _parts = parts;
        private readonly float* _total = total;

        public void Run(int chunk, int worker)
        {
            int first = chunk * step;
            Sums.Parts(_parts, count, width, first, Math.Min(step, width - first), add: true, _total);
        }
    }
}
