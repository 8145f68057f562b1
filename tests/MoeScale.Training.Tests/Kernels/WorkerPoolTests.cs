using MoeScale.Training.Kernels;

namespace MoeScale.Training.Tests.Kernels;

public class WorkerPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Run_AnyNumberOfChunks_DoesEachOnce(int threads)
    {
        using WorkerPool pool = new(threads);
        // Often and short, so that workers are met awake, on the way to sleep, and late from the job before.
        for (int round = 0; round < 500; round++)
        {
            foreach (int chunks in (int[])[0, 1, 2, 7, 64])
            {
                int[] times = new int[chunks];
                pool.Run(chunks, new Count(times));
                Assert.All(times, t => Assert.Equal(1, t));
            }
        }
    }

    [Fact]
    public void Run_WorkerNumber_IsHeldByOneChunkAtATime()
    {
        using WorkerPool pool = new(4);
        int[] inside = new int[4];
        int[] clashes = new int[1];
        pool.Run(2000, new Enter(inside, clashes));
        Assert.Equal(0, clashes[0]);
    }

    [Fact]
    public void Run_WorkersAsleep_WakesThem()
    {
        using WorkerPool pool = new(2);
        for (int round = 0; round < 5; round++)
        {
            Thread.Sleep(20);
            // Each chunk waits for the other: one thread alone would wait for ever.
            using Barrier barrier = new(2);
            bool[] met = new bool[2];
            pool.Run(2, new Meet(barrier, met));
            Assert.Equal([true, true], met);
        }
    }

    [Fact]
    public void Run_OneThread_StaysOnTheCallerInOrder()
    {
        using WorkerPool pool = new(1);
        List<(int Chunk, int Thread)> seen = [];
        pool.Run(5, new Note(seen));
        Assert.Equal(Enumerable.Range(0, 5).Select(i => (i, Environment.CurrentManagedThreadId)), seen);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Run_ChunkFails_ThrowsAtTheCallerAndWorksAgain(int threads)
    {
        using WorkerPool pool = new(threads);
        for (int round = 0; round < 50; round++)
        {
            int[] times = new int[100];
            InvalidDataException thrown = Assert.Throws<InvalidDataException>(() => pool.Run(100, new FailAt(round, times)));
            Assert.Equal($"chunk {round}", thrown.Message);
            Assert.All(times, t => Assert.InRange(t, 0, 1));
            int[] after = new int[100];
            pool.Run(100, new Count(after));
            Assert.All(after, t => Assert.Equal(1, t));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Run_InsideAJob_IsRefused(int threads)
    {
        using WorkerPool pool = new(threads);
        Assert.Throws<InvalidOperationException>(() => pool.Run(2, new Nested(pool)));
        int[] times = new int[3];
        pool.Run(3, new Count(times));
        Assert.Equal([1, 1, 1], times);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Run_AfterDispose_IsRefused(int threads)
    {
        WorkerPool pool = new(threads);
        pool.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pool.Run(2, new Count(new int[2])));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1025)]
    public void Constructor_ImpossibleNumberOfThreads_IsRefused(int threads) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new WorkerPool(threads));

    private readonly struct Count(int[] times) : IChunkedJob
    {
        public void Run(int chunk, int worker) => Interlocked.Increment(ref times[chunk]);
    }

    private readonly struct Enter(int[] inside, int[] clashes) : IChunkedJob
    {
        public void Run(int chunk, int worker)
        {
            if (Interlocked.Increment(ref inside[worker]) != 1)
            {
                Interlocked.Increment(ref clashes[0]);
            }
            Thread.SpinWait(20);
            Interlocked.Decrement(ref inside[worker]);
        }
    }

    private readonly struct Meet(Barrier barrier, bool[] met) : IChunkedJob
    {
        public void Run(int chunk, int worker) => met[chunk] = barrier.SignalAndWait(TimeSpan.FromSeconds(30));
    }

    private readonly struct Note(List<(int, int)> seen) : IChunkedJob
    {
        public void Run(int chunk, int worker) => seen.Add((chunk, Environment.CurrentManagedThreadId));
    }

    private readonly struct FailAt(int bad, int[] times) : IChunkedJob
    {
        public void Run(int chunk, int worker)
        {
            Interlocked.Increment(ref times[chunk]);
            if (chunk == bad)
            {
                throw new InvalidDataException($"chunk {chunk}");
            }
        }
    }

    private readonly struct Nested(WorkerPool pool) : IChunkedJob
    {
        public void Run(int chunk, int worker) => pool.Run(1, new Count(new int[1]));
    }
}
