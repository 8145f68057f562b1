using MoeScale.Training.Kernels;
using MoeScale.Training.Kernels.Products;

namespace MoeScale.Training.Layers;

/// <summary>What layers work with: threads, and the matrix product that runs on them.</summary>
internal sealed class ComputeContext : IDisposable
{
    /// <summary>
    /// Rows that a row-wise kernel takes at a time: the borders of partial sums, so never a matter of how many threads there are.
    /// </summary>
    public const int ChunkRows = 64;

    public ComputeContext(int threads)
    {
        Pool = new WorkerPool(threads);
        Product = new MatrixProduct(Pool);
    }

    public WorkerPool Pool { get; }

    public MatrixProduct Product { get; }

    /// <summary>Where the time goes; null unless somebody asks.</summary>
    public StepClock? Clock { get; set; }

    public static int Chunks(int rows) => (rows + ChunkRows - 1) / ChunkRows;

    /// <summary>First row of a chunk, and how many there are.</summary>
    public static (int First, int Count) RowsOf(int chunk, int rows) =>
        (chunk * ChunkRows, Math.Min(ChunkRows, rows - (chunk * ChunkRows)));

    /// <summary>Columns that one chunk of a column-wise kernel takes: a whole cache line at least.</summary>
    public static int ChunkColumns(int width) => width <= 64 ? 16 : 64;

    public void Dispose()
    {
        Product.Dispose();
        Pool.Dispose();
    }
}
