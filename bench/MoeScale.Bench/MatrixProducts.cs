using System.Diagnostics;
using System.Globalization;
using MoeScale.Training.Kernels;
using MoeScale.Training.Kernels.Products;
using MoeScale.Training.Kernels.Vectors;

namespace MoeScale.Bench;

/// <summary>Matrix products of the shapes that training meets, beside OpenBLAS where it is installed, as a table in Markdown.</summary>
/// <remarks>
/// All contestants run in turn, many times over, and each for a while untimed before it is timed: its threads may be
/// asleep, and the system needs some milliseconds to give one that was woken a processor of its own. In training they
/// hardly ever sleep. One thread: the median of the time that it had a processor. Two threads: wall time, which on a
/// shared machine is seldom undisturbed, so that the fastest tenth of the runs is told, of all contestants alike.
/// </remarks>
internal static class MatrixProducts
{
    private static readonly ProductShape[] General =
    [
        new("", ProductKind.Forward, 512, 512, 512),
        new("", ProductKind.Forward, 2048, 256, 256),
        new("", ProductKind.Forward, 2048, 1024, 256),
        new("", ProductKind.Forward, 4096, 1024, 1024),
        new("", ProductKind.Forward, 8192, 64, 64),
        new("batch of 64", ProductKind.Forward, 32, 256, 64, Batch: 64),
    ];

    /// <param name="seconds">For each shape.</param>
    /// <param name="only">What the name and sizes of a shape must contain, as the table writes them.</param>
    public static void Run(double seconds, string only)
    {
        using WorkerPool one = new(1);
        using WorkerPool two = new(2);
        using MatrixProduct alone = new(one);
        using MatrixProduct both = new(two);
        // Often enough to find both cores free once.
        double peakOne = Enumerable.Range(0, 20).Max(_ => PeakMeter.MeasureGflops(one));
        double peakTwo = Enumerable.Range(0, 20).Max(_ => PeakMeter.MeasureGflops(two));
        Console.WriteLine(
            Text($"{SimdPaths.Widest}: {peakOne:0} GFLOP/s at most on one thread, {peakTwo:0} on two. ")
                + (OpenBlas.Version ?? "OpenBLAS is not installed.")
        );
        Console.WriteLine();
        Console.WriteLine(
            "| product | rows, columns, depth | 1 thread | share of peak | OpenBLAS | 2 threads | share of peak | OpenBLAS | 2 to 1 |"
        );
        Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach (ProductShape shape in General.Concat(Layers("S", 4096, 256, 256)).Concat(Layers("M", 2048, 512, 4096)))
        {
            string row = Text($"| {shape.Name} | {shape.Rows}, {shape.Columns}, {shape.Depth} |");
            if (!row.Contains(only, StringComparison.Ordinal))
            {
                continue;
            }
            using ProductCase operands = new(shape);
            double[] gflops = Times(
                    seconds,
                    [
                        new(() => operands.Own(one, alone), Threads: 1),
                        new(() => operands.Own(two, both), Threads: 2),
                        .. OpenBlas.Version is null
                            ? Array.Empty<Contestant>()
                            : [new(() => operands.Peer(1), Threads: 1), new(() => operands.Peer(2), Threads: 2)],
                    ]
                )
                .Select(nanoseconds => shape.Operations / nanoseconds)
                .ToArray();
            string Peer(int index) => gflops.Length > index ? Text($"{gflops[index]:0}") : "";
            Console.WriteLine(
                Text($"{row} {gflops[0]:0} | {gflops[0] / peakOne:0 %} | {Peer(2)} | {gflops[1]:0} | ")
                    + Text($"{gflops[1] / peakTwo:0 %} | {Peer(3)} | {gflops[1] / gflops[0]:0.00} |")
            );
        }
    }

    /// <summary>The products of a Transformer's linear layers; those that share sizes once.</summary>
    private static IEnumerable<ProductShape> Layers(string name, int tokens, int width, int vocabulary)
    {
        (int Out, int In)[] weights = [(3 * width, width), (width, width), (4 * width, width), (width, 4 * width), (vocabulary, width)];
        foreach ((int columns, int depth) in weights.Distinct())
        {
            yield return new($"{name} forward", ProductKind.Forward, tokens, columns, depth);
            yield return new($"{name} input gradient", ProductKind.Input, tokens, depth, columns);
            yield return new($"{name} weight gradient", ProductKind.Weight, columns, depth, tokens);
        }
    }

    private static readonly TimeSpan WakeUp = TimeSpan.FromMilliseconds(20);

    private sealed record Contestant(Action Work, int Threads);

    /// <summary>Nanoseconds of each.</summary>
    private static IEnumerable<double> Times(double seconds, Contestant[] contestants)
    {
        // The first rounds compile.
        const int WarmUp = 10;
        List<double>[] times = [.. contestants.Select(_ => new List<double>())];
        Stopwatch watch = Stopwatch.StartNew();
        while (watch.Elapsed.TotalSeconds < seconds || times[0].Count < 3 * WarmUp)
        {
            // Who comes first after the pause finds colder caches: that changes from round to round.
            foreach (
                int i in Enumerable
                    .Range(0, contestants.Length)
                    .OrderBy(i => times[0].Count % 2 == 0 ? i : (i + 2) % contestants.Length)
                    .ToArray()
            )
            {
                long woken = Stopwatch.GetTimestamp();
                do
                {
                    contestants[i].Work();
                } while (Stopwatch.GetElapsedTime(woken) < WakeUp);
                double processor = ThreadClock.Nanoseconds;
                long start = Stopwatch.GetTimestamp();
                contestants[i].Work();
                times[i]
                    .Add(
                        contestants[i].Threads == 1 ? ThreadClock.Nanoseconds - processor : Stopwatch.GetElapsedTime(start).TotalNanoseconds
                    );
            }
            // The idle threads of OpenBLAS keep a core busy for some 20 ms, which is not to be ours.
            Thread.Sleep(contestants.Length > 2 ? 30 : 0);
        }
        return times.Select((t, i) => t.Skip(WarmUp).Order().ElementAt((t.Count - WarmUp) / (contestants[i].Threads == 1 ? 2 : 10)));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
