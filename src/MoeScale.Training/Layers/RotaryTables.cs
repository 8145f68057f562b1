using MoeScale.Models;
using MoeScale.Training.Kernels;
using MoeScale.Training.Kernels.Attention;

namespace MoeScale.Training.Layers;

/// <summary>The angles of rotary positions, one table for all blocks.</summary>
internal sealed unsafe class RotaryTables
{
    private readonly ActivationBuffer _cosines;
    private readonly ActivationBuffer _sines;
    private readonly int _positions;
    private readonly int _headWidth;
    private readonly double _theta;

    public RotaryTables(MemoryPlan plan, Model model)
    {
        _positions = plan.Sequence;
        _headWidth = (int)model.HeadWidth;
        _theta = model.RopeTheta;
        _cosines = plan.Keep("cosines of positions", (nint)_positions * _headWidth / 2);
        _sines = plan.Keep("sines of positions", (nint)_positions * _headWidth / 2);
    }

    /// <summary>Once there is memory.</summary>
    public void Fill() => Rotary.FillTables(_theta, _positions, _headWidth, _cosines.Data, _sines.Data);

    /// <summary>Turns queries and keys by their positions, or gradients back.</summary>
    public void Turn(ComputeContext compute, AttentionShape shape, int rows, bool back, float* x) =>
        compute.Pool.Run(ComputeContext.Chunks(rows), new TurnRows(this, shape, rows, back, x));

    private readonly struct TurnRows(RotaryTables t, AttentionShape shape, int rows, bool back, float* x) : IChunkedJob
    {
        private readonly float* _x = x;

        public void Run(int chunk, int worker)
        {
            (int first, int count) = ComputeContext.RowsOf(chunk, rows);
            Rotary.Turn(
                first,
                count,
                shape.InputWidth,
                shape.Heads + shape.KvHeads,
                shape.HeadWidth,
                shape.Sequence,
                t._cosines.Data,
                t._sines.Data,
                back,
                _x + ((nint)first * shape.InputWidth)
            );
        }
    }
}
