using MoeScale.Models;
using MoeScale.Training.Kernels;

namespace MoeScale.Training.Layers;

/// <summary>
/// The start of the residual stream: a row of the table for each token, and one of the learned positions, if there are any.
/// </summary>
internal sealed unsafe class TokenEmbedding
{
    private readonly ComputeContext _compute;
    private readonly Parameter? _positions;
    private readonly int _width;
    private readonly int _sequence;

    public TokenEmbedding(MemoryPlan plan, ComputeContext compute, Model model)
    {
        _compute = compute;
        _width = (int)model.ModelWidth;
        _sequence = plan.Sequence;
        // As if it were the head, which a tied one is: a token's row is no sum, so nothing else gives a fan-in.
        Table = plan.Matrix("embedding.weight", Role.Embedding, (int)model.VocabularyRows, _width);
        _positions =
            model.Positions == Positions.Learned ? plan.Matrix("positions.weight", Role.Positions, (int)model.Context, _width) : null;
    }

    /// <summary>(vocabulary, width)</summary>
    public Parameter Table { get; }

    /// <param name="tokens">(rows), each below the vocabulary.</param>
    /// <param name="rows">Whole sequences.</param>
    /// <param name="stream">(rows, width)</param>
    public void Forward(int* tokens, int rows, float* stream)
    {
        _compute.Pool.Run(ComputeContext.Chunks(rows), new ForwardRows(this, tokens, rows, stream));
        _compute.Clock?.Mark("embedding");
    }

    /// <summary>Adds to the gradients of table and positions.</summary>
    /// <param name="tokens">As they went forward.</param>
    /// <param name="rows">Whole sequences.</param>
    /// <param name="dStream">(rows, width)</param>
    public void Backward(int* tokens, int rows, float* dStream)
    {
        int step = ComputeContext.ChunkColumns(_width);
        _compute.Pool.Run((_width + step - 1) / step, new BackwardColumns(this, tokens, rows, step, dStream));
        _compute.Clock?.Mark("embedding");
    }

    private readonly struct ForwardRows(TokenEmbedding e, int* tokens, int rows, float* stream) : IChunkedJob
    {
        private readonly int* _tokens = tokens;
        private readonly float* _stream = stream;

        public void Run(int chunk, int worker)
        {
            (int first, int count) = ComputeContext.RowsOf(chunk, rows);
            float* positions = e._positions is null ? null : e._positions.Weight;
            Embedding.Forward(
                _tokens + first,
                e.Table.Weight,
                positions,
                first,
                count,
                e._sequence,
                e._width,
                _stream + ((nint)first * e._width)
            );
        }
    }

    private readonly struct BackwardColumns(TokenEmbedding e, int* tokens, int rows, int step, float* dStream) : IChunkedJob
    {
        private readonly int* _tokens = tokens;
        private readonly float* _dStream = dStream;

        public void Run(int chunk, int worker)
        {
            int first = chunk * step;
            int columns = Math.Min(step, e._width - first);
            Embedding.Backward(_tokens, _dStream, rows, e._width, first, columns, e.Table.Gradient);
            if (e._positions is not null)
            {
                Embedding.BackwardPositions(_dStream, rows, e._sequence, e._width, first, columns, e._positions.Gradient);
            }
        }
    }
}
