using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using MoeScale.Training.Kernels;
using MoeScale.Training.Kernels.Attention;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Bench;

/// <summary>
/// Every kernel of a training step but the matrix product, on one thread, at the two shapes of the trainer's goals:
/// time per element, and bytes or arithmetic per second. Bytes are those that must move: each operand once a read and
/// once a write. Rounds go over all kernels in turn; speeds are those of the best round, since on a shared machine the
/// median tells more of the others.
/// </summary>
internal static unsafe class OpsBenchmarks
{
    private const int PeakProducts = 12 * 16 * 100_000;

    private readonly record struct Shape(
        string Name,
        int Batch,
        int Sequence,
        int Width,
        int Heads,
        int FeedForward,
        int Vocabulary,
        int Parameters
    )
    {
        public int Rows => Batch * Sequence;
    }

    private sealed record Kernel(string Name, double Elements, double BytesPerElement, double Flops, Action Run)
    {
        public List<double> Seconds { get; } = [];
    }

    public static void Run(int rounds)
    {
        Console.WriteLine($"Kernels run on {SimdPaths.Widest}; one thread; {rounds} rounds.");
        Console.WriteLine();
        // Parameters without biases: 12·blocks·width² + width·(vocabulary + sequence).
        foreach (
            Shape shape in (Shape[])[new("S", 16, 256, 256, 4, 1024, 256, 3_276_800), new("M", 8, 256, 512, 8, 2048, 4096, 27_394_048)]
        )
        {
            List<Kernel> kernels = Kernels(shape);
            foreach (Kernel kernel in kernels)
            {
                // Until the compiler has done its best.
                for (Stopwatch warm = Stopwatch.StartNew(); warm.ElapsedMilliseconds < 300; )
                {
                    kernel.Run();
                }
            }
            for (int i = 0; i < rounds; i++)
            {
                foreach (Kernel kernel in kernels)
                {
                    long start = Stopwatch.GetTimestamp();
                    kernel.Run();
                    kernel.Seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                }
            }
            Print(shape, kernels);
        }
    }

    private static void Print(Shape shape, List<Kernel> kernels)
    {
        Console.WriteLine(
            $"| {shape.Name}: {shape.Batch} x {shape.Sequence} rows, width {shape.Width} | median ms | best ms | ns/element | GB/s | "
                + $"GFLOP/s |"
        );
        Console.WriteLine("| --- | --- | --- | --- | --- | --- |");
        foreach (Kernel kernel in kernels)
        {
            double median = kernel.Seconds.Order().ElementAt(kernel.Seconds.Count / 2),
                seconds = kernel.Seconds.Min();
            string speed = kernel.BytesPerElement > 0 ? Number(kernel.Elements * kernel.BytesPerElement / seconds / 1e9) : "";
            string flops = kernel.Flops > 0 ? Number(kernel.Flops / seconds / 1e9) : "";
            string each = kernel.Flops > 0 ? "" : (seconds / kernel.Elements * 1e9).ToString("0.000", CultureInfo.InvariantCulture);
            Console.WriteLine($"| {kernel.Name} | {Milliseconds(median)} | {Milliseconds(seconds)} | {each} | {speed} | {flops} |");
        }
        Console.WriteLine();
    }

    private static string Number(double x) => x.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Milliseconds(double seconds) => (seconds * 1e3).ToString("0.000", CultureInfo.InvariantCulture);

