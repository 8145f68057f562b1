using System.Runtime.CompilerServices;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Kernels.Attention;

/// <summary>The forward pass of <see cref="CausalAttention"/>.</summary>
internal static unsafe class AttentionForward<V>
    where V : struct, ISimdVector<V>
{
    [MethodImpl(Body.OfKernel)]
    public static void Run(in AttentionShape shape, float* input, int kvHead, float* scratch, float* output, float* logSums)
    {
        int sequence = shape.Sequence,
            width = shape.HeadWidth,
            inputStride = shape.InputWidth,
            outputStride = shape.OutputWidth,
            panel = Tile.Columns<V>();
        int paddedKeys = AttentionShape.RoundUp(sequence, panel),
            paddedWidth = AttentionShape.RoundUp(width, panel);
        int stride = paddedWidth + AttentionShape.RowPadding,
            scoreStride = paddedKeys + AttentionShape.RowPadding;

        // All with rows of paddedWidth floats but the first: keys transposed, in panels of (width, panel).
        Room room = new(scratch, shape.ScratchFloats);
        float* keysAcross = room.Take((nint)paddedKeys * width, "keys, transposed");
        float* values = room.Take((nint)paddedKeys * stride, "values");
        float* queries = room.Take(AttentionShape.BlockRows * stride, "queries of a block");
        float* outputs = room.Take(AttentionShape.BlockRows * stride, "outputs of a block");
        float* scores = room.Take(AttentionShape.BlockRows * (nint)scoreStride, "scores");

        float* keyColumns = input + ((shape.Heads + kvHead) * width),
            valueColumns = keyColumns + (shape.KvHeads * width);
        AttentionPacking.Transpose(keyColumns, inputStride, sequence, width, keysAcross, panel);
        AttentionPacking.Rows<V>(
            valueColumns,
            inputStride,
            sequence,
            width,
            1,
            values,
            stride,
            AttentionShape.RoundUp(sequence, Tile.Rows),
            paddedWidth
        );

        float* reciprocals = stackalloc float[AttentionShape.BlockRows];
        for (int head = kvHead * shape.Group; head < (kvHead + 1) * shape.Group; head++)
        {
            for (int first = 0; first < sequence; first += AttentionShape.BlockRows)
            {
                int rows = Math.Min(AttentionShape.BlockRows, sequence - first),
                    paddedRows = AttentionShape.RoundUp(rows, Tile.Rows);
                float* queryColumns = input + ((nint)first * inputStride) + (head * width);
                AttentionPacking.Rows<V>(queryColumns, inputStride, rows, width, shape.Scale, queries, stride, paddedRows, paddedWidth);
                Scores(queries, stride, keysAcross, width, first, paddedRows, scores, scoreStride);
                Softmax(first, rows, paddedRows, scores, scoreStride, logSums + ((nint)head * sequence) + first, reciprocals);
                for (int r = 0; r < paddedRows; r += Tile.Rows)
                {
                    float* row = scores + (r * scoreStride);
                    for (int c = 0; c < paddedWidth; c += panel)
                    {
                        Tile.Multiply<V>(
                            row,
                            scoreStride,
                            1,
                            values + c,
                            stride,
                            first + r + Tile.Rows,
                            outputs + (r * stride) + c,
                            stride,
                            add: false
                        );
                    }
                }
                float* outputColumns = output + ((nint)first * outputStride) + (head * width);
                AttentionPacking.RowsBack<V>(outputs, stride, rows, width, 1, reciprocals, outputColumns, outputStride);
            }
        }
    }

    /// <summary>scores[r, j] = Σ_c a[r, c]·across[c, j] for the columns j that some row of an eight may see: up to first + r.</summary>
    [MethodImpl(Body.OfKernel)]
    public static void Scores(float* a, int stride, float* across, int width, int first, int paddedRows, float* scores, int scoreStride)
    {
        int panel = Tile.Columns<V>();
        // A panel stays in the first cache while all rows pass by.
        for (int j = 0; j < first + paddedRows; j += panel)
        {
            for (int r = Math.Max(0, (j - first) / Tile.Rows * Tile.Rows); r < paddedRows; r += Tile.Rows)
            {
                Tile.Multiply<V>(
                    a + (r * stride),
                    stride,
                    1,
                    across + (j * width),
                    panel,
                    width,
                    scores + (r * scoreStride) + j,
                    scoreStride,
                    add: false
                );
            }
        }
    }

    // Leaves e^(score − max), zero from the diagonal to the end of the eight columns in which it lies. In two passes
    // over the rows, so that while one row waits for its maximum or its sum the processor is busy with the next.
    [MethodImpl(Body.OfKernel)]
    private static void Softmax(int first, int rows, int paddedRows, float* scores, int scoreStride, float* logSums, float* reciprocals)
    {
        float* maxima = logSums;
        for (int r = 0; r < rows; r++)
        {
            maxima[r] = Maximum(scores + (r * scoreStride), first + r + 1);
        }
        for (int r = 0; r < rows; r++)
        {
            float* row = scores + (r * scoreStride);
            reciprocals[r] = Exponentials(row, first + r + 1, maxima[r]);
            ClearHidden(row, first + r + 1);
        }
        for (int r = 0; r < rows; r++)
        {
            logSums[r] = maxima[r] + MathF.Log(reciprocals[r]);
            reciprocals[r] = 1 / reciprocals[r];
        }
        for (int r = rows; r < paddedRows; r++)
        {
            new Span<float>(scores + (r * scoreStride), first + paddedRows).Clear();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Maximum(float* row, int visible)
    {
        V lowest = V.Broadcast(float.NegativeInfinity),
            most = lowest;
        int j = 0;
        for (; j <= visible - V.Count; j += V.Count)
        {
            most = V.Max(most, V.Load(row + j));
        }
        return V.Maximum(j < visible ? V.Max(most, V.First(V.Load(row + j), visible - j, lowest)) : most);
    }

    /// <summary>row[j] = e^(row[j] − maximum) for what is visible, and zero to the end of its last vector; returns the sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Exponentials(float* row, int visible, float maximum)
    {
        V shift = V.Broadcast(maximum),
            total = V.Zero;
        int j = 0;
        for (; j <= visible - V.Count; j += V.Count)
        {
            V e = Exponential.Of(V.Load(row + j) - shift);
            e.Store(row + j);
            total += e;
        }
        if (j < visible)
        {
            V e = V.First(Exponential.Of(V.Load(row + j) - shift), visible - j, V.Zero);
            e.Store(row + j);
            total += e;
        }
        return V.Sum(total);
    }

    /// <summary>Zeros from the end of a row's last vector to the end of its tile, if vectors are shorter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ClearHidden(float* row, int visible)
    {
        for (int j = AttentionShape.RoundUp(visible, V.Count); j < AttentionShape.RoundUp(visible, Tile.Rows); j += V.Count)
        {
            V.Zero.Store(row + j);
        }
    }
}
