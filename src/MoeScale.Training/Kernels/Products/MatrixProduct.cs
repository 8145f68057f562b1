using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Kernels.Products;

/// <summary>
/// Products of matrices in single precision, on all threads of a pool. The three of a linear layer, with x (tokens, in) and
/// W (out, in) as PyTorch stores it:
/// <code>
/// forward          Multiply(x, W.Transpose(), output, bias: b)                 output = x·Wᵀ + b
/// input gradient   Multiply(dOutput, W, dX)                                    dX = dOutput·W
/// weight gradient  Multiply(dOutput.Transpose(), x, dWeight, add: true)        dWeight += dOutputᵀ·x
/// </code>
/// </summary>
/// <remarks>
/// After Goto and van de Geijn 2008, Anatomy of High-Performance Matrix Multiplication: the right operand is packed by all
/// threads, then each takes rows of the left one, packs them for itself and multiplies. The depth is summed in blocks whose
/// borders depend on the sizes alone, and no sum is shared by threads: the same bits for any number of them.
/// All scratch memory is here: two products at once need two of these.
/// </remarks>
public sealed unsafe class MatrixProduct : IDisposable
{
    // What is packed of an operand at a time: by all threads at most 4 and 8 MiB, by one alone 512 KiB of each.
    internal const int SharedRight = 1 << 20;
    internal const int SharedLeft = 1 << 21;
    internal const int OwnRight = 1 << 17;
    internal const int OwnLeft = 1 << 17;

    // Where both are packed first, the depth passes by in pieces of 1 MiB, so that what is packed is still in a second-level
    // cache when it is used: a weight gradient is deep, and would otherwise be written to memory and read back.
    internal const int SharedBoth = 1 << 18;

    // Below some 2 million operations (20 µs on one core) waking others costs more than they bring.
    internal const long AloneBelow = 2_000_000;

    internal const int OwnScratch = ((ProductPass<PortableTile>.Scratch + 15) / 16 * 16) + OwnLeft + OwnRight;

    private readonly WorkerPool _pool;
    private readonly SimdPath _path;
    private readonly NativeFloats _left = new(SharedLeft);
    private readonly NativeFloats _right = new(SharedRight);
    private readonly NativeFloats _own;

    /// <param name="pool">Lives longer than this.</param>
    public MatrixProduct(WorkerPool pool)
        : this(pool, SimdPaths.Widest) { }

    internal MatrixProduct(WorkerPool pool, SimdPath path)
    {
        _pool = pool;
        _path = path;
        _own = new NativeFloats((nint)pool.Threads * OwnScratch);
    }

    /// <summary>Bytes that operands are packed into.</summary>
    public long ScratchBytes => sizeof(float) * (SharedLeft + SharedRight + ((long)_pool.Threads * OwnScratch));

    /// <summary>output = left·right (+ bias) (+ output).</summary>
    /// <param name="left">(rows, depth).</param>
    /// <param name="right">(depth, columns).</param>
    /// <param name="output">(rows, columns), as stored; its memory is apart from that of the others.</param>
    /// <param name="add">Whether the old output counts; if not, it is never read.</param>
    /// <param name="bias">(columns) or null.</param>
    /// <exception cref="ArgumentException">Sizes that do not fit each other, or an output that is transposed or a choice of
    /// rows.</exception>
    /// <remarks>
    /// Each element is summed along the depth in blocks of at most 384: its error is at most γ(depth + 2)·Σ|left|·|right|.
    /// A NaN or an infinity reaches the elements that it is a term of, and no others.
    /// Not to be called inside a job of the pool, which is refused.
    /// </remarks>
    public void Multiply(Matrix left, Matrix right, Matrix output, bool add = false, float* bias = null) =>
        Multiply(Checked(left, right, output, add, bias), worker: -1);

    /// <summary>The same on the calling thread, for a job of the pool that has a small product in each chunk.</summary>
    /// <param name="worker">As the chunk was given it; 0 outside of a job.</param>
    /// <exception cref="ArgumentOutOfRangeException">The pool has no such worker, and so it has no scratch memory.</exception>
    public void MultiplyAlone(int worker, Matrix left, Matrix right, Matrix output, bool add = false, float* bias = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(worker);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(worker, _pool.Threads);
        Multiply(Checked(left, right, output, add, bias), worker);
    }