    private static List<Kernel> Kernels(Shape s)
    {
        int rows = s.Rows,
            narrow = rows * s.Width,
            wide = rows * s.FeedForward,
            logits = rows * s.Vocabulary;
        float* x = Floats(Math.Max(2 * wide, logits)),
            y = Floats(Math.Max(wide, 3 * narrow)),
            z = Floats(Math.Max(2 * wide, 3 * narrow));
        float* gain = Floats(2 * s.FeedForward),
            part = Floats(2 * s.FeedForward),
            mean = Floats(rows),
            rstd = Floats(rows);
        float* table = Floats(s.Vocabulary * s.Width),
            positions = Floats(s.Sequence * s.Width);
        float* weight = Floats(s.Parameters),
            gradient = Floats(s.Parameters),
            first = Floats(s.Parameters),
            second = Floats(s.Parameters);
        new Span<float>(second, s.Parameters).Fill(1);
        int* tokens = (int*)NativeMemory.AlignedAlloc((nuint)rows * sizeof(int), 64);
        Random random = new(1);
        for (int i = 0; i < rows; i++)
        {
            tokens[i] = random.Next(s.Vocabulary);
        }
        int headWidth = s.Width / s.Heads;
        float* cosines = Floats(s.Sequence * headWidth / 2),
            sines = Floats(s.Sequence * headWidth / 2);
        Rotary.FillTables(10000, s.Sequence, headWidth, cosines, sines);

        List<Kernel> kernels =
        [
            new("LayerNorm forward", narrow, 8, 0, () => LayerNorm.Forward(x, null, gain, gain, rows, s.Width, 1e-5f, null, mean, rstd, y)),
            new(
                "LayerNorm forward, residual added",
                narrow,
                16,
                0,
                () => LayerNorm.Forward(x, y, gain, gain, rows, s.Width, 1e-5f, z, mean, rstd, y)
            ),
            new(
                "LayerNorm backward, added",
                narrow,
                16,
                0,
                () => LayerNorm.Backward(x, gain, y, rows, s.Width, mean, rstd, true, z, part, part + s.Width)
            ),
            new("RmsNorm forward", narrow, 8, 0, () => RmsNorm.Forward(x, null, gain, rows, s.Width, 1e-5f, null, rstd, y)),
            new("RmsNorm backward, added", narrow, 16, 0, () => RmsNorm.Backward(x, gain, y, rows, s.Width, rstd, true, z, part)),
        ];
        foreach (NonLinearity f in Enum.GetValues<NonLinearity>())
        {
            kernels.Add(new($"{f} forward, bias", wide, 12, 0, () => Activations.Forward(f, x, gain, rows, s.FeedForward, z)));
            kernels.Add(new($"{f} backward, bias", wide, 12, 0, () => Activations.Backward(f, x, y, rows, s.FeedForward, z, part)));
        }
        kernels.AddRange([
            new("SwiGLU forward", wide, 12, 0, () => GatedActivations.Forward(NonLinearity.Silu, x, null, rows, s.FeedForward, y)),
            new("SwiGLU backward", wide, 20, 0, () => GatedActivations.Backward(NonLinearity.Silu, x, y, rows, s.FeedForward, z, null)),
            new(
                "Rotary, queries and keys",
                2 * narrow,
                8,
                0,
                () => Rotary.Turn(0, rows, 3 * s.Width, 2 * s.Heads, headWidth, s.Sequence, cosines, sines, false, z)
            ),
            new(
                "CrossEntropy forward and backward",
                logits,
                8,
                0,
                () => CrossEntropy.ForwardBackward(x, tokens, rows, s.Vocabulary, 1f / rows, mean)
            ),
            new(
                "Embedding forward, positions",
                narrow,
                8,
                0,
                () => Embedding.Forward(tokens, table, positions, 0, rows, s.Sequence, s.Width, y)
            ),
            new(
                "Embedding backward, by 64 columns",
                narrow,
                4,
                0,
                () =>
                {
                    for (int c = 0; c < s.Width; c += 64)
                    {
                        Embedding.Backward(tokens, y, rows, s.Width, c, 64, table);
                    }
                }
            ),
            new(
                "Positions backward, by 64 columns",
                narrow,
                4,
                0,
                () =>
                {
                    for (int c = 0; c < s.Width; c += 64)
                    {
                        Embedding.BackwardPositions(y, rows, s.Sequence, s.Width, c, 64, positions);
                    }
                }
            ),
            new(
                "Sums.Columns, 64 rows a chunk",
                wide,
                4,
                0,
                () =>
                {
                    for (int r = 0; r < rows; r += 64)
                    {
                        Sums.Columns(x + ((nint)r * s.FeedForward), 64, s.FeedForward, part);
                    }
                }
            ),
            new("Sums.OfSquares", s.Parameters, 4, 0, () => Sums.OfSquares(gradient, s.Parameters)),
            new(
                "AdamW",
                s.Parameters,
                28,
                0,
                () => AdamW.Update(new AdamWStep(1e-4, 0.9, 0.95, 1e-8, 0.1, 100, 1), gradient, s.Parameters, first, second, weight)
            ),
            new(
                "Exponential, in the first cache",
                4096 * 100,
                0,
                0,
                () =>
                {
                    for (int i = 0; i < 100; i++)
                    {
                        Exponential.Forward(positions, 4096, y);
                    }
                }
            ),
        ]);
        AddAttention(s, kernels, headWidth);
        return kernels;
    }

