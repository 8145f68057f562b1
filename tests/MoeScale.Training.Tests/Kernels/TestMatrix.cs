using System.Runtime.InteropServices;
using MoeScale.Training.Kernels.Products;

namespace MoeScale.Training.Tests.Kernels;

/// <summary>A matrix in the middle of poison: whatever is used beyond it gives NaN, whatever is written there is found.</summary>
internal sealed unsafe class TestMatrix : IDisposable
{
    private const int Margin = 64;
    private const int Poison = 0x7FC0BAD0;

    private readonly float* _memory;
    private readonly int _length;
    private readonly int _rows;
    private readonly int _columns;
    private readonly int _stride;

    public TestMatrix(int rows, int columns, int stride)
    {
        (_rows, _columns, _stride) = (rows, columns, stride);
        _length = (rows * stride) + (2 * Margin);
        _memory = (float*)NativeMemory.Alloc((nuint)_length * sizeof(float));
        new Span<float>(_memory, _length).Fill(BitConverter.Int32BitsToSingle(Poison));
    }

    /// <summary>Uniform in (−1, 1).</summary>
    public TestMatrix(int rows, int columns, int stride, Random random)
        : this(rows, columns, stride)
    {
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                this[r, c] = (2 * random.NextSingle()) - 1;
            }
        }
    }

    public float* Data => _memory + Margin;

    public Matrix View => new(Data, _rows, _columns, _stride);

    public ref float this[int row, int column] => ref Data[(row * _stride) + column];

    /// <summary>All elements, row by row.</summary>
    public float[] ToArray() => [.. Enumerable.Range(0, _rows * _columns).Select(i => this[i / _columns, i % _columns])];

    public void AssertPoisonIsWhole()
    {
        for (int i = 0; i < _length; i++)
        {
            int row = (i - Margin) / _stride;
            bool inside = i >= Margin && row < _rows && i - Margin - (row * _stride) < _columns;
            if (!inside && BitConverter.SingleToInt32Bits(_memory[i]) != Poison)
            {
                Assert.Fail($"({_rows}, {_columns}) with stride {_stride}: written at element {i - Margin}, outside.");
            }
        }
    }

    public void Dispose() => NativeMemory.Free(_memory);
}
