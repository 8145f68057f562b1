namespace MoeScale.Training.Kernels;

/// <summary>A whole product: output = left·right (+ bias) (+ output).</summary>
internal readonly unsafe record struct Product(Matrix Left, Matrix Right, Matrix Output, bool Add, nint Bias)
{
    public int Rows => Output.Rows;

    public int Columns => Output.Columns;

    public int Depth => Left.Columns;
}

/// <summary>
/// The part of a product whose right operand is packed at one time: a range of columns and a range of the depth, over all rows.
/// First the right operand is packed, in chunks; then the rows are multiplied, in chunks.
/// </summary>
internal readonly unsafe struct ProductPass<TTile>(
    Product product, int firstColumn, int columns, int firstDepth, int depth, int depthBlock, float* right)
    where TTile : struct, ITile
{
    // A panel of 384 x 32 is 48 KiB and the left rows of a chunk 168 KiB: together well inside a second-level cache.
    public const int LargestDepthBlock = 384;
    private const int LargestRowChunk = 112;

    // Enough for some threads to end at about the same time, and not so many that the right operand passes by too often.
    private const int WantedChunks = 12;

    /// <summary>Elements of scratch memory of one thread: the left rows of a chunk, and a tile at the right border.</summary>
    public const int LeftScratch = ((LargestDepthBlock * LargestRowChunk) + Panel.Slack + BorderScratch + 15) / 16 * 16;
    private const int BorderScratch = 16 * 32;

    private readonly int _panels = CeilingOf(columns, TTile.Columns);
    private readonly int _blocks = Math.Max(1, CeilingOf(depth, depthBlock));

    public int RightChunks => _panels * _blocks;

    public int RowChunks
    {
        get
        {
            int wanted = CeilingOf(product.Rows, WantedChunks);
            return CeilingOf(product.Rows, Math.Clamp(wanted, Math.Min(2 * TTile.Rows, LargestRowChunk), LargestRowChunk));
        }
    }

    /// <summary>Where rows are few, columns are shared out too, though each chunk then packs its rows again.</summary>
    public int ColumnChunks => Math.Clamp(WantedChunks / RowChunks, 1, _panels);

    /// <summary>Packs one panel of one block of the depth.</summary>
    public void PackRight(int chunk)
    {
        int block = chunk / _panels;
        int panel = chunk % _panels;
        int first = block * depthBlock;
        int lanes = Math.Min(TTile.Columns, columns - (panel * TTile.Columns));
        Panel.Pack<TTile>(
            product.Right.Transpose(), firstColumn + (panel * TTile.Columns), lanes, firstDepth + first, DepthOf(block), RightPanel(block, panel), TTile.Columns);
    }

    /// <summary>Multiplies a range of rows by a range of columns.</summary>
    /// <param name="scratch">(<see cref="LeftScratch"/>), of this thread.</param>
    public void Multiply(int chunk, float* scratch)
    {
        int rowChunks = RowChunks;
        int columnChunks = ColumnChunks;
        int firstRow = Part(product.Rows, rowChunks, chunk / columnChunks);
        int rows = Part(product.Rows, rowChunks, (chunk / columnChunks) + 1) - firstRow;
        int firstPanel = Part(_panels, columnChunks, chunk % columnChunks);
        int endPanel = Part(_panels, columnChunks, (chunk % columnChunks) + 1);
        float* left = scratch + BorderScratch;
        int strips = CeilingOf(rows, TTile.Rows);
        for (int block = 0; block < _blocks; block++)
        {
            int blockDepth = DepthOf(block);
            for (int strip = 0; strip < strips; strip++)
            {
                int row = Part(rows, strips, strip);
                int count = Part(rows, strips, strip + 1) - row;
                Panel.Pack<TTile>(
                    product.Left, firstRow + row, count, firstDepth + (block * depthBlock), blockDepth, left + (row * blockDepth), count);
            }
            for (int panel = firstPanel; panel < endPanel; panel++)
            {
                for (int strip = 0; strip < strips; strip++)
                {
                    int row = Part(rows, strips, strip);
                    int count = Part(rows, strips, strip + 1) - row;
                    MultiplyTile(block, panel, firstRow + row, count, left + (row * blockDepth), scratch);
                }
            }
        }
    }

    private void MultiplyTile(int block, int panel, int row, int rows, float* left, float* border)
    {
        int column = firstColumn + (panel * TTile.Columns);
        int width = Math.Min(TTile.Columns, columns - (panel * TTile.Columns));
        float* output = product.Output.StoredRow(row) + column;
        // The bias joins the first block of the depth; from the second on, what is there counts.
        bool first = firstDepth == 0 && block == 0;
        bool add = product.Add || !first;
        float* bias = first && product.Bias != 0 ? (float*)product.Bias + column : null;
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
                float sum = border[c] + (bias == null ? 0 : bias[c]);
                output[c] = add ? sum + output[c] : sum;
            }
        }
    }

    private int DepthOf(int block) => Math.Min(depthBlock, depth - (block * depthBlock));

    private float* RightPanel(int block, int panel)
        => right + (((nint)block * depthBlock * _panels) + ((nint)panel * DepthOf(block))) * TTile.Columns;

    /// <summary>Where part <paramref name="index"/> of <paramref name="parts"/> nearly equal ones begins.</summary>
    private static int Part(int whole, int parts, int index) => (int)((long)whole * index / parts);

    private static int CeilingOf(int dividend, int divisor) => (dividend + divisor - 1) / divisor;
}

internal readonly struct PackRightJob<TTile>(ProductPass<TTile> pass) : IChunkedJob where TTile : struct, ITile
{
    public void Run(int chunk, int worker) => pass.PackRight(chunk);
}

internal readonly unsafe struct MultiplyRowsJob<TTile>(ProductPass<TTile> pass, float* scratch) : IChunkedJob where TTile : struct, ITile
{
    public void Run(int chunk, int worker) => pass.Multiply(chunk, scratch + ((nint)worker * MatrixProduct.OwnScratch));
}