    private static void AddAttention(Shape s, List<Kernel> kernels, int headWidth)
    {
        AttentionShape shape = new(s.Sequence, s.Heads, s.Heads, headWidth);
        nint input = (nint)s.Sequence * shape.InputWidth,
            output = (nint)s.Sequence * shape.OutputWidth;
        float* x = Floats((int)(s.Batch * input)),
            dX = Floats((int)(s.Batch * input)),
            y = Floats((int)(s.Batch * output)),
            dY = Floats((int)(s.Batch * output));
        float* logSums = Floats(s.Rows * s.Heads),
            scratch = Floats((int)shape.ScratchFloats);
        // Products over the pairs of rows that see each other: two forward; backward twice that, what is computed again not counted.
        double flops = 4.0 * s.Width * s.Sequence * (s.Sequence + 1) / 2;
        // One sequence a call, the next one at the next call: short, and not what is in the cache already.
        int forward = 0,
            backward = 0;
        kernels.Add(
            new(
                "Attention forward, a sequence",
                1,
                0,
                flops,
                () =>
                {
                    int b = forward++ % s.Batch;
                    for (int head = 0; head < s.Heads; head++)
                    {
                        CausalAttention.Forward(
                            shape,
                            x + (b * input),
                            head,
                            scratch,
                            y + (b * output),
                            logSums + (b * s.Heads * s.Sequence)
                        );
                    }
                }
            )
        );
        kernels.Add(
            new(
                "Attention backward, a sequence",
                1,
                0,
                2 * flops,
                () =>
                {
                    int b = backward++ % s.Batch;
                    for (int head = 0; head < s.Heads; head++)
                    {
                        CausalAttention.Backward(
                            shape,
                            x + (b * input),
                            y + (b * output),
                            dY + (b * output),
                            head,
                            logSums + (b * s.Heads * s.Sequence),
                            scratch,
                            dX + (b * input)
                        );
                    }
                }
            )
        );
        kernels.Add(new("Its tiles alone: 64 x 64 x 64", 1, 0, 100 * 2.0 * 64 * 64 * 64, () => Tiles(x, y, scratch)));
        kernels.Add(new("Multiply-add in registers", 1, 0, 2.0 * PeakProducts, () => Peak(scratch)));
    }

    private static void Tiles(float* a, float* b, float* c)
    {
        if (SimdPaths.HasAvx512)
        {
            Tiles<SimdVector16>(a, b, c);
        }
        else if (SimdPaths.HasAvx2)
        {
            Tiles<SimdVector8>(a, b, c);
        }
        else
        {
            Tiles<SimdVector4>(a, b, c);
        }
    }

    private static void Tiles<V>(float* a, float* b, float* c)
        where V : struct, ISimdVector<V>
    {
        for (int i = 0; i < 100; i++)
        {
            for (int j = 0; j < 64; j += Tile.Columns<V>())
            {
                for (int r = 0; r < 64; r += Tile.Rows)
                {
                    Tile.Multiply<V>(a + (r * 80), 80, 1, b + j, 80, 64, c + (r * 80) + j, 80, add: false);
                }
            }
        }
    }

    private static void Peak(float* x)
    {
        if (SimdPaths.HasAvx512)
        {
            Peak<SimdVector16>(x);
        }
        else if (SimdPaths.HasAvx2)
        {
            Peak<SimdVector8>(x);
        }
        else
        {
            Peak<SimdVector4>(x);
        }
    }

    // Twelve sums that wait for nothing but themselves: more than two units of four cycles can use.
    private static void Peak<V>(float* x)
        where V : struct, ISimdVector<V>
    {
        V f = V.Broadcast(0.5f),
            one = V.Load(x),
            a = one,
            b = one,
            c = one,
            d = one,
            e = one,
            g = one,
            h = one,
            i = one,
            j = one,
            k = one,
            l = one,
            m = one;
        for (int n = 0; n < PeakProducts / 12 / V.Count; n++)
        {
            a = V.MultiplyAdd(a, f, one);
            b = V.MultiplyAdd(b, f, one);
            c = V.MultiplyAdd(c, f, one);
            d = V.MultiplyAdd(d, f, one);
            e = V.MultiplyAdd(e, f, one);
            g = V.MultiplyAdd(g, f, one);
            h = V.MultiplyAdd(h, f, one);
            i = V.MultiplyAdd(i, f, one);
            j = V.MultiplyAdd(j, f, one);
            k = V.MultiplyAdd(k, f, one);
            l = V.MultiplyAdd(l, f, one);
            m = V.MultiplyAdd(m, f, one);
        }
        (a + b + c + d + e + g + h + i + j + k + l + m).Store(x);
    }

    /// <summary>Normal numbers of spread one half, which leave no kernel at its borders.</summary>
    private static float* Floats(int count)
    {
        float* x = (float*)NativeMemory.AlignedAlloc((nuint)count * sizeof(float), 64);
        Random random = new(count);
        for (int i = 0; i < count; i++)
        {
            x[i] = (float)(random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5);
        }
        return x;
    }
}
