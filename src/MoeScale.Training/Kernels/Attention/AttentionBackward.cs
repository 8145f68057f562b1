using System.Runtime.CompilerServices;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Training.Kernels.Attention;

/// <summary>The backward pass of <see cref="CausalAttention"/>.</summary>
internal static unsafe class AttentionBackward<V>
    where V : struct, ISimdVector<V>
{
    [MethodImpl(Body.OfKernel)]
    public static void Run(
        in AttentionShape shape,
        float* input,
        float* output,
        float* dOutput,
        int kvHead,
        float* logSums,
        float* scratch,
        float* dInput
    )
    {
        int sequence = shape.Sequence,
            width = shape.HeadWidth,
            inputStride = shape.InputWidth,
            outputStride = shape.OutputWidth,
            panel = Tile.Columns<V>();
        int paddedKeys = AttentionShape.RoundUp(sequence, panel),
            paddedWidth = AttentionShape.RoundUp(width, panel),
            keyRows = AttentionShape.RoundUp(sequence, Tile.Rows);
        int stride = paddedWidth + AttentionShape.RowPadding,
            scoreStride = paddedKeys + AttentionShape.RowPadding;

        Room room = new(scratch, shape.ScratchFloats);
        float* keysAcross = room.Take((nint)paddedKeys * width, "keys, transposed");
        float* valuesAcross = room.Take((nint)paddedKeys * width, "values, transposed");
        float* keys = room.Take((nint)paddedKeys * stride, "keys");
        float* dKeys = room.Take((nint)paddedKeys * stride, "gradients of keys");
        float* dValues = room.Take((nint)paddedKeys * stride, "gradients of values");
        float* queries = room.Take(AttentionShape.BlockRows * stride, "queries of a block");
        float* dOutputs = room.Take(AttentionShape.BlockRows * stride, "gradients of outputs of a block");
        float* dQueries = room.Take(AttentionShape.BlockRows * stride, "gradients of queries of a block");
        float* probabilities = room.Take((AttentionShape.BlockRows * (nint)scoreStride) + AttentionShape.HalfPage, "probabilities");
        float* dScores = room.Take(AttentionShape.BlockRows * (nint)scoreStride, "gradients of scores");

        int keyColumn = (shape.Heads + kvHead) * width,
            valueColumn = keyColumn + (shape.KvHeads * width);
        AttentionPacking.Transpose(input + keyColumn, inputStride, sequence, width, keysAcross, panel);
        AttentionPacking.Transpose(input + valueColumn, inputStride, sequence, width, valuesAcross, panel);
        AttentionPacking.Rows<V>(input + keyColumn, inputStride, sequence, width, 1, keys, stride, keyRows, paddedWidth);
        new Span<float>(dKeys, keyRows * stride).Clear();
        new Span<float>(dValues, keyRows * stride).Clear();

        float* delta = stackalloc float[AttentionShape.BlockRows];
        for (int head = kvHead * shape.Group; head < (kvHead + 1) * shape.Group; head++)
        {
            for (int first = 0; first < sequence; first += AttentionShape.BlockRows)
            {
                int rows = Math.Min(AttentionShape.BlockRows, sequence - first),
                    paddedRows = AttentionShape.RoundUp(rows, Tile.Rows);
                nint atOutput = ((nint)first * outputStride) + (head * width),
                    atInput = ((nint)first * inputStride) + (head * width);
                AttentionPacking.Rows<V>(input + atInput, inputStride, rows, width, shape.Scale, queries, stride, paddedRows, paddedWidth);
                AttentionPacking.Rows<V>(dOutput + atOutput, outputStride, rows, width, 1, dOutputs, stride, paddedRows, paddedWidth);
                Deltas(output + atOutput, outputStride, dOutputs, stride, rows, width, delta);

                AttentionForward<V>.Scores(queries, stride, keysAcross, width, first, paddedRows, probabilities, scoreStride);
                AttentionForward<V>.Scores(dOutputs, stride, valuesAcross, width, first, paddedRows, dScores, scoreStride);
                SoftmaxBackward(
                    first,
                    rows,
                    paddedRows,
                    logSums + ((nint)head * sequence) + first,
                    delta,
                    probabilities,
                    dScores,
                    scoreStride
                );

                for (int r = 0; r < paddedRows; r += Tile.Rows)
                {
                    for (int c = 0; c < paddedWidth; c += panel)
                    {
                        Tile.Multiply<V>(
                            dScores + (r * scoreStride),
                            scoreStride,
                            1,
                            keys + c,
                            stride,
                            first + r + Tile.Rows,
                            dQueries + (r * stride) + c,
                            stride,
                            add: false
                        );
                    }
                }
                AttentionPacking.RowsBack<V>(dQueries, stride, rows, width, shape.Scale, null, dInput + atInput, inputStride);
                // The queries hold the scale already.
                AddProduct(dScores, scoreStride, queries, stride, first, paddedRows, paddedWidth, dKeys);
                AddProduct(probabilities, scoreStride, dOutputs, stride, first, paddedRows, paddedWidth, dValues);
            }
        }
        AttentionPacking.RowsBack<V>(dKeys, stride, sequence, width, 1, null, dInput + keyColumn, inputStride);
        AttentionPacking.RowsBack<V>(dValues, stride, sequence, width, 1, null, dInput + valueColumn, inputStride);
    }

    // delta[r] = Σ_c dOut[r, c]·out[r, c], which is Σ_j P·dP of the softmax.
    [MethodImpl(Body.OfKernel)]
    private static void Deltas(float* output, int outputStride, float* dOutputs, int stride, int rows, int width, float* delta)
    {
        for (int r = 0; r < rows; r++, output += outputStride, dOutputs += stride)
        {
            V sum = V.Zero;
            for (int c = 0; c < width; c += V.Count)
            {
                sum = V.MultiplyAdd(V.Load(output + c, width - c), V.Load(dOutputs + c), sum);
            }
            delta[r] = V.Sum(sum);
        }
    }

    // P = e^(score − logSum) in place of the scores, dS = P·(dP − δ) in place of dP; zero behind the diagonal as in the forward pass.
    [MethodImpl(Body.OfKernel)]
    private static void SoftmaxBackward(
        int first,
        int rows,
        int paddedRows,
        float* logSums,
        float* delta,
        float* probabilities,
        float* dScores,
        int scoreStride
    )
    {
        for (int r = 0; r < rows; r++, probabilities += scoreStride, dScores += scoreStride)
        {
            int visible = first + r + 1,
                whole = visible / V.Count * V.Count;
            V shift = V.Broadcast(logSums[r]),
                d = V.Broadcast(delta[r]);
            for (int j = 0; j < whole; j += V.Count)
            {
                V p = Exponential.Of(V.Load(probabilities + j) - shift);
                p.Store(probabilities + j);
                (p * (V.Load(dScores + j) - d)).Store(dScores + j);
            }
            if (whole < visible)
            {
                V p = V.First(Exponential.Of(V.Load(probabilities + whole) - shift), visible - whole, V.Zero);
                p.Store(probabilities + whole);
                V.First(p * (V.Load(dScores + whole) - d), visible - whole, V.Zero).Store(dScores + whole);
            }
            AttentionForward<V>.ClearHidden(probabilities, visible);
            AttentionForward<V>.ClearHidden(dScores, visible);
        }
        for (int r = rows; r < paddedRows; r++, probabilities += scoreStride, dScores += scoreStride)
        {
            new Span<float>(probabilities, first + paddedRows).Clear();
            new Span<float>(dScores, first + paddedRows).Clear();
        }
    }

    // sums[j, c] += Σ_r a[r, j]·b[r, c]; a is zero above the diagonal, so that the rows before a key's own eight are left out.
    [MethodImpl(Body.OfKernel)]
    private static void AddProduct(float* a, int aStride, float* b, int stride, int first, int paddedRows, int paddedWidth, float* sums)
    {
        int panel = Tile.Columns<V>();
        for (int c = 0; c < paddedWidth; c += panel)
        {
            for (int j = 0; j < first + paddedRows; j += Tile.Rows)
            {
                int from = Math.Max(0, j - first);
                Tile.Multiply<V>(
                    a + (from * aStride) + j,
                    1,
                    aStride,
                    b + (from * stride) + c,
                    stride,
                    paddedRows - from,
                    sums + ((nint)j * stride) + c,
                    stride,
                    add: true
                );
            }
        }
    }
}
