using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using MoeScale.Training.Kernels;

namespace MoeScale.Bench;

/// <summary>Matrix products of all shapes that training meets, beside OpenBLAS where it is installed, as a table in Markdown.</summary>
/// <remarks>Every shape is run in turn by each, many times over, and medians are told: what else the machine does strikes all alike.</remarks>
internal static unsafe class MatrixProducts
{
    private sealed record Shape(string Name, int Rows, int Columns, int Depth, Kind Kind, int Batch = 1);

    private enum Kind
    {
        /// <summary>x·Wᵀ.</summary>
        Forward,

        /// <summary>dOutput·W.</summary>
        Input,

        /// <summary>dOutputᵀ·x, added.</summary>
        Weight,
    }

    private static readonly Shape[] Square =
    [
        new("", 512, 512, 512, Kind.Forward),
        new("", 2048, 256, 256, Kind.Forward),
        new("", 2048, 1024, 256, Kind.Forward),
        new("", 4096, 1024, 1024, Kind.Forward),
        new("", 8192, 64, 64, Kind.Forward),
        new("64 x", 32, 256, 64, Kind.Forward, 64),
    ];

    /// <param name="seconds">For each shape.</param>
    /// <param name="only">What the name or the sizes of a shape must contain.</param>
    public static void Run(double seconds, string only)
    {
        using WorkerPool one = new(1);
        using WorkerPool two = new(2);
        double peakOne = PeakMeter.MeasureGflops(one);
        double peakTwo = PeakMeter.MeasureGflops(two);
        Console.WriteLine(Invariant($"{SimdPaths.Widest}, peak {peakOne:0} GFLOP/s on one thread, {peakTwo:0} on two; OpenBLAS: {OpenBlas.Version ?? "not installed"}"));
        Console.WriteLine();
        Console.WriteLine("| product | rows, columns, depth | 1 thread | share | OpenBLAS | 2 threads | share | OpenBLAS | 2 / 1 |");
        Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach (Shape shape in Square.Concat(Layers(4096, 256, 256)).Concat(Layers(2048, 512, 4096)))
        {
            if (!Invariant($"{shape.Name} {shape.Rows}, {shape.Columns}, {shape.Depth}").Contains(only, StringComparison.Ordinal))
            {
                continue;
            }
            Measure(shape, one, two, peakOne, peakTwo, seconds);
        }
    }

    private static IEnumerable<Shape> Layers(int tokens, int width, int vocabulary)
    {
        string name = width == 256 ? "S" : "M";
        int[][] weights = [[3 * width, width], [width, width], [4 * width, width], [width, 4 * width], [vocabulary, width]];
        foreach (int[] w in weights.Skip(0).Where((w, i) => i == 4 ? w[0] != width : true))
        {
            yield return new(name + " forward", tokens, w[0], w[1], Kind.Forward);
            yield return new(name + " input", tokens, w[1], w[0], Kind.Input);
            yield return new(name + " weight", w[0], w[1], tokens, Kind.Weight);
        }
    }

    private static void Measure(Shape shape, WorkerPool one, WorkerPool two, double peakOne, double peakTwo, double seconds)
    {
        (int m, int n, int k) = (shape.Rows, shape.Columns, shape.Depth);
        using MatrixProduct alone = new(one);
        using MatrixProduct both = new(two);
        float* left = Random((nint)shape.Batch * m * k, 1);
        float* right = Random((nint)shape.Batch * n * k, 2);
        float* output = Random((nint)shape.Batch * m * n, 3);
        Matrix Left(int b) => shape.Kind == Kind.Weight ? new Matrix(left + ((nint)b * m * k), k, m).Transpose() : new(left + ((nint)b * m * k), m, k);
        Matrix Right(int b) => shape.Kind == Kind.Forward ? new Matrix(right + ((nint)b * k * n), n, k).Transpose() : new(right + ((nint)b * k * n), k, n);
        void Own(MatrixProduct product)
        {
            for (int b = 0; b < shape.Batch; b++)
            {
                product.Multiply(Left(b), Right(b), new Matrix(output + ((nint)b * m * n), m, n), add: shape.Kind == Kind.Weight);
            }
        }
        void Peer()
        {
            for (int b = 0; b < shape.Batch; b++)
            {
                OpenBlas.Multiply(
                    shape.Kind == Kind.Weight, shape.Kind == Kind.Forward, m, n, k,
                    left + ((nint)b * m * k), right + ((nint)b * k * n), shape.Kind == Kind.Weight ? 1 : 0, output + ((nint)b * m * n));
            }
        }
        List<(int Threads, Action Work)> contestants = [(1, () => Own(alone)), (2, () => Own(both))];
        if (OpenBlas.Version is not null)
        {
            contestants = [contestants[0], (1, Peer), contestants[1], (2, Peer)];
        }
        List<double>[] times = [.. contestants.Select(_ => new List<double>())];
        Stopwatch watch = Stopwatch.StartNew();
        while (watch.Elapsed.TotalSeconds < seconds || times[0].Count < 15)
        {
            for (int i = 0; i < contestants.Count; i++)
            {
                if (OpenBlas.Version is not null)
                {
                    OpenBlas.SetThreads(contestants[i].Threads);
                }
                long start = Stopwatch.GetTimestamp();
                contestants[i].Work();
                times[i].Add(Stopwatch.GetElapsedTime(start).TotalNanoseconds);
            }
        }
        double operations = 2.0 * shape.Batch * m * n * k;
        double[] rates = [.. times.Select(t => operations / t.Skip(5).Order().ElementAt((t.Count - 5) / 2))];
        (double own1, double peer1, double own2, double peer2) = rates.Length == 4 ? (rates[0], rates[1], rates[2], rates[3]) : (rates[0], double.NaN, rates[1], double.NaN);
        Console.WriteLine(Invariant(
            $"| {shape.Name} | {m}, {n}, {k} | {own1:0} | {own1 / peakOne:0 %} | {Cell(peer1)} | {own2:0} | {own2 / peakTwo:0 %} | {Cell(peer2)} | {own2 / own1:0.00} |"));
        NativeMemory.Free(left);
        NativeMemory.Free(right);
        NativeMemory.Free(output);
    }

    private static string Cell(double rate) => double.IsNaN(rate) ? "" : Invariant($"{rate:0}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static float* Random(nint count, int seed)
    {
        float* data = (float*)NativeMemory.Alloc((nuint)count * sizeof(float));
        Random random = new(seed);
        for (nint i = 0; i < count; i++)
        {
            data[i] = random.NextSingle() - 0.5f;
        }
        return data;
    }
}
