namespace MoeScale.Training.Kernels;

/// <summary>The forward pass of <see cref="CausalAttention"/>.</summary>
internal static unsafe class AttentionForward<V>
    where V : struct, ILanes<V>
{
    public static void Run(in AttentionShape shape, float* input, int kvHead, float* scratch, float* output, float* logSums)
    {
        int sequence = shape.Sequence, width = shape.HeadWidth, inputStride = shape.InputWidth, outputStride = shape.OutputWidth, panel = Tile.Columns<V>();
        int paddedKeys = AttentionShape.RoundUp(sequence, panel), paddedWidth = AttentionShape.RoundUp(width, panel);
        int stride = paddedWidth + AttentionShape.RowPadding, scoreStride = paddedKeys + AttentionShape.RowPadding;

        // All with rows of paddedWidth floats but the first: keys transposed, in panels of (width, panel).
        float* keysAcross = scratch;
        float* values = keysAcross + AttentionShape.RoundUp(paddedKeys * width, 16);
        float* queries = values + (paddedKeys * stride);
        float* outputs = queries + (AttentionShape.BlockRows * stride);
        float* scores = outputs + (AttentionShape.BlockRows * stride);

        float* keyColumns = input + ((shape.Heads + kvHead) * width), valueColumns = keyColumns + (shape.KvHeads * width);
        AttentionPacking.Transpose(keyColumns, inputStride, sequence, width, keysAcross, panel);
        AttentionPacking.Rows<V>(valueColumns, inputStride, sequence, width, 1, values, stride, AttentionShape.RoundUp(sequence, Tile.Rows), paddedWidth);

        float* reciprocals = stackalloc float[AttentionShape.BlockRows];
        for (int head = kvHead * shape.Group; head < (kvHead + 1) * shape.Group; head++)
        {
            for (int first = 0; first < sequence; first += AttentionShape.BlockRows)
            {
                int rows = Math.Min(AttentionShape.BlockRows, sequence - first), paddedRows = AttentionShape.RoundUp(rows, Tile.Rows);
                float* queryColumns = input + ((nint)first * inputStride) + (head * width);
                AttentionPacking.Rows<V>(queryColumns, inputStride, rows, width, shape.Scale, queries, stride, paddedRows, paddedWidth);
                Scores(queries, stride, keysAcross, width, first, paddedRows, scores, scoreStride);
                Softmax(first, rows, paddedRows, scores, scoreStride, logSums + ((nint)head * sequence) + first, reciprocals);
                for (int r = 0; r < paddedRows; r += Tile.Rows)
                {
                    float* row = scores + (r * scoreStride);
                    for (int c = 0; c < paddedWidth; c += panel)
                    {
                        Tile.Multiply<V>(row, scoreStride, 1, values + c, stride, first + r + Tile.Rows, outputs + (r * stride) + c, stride, add: false);
                    }
                }
                float* outputColumns = output + ((nint)first * outputStride) + (head * width);
                AttentionPacking.RowsBack<V>(outputs, stride, rows, width, 1, reciprocals, outputColumns, outputStride);
            }
        }
    }

    /// <summary>scores[r, j] = Σ_c a[r, c]·across[c, j] for the columns j that some row of an eight may see: up to first + r.</summary>
    public static void Scores(float* a, int stride, float* across, int width, int first, int paddedRows, float* scores, int scoreStride)
    {
        int panel = Tile.Columns<V>();
        // A panel stays in the first cache while all rows pass by.
        for (int j = 0; j < first + paddedRows; j += panel)
        {
            for (int r = Math.Max(0, (j - first) / Tile.Rows * Tile.Rows); r < paddedRows; r += Tile.Rows)
            {
                Tile.Multiply<V>(a + (r * stride), stride, 1, across + (j * width), panel, width, scores + (r * scoreStride) + j, scoreStride, add: false);
            }
        }
    }

    // Leaves e^(score − max), zero from the diagonal to the end of the eight columns in which it lies.
    private static void Softmax(int first, int rows, int paddedRows, float* scores, int scoreStride, float* logSums, float* reciprocals)
    {
        V lowest = V.Broadcast(float.NegativeInfinity);
        for (int r = 0; r < rows; r++, scores += scoreStride)
        {
            int visible = first + r + 1;
            V most = lowest;
            for (int j = 0; j < visible; j += V.Count)
            {
                most = V.Max(most, V.First(V.Load(scores + j), visible - j, lowest));
            }
            float maximum = V.Maximum(most);
            V shift = V.Broadcast(maximum), total = V.Zero;
            for (int j = 0; j < visible; j += V.Count)
            {
                V e = V.First(Exponential.Of(V.Load(scores + j) - shift), visible - j, V.Zero);
                e.Store(scores + j);
                total += e;
            }
            // The last vector has cleared some already, but with short vectors not all that a tile reads.
            new Span<float>(scores + visible, AttentionShape.RoundUp(visible, Tile.Rows) - visible).Clear();
            float sum = V.Sum(total);
            logSums[r] = maximum + MathF.Log(sum);
            reciprocals[r] = 1 / sum;
        }
        for (int r = rows; r < paddedRows; r++, scores += scoreStride)
        {
            new Span<float>(scores, first + paddedRows).Clear();
        }
    }
}
