using System.Runtime.InteropServices;
using MoeScale.Training.Kernels;
using MoeScale.Training.Kernels.Products;

namespace MoeScale.Bench;

/// <summary>Which of the three products of a linear layer.</summary>
internal enum ProductKind
{
    /// <summary>x·Wᵀ.</summary>
    Forward,

    /// <summary>dOutput·W.</summary>
    Input,

    /// <summary>dOutputᵀ·x, added to what is there.</summary>
    Weight,
}

/// <summary>Sizes of a matrix product; with a batch, that many of them, each with its own operands.</summary>
internal sealed record ProductShape(string Name, ProductKind Kind, int Rows, int Columns, int Depth, int Batch = 1)
{
    public double Operations => 2.0 * Batch * Rows * Columns * Depth;
}

/// <summary>One shape with its operands, to be multiplied by us or by OpenBLAS.</summary>
internal sealed unsafe class ProductCase : IDisposable
{
    private readonly ProductShape _shape;
    private readonly float* _left;
    private readonly float* _right;
    private readonly float* _output;

    public ProductCase(ProductShape shape)
    {
        _shape = shape;
        _left = RandomNumbers((nint)shape.Batch * shape.Rows * shape.Depth, 1);
        _right = RandomNumbers((nint)shape.Batch * shape.Depth * shape.Columns, 2);
        _output = RandomNumbers((nint)shape.Batch * shape.Rows * shape.Columns, 3);
    }

    private float* Left(int index) => _left + ((nint)index * _shape.Rows * _shape.Depth);

    private float* Right(int index) => _right + ((nint)index * _shape.Depth * _shape.Columns);

    private float* Output(int index) => _output + ((nint)index * _shape.Rows * _shape.Columns);

    private Matrix LeftMatrix(int index) =>
        _shape.Kind == ProductKind.Weight
            ? new Matrix(Left(index), _shape.Depth, _shape.Rows).Transpose()
            : new Matrix(Left(index), _shape.Rows, _shape.Depth);

    private Matrix RightMatrix(int index) =>
        _shape.Kind == ProductKind.Forward
            ? new Matrix(Right(index), _shape.Columns, _shape.Depth).Transpose()
            : new Matrix(Right(index), _shape.Depth, _shape.Columns);

    private Matrix OutputMatrix(int index) => new(Output(index), _shape.Rows, _shape.Columns);

    public void Own(WorkerPool pool, MatrixProduct product)
    {
        if (_shape.Batch == 1)
        {
            product.Multiply(LeftMatrix(0), RightMatrix(0), OutputMatrix(0), add: _shape.Kind == ProductKind.Weight);
        }
        else
        {
            pool.Run(_shape.Batch, new BatchJob(this, product));
        }
    }

    public void Peer(int threads)
    {
        OpenBlas.SetThreads(threads);
        for (int i = 0; i < _shape.Batch; i++)
        {
            OpenBlas.Multiply(
                _shape.Kind == ProductKind.Weight,
                _shape.Kind == ProductKind.Forward,
                _shape.Rows,
                _shape.Columns,
                _shape.Depth,
                Left(i),
                Right(i),
                _shape.Kind == ProductKind.Weight ? 1 : 0,
                Output(i)
            );
        }
    }

    private static float* RandomNumbers(nint count, int seed)
    {
        float* numbers = (float*)NativeMemory.AlignedAlloc((nuint)count * sizeof(float), 64);
        Random random = new(seed);
        for (nint i = 0; i < count; i++)
        {
            numbers[i] = random.NextSingle() - 0.5f;
        }
        return numbers;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_left);
        NativeMemory.AlignedFree(_right);
        NativeMemory.AlignedFree(_output);
    }

    private readonly struct BatchJob(ProductCase operands, MatrixProduct product) : IChunkedJob
    {
        public void Run(int chunk, int worker) =>
            product.MultiplyAlone(worker, operands.LeftMatrix(chunk), operands.RightMatrix(chunk), operands.OutputMatrix(chunk));
    }
}
