namespace MoeScale.Training.Kernels.Products;

/// <summary>A whole product: output = left·right (+ bias) (+ output).</summary>
internal readonly unsafe struct Product(Matrix left, Matrix right, Matrix output, bool add, float* bias)
{
    public Matrix Left => left;

    public Matrix Right => right;

    public Matrix Output => output;

    public bool Add => add;

    /// <summary>(Columns) or null.</summary>
    public float* Bias => bias;

    public int Rows => output.Rows;

    public int Columns => output.Columns;

    public int Depth => left.Columns;
}

/// <summary>Where packed panels of a pass go: (rows, depth) and (depth, columns), or no left, and each chunk packs its own rows.</summary>
internal readonly struct PackedOperands(Room left, Room right)
{
    public Room Left => left;

    public Room Right => right;
}

/// <summary>
/// The part of a product whose right operand is packed at one time: a range of columns and a range of the depth, over all rows.
/// First operands are packed, in chunks; then strips of rows are multiplied by panels of columns, in chunks.
/// </summary>
/// <remarks>
/// A left operand that is stored along the depth (the weight gradient's) is packed in the first phase too: its stored rows
/// run across all strips, and are so read once and in the order of memory. Otherwise a chunk packs the strips that it
/// multiplies, which stay in its thread's cache.
/// </remarks>
internal readonly unsafe struct ProductPass<TTile>(
    Product product,
    int firstColumn,
    int columns,
    int firstDepth,
    int depth,
    int depthBlock,
    PackedOperands packed
)
    where TTile : struct, ITile
{
    // A panel of 384 x 32 is 48 KiB and the strips of a chunk 168 KiB: together well inside a second-level cache.
    public const int LargestDepthBlock = 384;
    public const int LargestRowChunk = 112;

    /// <summary>Elements of scratch memory of one thread: a tile at the right border, then the strips of a chunk.</summary>
    public const int Scratch = BorderScratch + StripScratch;
    private const int BorderScratch = 16 * 32;
    private const int StripScratch = (LargestDepthBlock * LargestRowChunk) + Panel.Slack;

    // Enough for threads to end at about the same time, and not so many that panels pass by too often.
    private const int WantedChunks = 12;

    // Steps of the depth that are packed at a time where stored rows lie along it: no more than the streams that a processor
    // fetches ahead of their reader.
    private const int Slice = 8;

    private readonly int _panels = CeilingOf(columns, TTile.Columns);
    private readonly int _strips = CeilingOf(product.Rows, TTile.Rows);
    private readonly int _blocks = Math.Max(1, CeilingOf(depth, depthBlock));

    private readonly float* _left = packed.Left.IsGiven
        ? packed.Left.For((nint)product.Rows * depth, "packed rows of the left operand")
        : null;
    private readonly float* _right = packed.Right.For(
        (nint)CeilingOf(columns, TTile.Columns) * TTile.Columns * depth,
        "packed columns of the right operand"
    );

    private bool PacksLeft => _left != null;

    private int Slices => CeilingOf(depth, Slice);

    private int RightChunks => product.Right.IsTransposed ? _panels * _blocks : Slices;

    public int PackChunks => RightChunks + (PacksLeft ? Slices : 0);

    public int MultiplyChunks => RowChunks * ColumnChunks;

    private int RowChunks
    {
        get
        {
            int most = LargestRowChunk / TTile.Rows;
            return CeilingOf(_strips, PacksLeft ? most : Math.Clamp(CeilingOf(_strips, WantedChunks), 2, most));
        }
    }

    /// <summary>
    /// Where rows are few, columns are shared out too, though without a packed left each chunk then packs its rows again.
    /// </summary>
    private int ColumnChunks => Math.Clamp(WantedChunks / RowChunks, 1, _panels);

    public void Pack(int chunk)
    {
        int rightChunks = RightChunks;
        if (chunk >= rightChunks)
        {
            (int block, int first, int count) = SliceOf(chunk - rightChunks);
            for (int strip = 0; strip < _strips; strip++)
            {
                (int row, int rows) = Strip(strip);
                Panel.Pack<TTile>(
                    product.Left,
                    row,
                    rows,
                    firstDepth + (block * depthBlock) + first,
                    count,
                    SharedStrip(block, row) + ((nint)first * rows),
                    rows
                );
            }
        }
        else if (product.Right.IsTransposed)
        {
            PackRight(chunk / _panels, chunk % _panels, 0, DepthOf(chunk / _panels));
        }
        else
        {
            (int block, int first, int count) = SliceOf(chunk);
            for (int panel = 0; panel < _panels; panel++)
            {
                PackRight(block, panel, first, count);
            }
        }
    }

    private void PackRight(int block, int panel, int first, int count) =>
        Panel.Pack<TTile>(
            product.Right.Transpose(),
            firstColumn + (panel * TTile.Columns),
            WidthOf(panel),
            firstDepth + (block * depthBlock) + first,
            count,
            RightPanel(block, panel) + ((nint)first * TTile.Columns),
            TTile.Columns
        );

    /// <summary>Multiplies some strips by some panels.</summary>
    /// <param name="scratch">(<see cref="Scratch"/>), of this thread.</param>
    public void Multiply(int chunk, float* scratch)
    {
        int rowChunks = RowChunks;
        int columnChunks = ColumnChunks;
        int firstStrip = Part(_strips, rowChunks, chunk / columnChunks);
        int endStrip = Part(_strips, rowChunks, (chunk / columnChunks) + 1);
        int firstPanel = Part(_panels, columnChunks, chunk % columnChunks);
        int endPanel = Part(_panels, columnChunks, (chunk % columnChunks) + 1);
        int firstRow = Part(product.Rows, _strips, firstStrip);
        nint chunkRows = Part(product.Rows, _strips, endStrip) - firstRow;
        float* border = new Room(scratch, BorderScratch).For(TTile.Rows * TTile.Columns, "a tile at the border");
        float* strips = PacksLeft
            ? null
            : new Room(scratch + BorderScratch, StripScratch).For((chunkRows * DepthOf(0)) + Panel.Slack, "packed rows of a chunk");
        for (int block = 0; block < _blocks; block++)
        {
            int blockDepth = DepthOf(block);
            float* left = PacksLeft ? SharedStrip(block, firstRow) : strips;
            for (int strip = firstStrip; strip < endStrip && !PacksLeft; strip++)
            {
                (int row, int rows) = Strip(strip);
                Panel.Pack<TTile>(
                    product.Left,
                    row,
                    rows,
                    firstDepth + (block * depthBlock),
                    blockDepth,
                    left + ((nint)(row - firstRow) * blockDepth),
                    rows
                );
            }
            for (int panel = firstPanel; panel < endPanel; panel++)
            {
                for (int strip = firstStrip; strip < endStrip; strip++)
                {
                    (int row, int rows) = Strip(strip);
                    MultiplyTile(block, panel, row, rows, left + ((nint)(row - firstRow) * blockDepth), border);
                }
            }
        }
    }

    private void MultiplyTile(int block, int panel, int row, int rows, float* left, float* border)
    {
        int column = firstColumn + (panel * TTile.Columns);
        int width = WidthOf(panel);
        float* output = product.Output.StoredRow(row) + column;
        // The bias joins the first block of the depth; from the second on, what is there counts.
        bool first = firstDepth == 0 && block == 0;
        bool add = product.Add || !first;
        float* bias = first && product.Bias != null ? product.Bias + column : null;
        if (width == TTile.Columns)
        {
            TTile.Multiply(rows, DepthOf(block), left, RightPanel(block, panel), output, product.Output.Stride, bias, add);
            return;
        }
        TTile.Multiply(rows, DepthOf(block), left, RightPanel(block, panel), border, TTile.Columns, null, add: false);
        for (int r = 0; r < rows; r++, output += product.Output.Stride, border += TTile.Columns)
        {
            for (int c = 0; c < width; c++)
            {
                float sum = bias == null ? border[c] : border[c] + bias[c];
                output[c] = add ? sum + output[c] : sum;
            }
        }
    }

    private int DepthOf(int block) => Math.Min(depthBlock, depth - (block * depthBlock));

    private int WidthOf(int panel) => Math.Min(TTile.Columns, columns - (panel * TTile.Columns));

    private (int Row, int Rows) Strip(int strip)
    {
        int row = Part(product.Rows, _strips, strip);
        return (row, Part(product.Rows, _strips, strip + 1) - row);
    }

    /// <summary>A block of the depth is a whole number of slices.</summary>
    private (int Block, int First, int Count) SliceOf(int slice)
    {
        int block = slice * Slice / depthBlock;
        int first = (slice * Slice) - (block * depthBlock);
        return (block, first, Math.Min(Slice, DepthOf(block) - first));
    }

    private float* SharedStrip(int block, int row) => _left + ((nint)block * depthBlock * product.Rows) + ((nint)row * DepthOf(block));

    private float* RightPanel(int block, int panel) =>
        _right + ((((nint)block * depthBlock * _panels) + ((nint)panel * DepthOf(block))) * TTile.Columns);

    /// <summary>Where part <paramref name="index"/> of <paramref name="parts"/> nearly equal ones begins.</summary>
    private static int Part(int whole, int parts, int index) => (int)((long)whole * index / parts);

    private static int CeilingOf(int dividend, int divisor) => (dividend + divisor - 1) / divisor;
}

internal readonly struct PackJob<TTile>(ProductPass<TTile> pass) : IChunkedJob
    where TTile : struct, ITile
{
    public void Run(int chunk, int worker) => pass.Pack(chunk);
}

/// <param name="scratch">That of worker 0, with that of the others behind it.</param>
internal readonly unsafe struct MultiplyJob<TTile>(ProductPass<TTile> pass, float* scratch) : IChunkedJob
    where TTile : struct, ITile
{
    public void Run(int chunk, int worker) => pass.Multiply(chunk, scratch + ((nint)worker * MatrixProduct.OwnScratch));
}