    private void Multiply(Product product, int worker)
    {
        if (worker < 0 && 2L * product.Rows * product.Columns * product.Depth < AloneBelow)
        {
            // As a large product is refused by the pool: the caller's scratch memory is that of worker 0, who may be using it.
            worker = !_pool.IsAtWork
                ? 0
                : throw new InvalidOperationException("Inside a job of the pool a product is made by MultiplyAlone.");
        }
        switch (_path)
        {
            case SimdPath.Avx512:
                Multiply<Avx512Tile>(product, worker);
                break;
            case SimdPath.Avx2:
                Multiply<Avx2Tile>(product, worker);
                break;
            default:
                Multiply<PortableTile>(product, worker);
                break;
        }
        // Its memory must outlast the call even if this is the last one.
        GC.KeepAlive(this);
    }

    private void Multiply<TTile>(Product product, int worker)
        where TTile : struct, ITile
    {
        if (product.Rows == 0 || product.Columns == 0)
        {
            return;
        }
        int depthBlock = BlockOf(product.Depth, ProductPass<TTile>.LargestDepthBlock, 32);
        bool alone = worker >= 0;
        int roomOfLeft = alone ? OwnLeft : SharedLeft;
        int roomOfRight = alone ? OwnRight : SharedRight;
        // Where rows are so many that not even one block of the depth has room, each chunk packs its own.
        bool packsLeft = product.Left.IsTransposed && product.Rows <= roomOfLeft / depthBlock;
        int passColumns = BlockOf(product.Columns, roomOfRight / depthBlock, TTile.Columns);
        int passDepth = roomOfRight / passColumns;
        if (packsLeft)
        {
            // Each operand in its own room, and both in the cache.
            passDepth = Math.Min(passDepth, roomOfLeft / product.Rows);
            passDepth = Math.Min(passDepth, SharedBoth / (product.Rows + passColumns));
        }
        passDepth = Math.Max(1, passDepth / depthBlock) * depthBlock;
        float* own = _own.Data + ((nint)(worker + 1) * OwnScratch) - OwnRight;
        PackedOperands packed = new(
            packsLeft ? new Room(alone ? own - OwnLeft : _left.Data, roomOfLeft) : default,
            new Room(alone ? own : _right.Data, roomOfRight)
        );
        for (int column = 0; column < product.Columns; column += passColumns)
        {
            int columns = Math.Min(passColumns, product.Columns - column);
            // A depth of 0 is one pass too: it leaves the bias.
            int depth = 0;
            do
            {
                ProductPass<TTile> pass = new(
                    product,
                    column,
                    columns,
                    depth,
                    Math.Min(passDepth, product.Depth - depth),
                    depthBlock,
                    packed
                );
                Run(pass.PackChunks, new PackJob<TTile>(pass), worker);
                Run(pass.MultiplyChunks, new MultiplyJob<TTile>(pass, _own.Data), worker);
                depth += passDepth;
            } while (depth < product.Depth);
        }
    }

    private void Run<TJob>(int chunks, TJob job, int worker)
        where TJob : struct, IChunkedJob
    {
        if (worker < 0)
        {
            _pool.Run(chunks, job);
            return;
        }
        for (int i = 0; i < chunks; i++)
        {
            job.Run(i, worker);
        }
    }

    /// <summary>Equal blocks of at most <paramref name="largest"/>, in multiples of <paramref name="unit"/>.</summary>
    private static int BlockOf(int whole, int largest, int unit)
    {
        int most = largest / unit * unit;
        int blocks = Math.Max(1, (whole + most - 1) / most);
        return Math.Max(unit, (whole + (blocks * unit) - 1) / (blocks * unit) * unit);
    }

    private static Product Checked(Matrix left, Matrix right, Matrix output, bool add, float* bias)
    {
        if (left.Columns != right.Rows || output.Rows != left.Rows || output.Columns != right.Columns)
        {
            throw new ArgumentException(
                $"({left.Rows}, {left.Columns}) times ({right.Rows}, {right.Columns}) into ({output.Rows}, {output.Columns}): "
                    + "(rows, depth) times (depth, columns) goes into (rows, columns)."
            );
        }
        return output.IsTransposed || output.Chosen != null
            ? throw new ArgumentException("The output is written as it is stored: not transposed, no rows chosen.", nameof(output))
            : new Product(left, right, output, add, bias);
    }

    public void Dispose()
    {
        _left.Dispose();
        _right.Dispose();
        _own.Dispose();
    }
}
