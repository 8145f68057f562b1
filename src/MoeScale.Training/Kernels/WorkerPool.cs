using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace MoeScale.Training.Kernels;

/// <summary>Work cut into chunks that any thread may take, in any order.</summary>
public interface IChunkedJob
{
    /// <summary>Does one chunk. Must not depend on <paramref name="worker"/> other than for scratch memory.</summary>
    /// <param name="chunk">0 to the number of chunks − 1.</param>
    /// <param name="worker">0 (the caller) to threads − 1; no two chunks run at once under one number.</param>
    void Run(int chunk, int worker);
}

/// <summary>
/// A parallel loop over chunks, for kernels that last microseconds: nothing is allocated in a call, and the threads stay.
/// The caller is one of them, so that a pool of one makes no thread.
/// </summary>
/// <remarks>
/// Chunks are taken dynamically, and a call waits for chunks, never for threads: a worker whose core somebody else holds is
/// simply not there. Idle threads spin for some microseconds, the usual gap between two kernels, then yield, then sleep;
/// sleeping leaves the core to a worker that was pushed off its own. One job at a time, and none inside another.
/// </remarks>
public sealed unsafe class WorkerPool : IDisposable
{
    // About 40 µs: the runtime scales one turn to some 40 ns on every processor.
    private const int SpinTurns = 1000;
    private const int YieldTurns = 16;

    private readonly Thread[] _workers;
    private readonly object _work = new();
    private readonly object _done = new();

    private Counters _counters;
    private int _busy;
    private int _sleepingWorkers;
    private bool _callerSleeps;
    private volatile bool _stop;
    private volatile Exception? _failure;

    // The job under way. Written before its chunks are offered; whoever holds a chunk may read them, for the call cannot
    // return before that chunk is done.
    private delegate* <void*, int, int, void> _body;
    private void* _job;
    private int _chunks;

    /// <param name="threads">Threads in all, the caller among them: 1 to 1024.</param>
    public WorkerPool(int threads)
    {
        if (threads is < 1 or > 1024)
        {
            throw new ArgumentOutOfRangeException(nameof(threads), threads, "A pool has 1 to 1024 threads.");
        }
        Threads = threads;
        _workers = new Thread[threads - 1];
        for (int i = 0; i < _workers.Length; i++)
        {
            int worker = i + 1;
            _workers[i] = new Thread(() => Serve(worker)) { IsBackground = true, Name = $"worker {worker}" };
            _workers[i].Start();
        }
    }

    public int Threads { get; }

    /// <summary>Whether a job is under way.</summary>
    internal bool IsAtWork => Volatile.Read(ref _busy) != 0;

    /// <summary>Runs chunks 0 to <paramref name="chunks"/> − 1 and returns when all are done.</summary>
    /// <exception cref="InvalidOperationException">The pool is at work already.</exception>
    /// <remarks>The first exception of a chunk is thrown here, after the chunks under way have ended; the rest is not begun.</remarks>
    public void Run<TJob>(int chunks, TJob job)
        where TJob : struct, IChunkedJob
    {
        ObjectDisposedException.ThrowIf(_stop, this);
        if (Interlocked.Exchange(ref _busy, 1) != 0)
        {
            throw new InvalidOperationException("A pool runs one job at a time: neither two callers, nor a job inside a job.");
        }
        try
        {
            if (_workers.Length == 0 || chunks <= 1)
            {
                for (int i = 0; i < chunks; i++)
                {
                    job.Run(i, 0);
                }
                return;
            }
            // The parameter lives on this stack, which outlasts the chunks: its address holds.
            Offer(chunks, &RunChunk<TJob>, Unsafe.AsPointer(ref job));
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    private static void RunChunk<TJob>(void* job, int chunk, int worker)
        where TJob : struct, IChunkedJob => Unsafe.AsRef<TJob>(job).Run(chunk, worker);

    private void Offer(int chunks, delegate* <void*, int, int, void> body, void* job)
    {
        _body = body;
        _job = job;
        _chunks = chunks;
        _counters.Unfinished = chunks;
        // A full fence on both sides (here and in Sleep): either the worker sees the chunks, or we see the sleeper.
        Interlocked.Exchange(ref _counters.Unclaimed, chunks);
        if (Volatile.Read(ref _sleepingWorkers) > 0)
        {
            lock (_work)
            {
                Monitor.PulseAll(_work);
            }
        }
        while (TryRunChunk(worker: 0)) { }
        AwaitOthers();
        if (_failure is Exception failure)
        {
            _failure = null;
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private bool TryRunChunk(int worker)
    {
        int unclaimed = Volatile.Read(ref _counters.Unclaimed);
        do
        {
            if (unclaimed == 0)
            {
                return false;
            }
            int found = Interlocked.CompareExchange(ref _counters.Unclaimed, unclaimed - 1, unclaimed);
            if (found == unclaimed)
            {
                break;
            }
            unclaimed = found;
        } while (true);

        if (_failure is null)
        {
            try
            {
                _body(_job, _chunks - unclaimed, worker);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref _failure, e, null);
            }
        }
        if (Interlocked.Decrement(ref _counters.Unfinished) == 0 && Volatile.Read(ref _callerSleeps))
        {
            lock (_done)
            {
                Monitor.Pulse(_done);
            }
        }
        return true;
    }

    private void Serve(int worker)
    {
        int idle = 0;
        while (!_stop)
        {
            if (TryRunChunk(worker))
            {
                idle = 0;
            }
            else if (!Linger(ref idle))
            {
                Sleep();
                idle = 0;
            }
        }
    }

    private void AwaitOthers()
    {
        int idle = 0;
        while (Volatile.Read(ref _counters.Unfinished) != 0)
        {
            if (!Linger(ref idle))
            {
                lock (_done)
                {
                    Volatile.Write(ref _callerSleeps, true);
                    Interlocked.MemoryBarrier();
                    while (Volatile.Read(ref _counters.Unfinished) != 0)
                    {
                        Monitor.Wait(_done);
                    }
                    _callerSleeps = false;
                }
            }
        }
    }

    private void Sleep()
    {
        lock (_work)
        {
            Interlocked.Increment(ref _sleepingWorkers);
            while (!_stop && Volatile.Read(ref _counters.Unclaimed) == 0)
            {
                Monitor.Wait(_work);
            }
            Interlocked.Decrement(ref _sleepingWorkers);
        }
    }

    /// <summary>Waits a moment; false when it has been long enough to sleep.</summary>
    private static bool Linger(ref int idle)
    {
        if (idle >= SpinTurns + YieldTurns)
        {
            return false;
        }
        if (idle++ < SpinTurns)
        {
            Thread.SpinWait(1);
        }
        else
        {
            Thread.Yield();
        }
        return true;
    }

    /// <summary>Ends the threads. Nothing may run.</summary>
    public void Dispose()
    {
        Debug.Assert(Volatile.Read(ref _busy) == 0, "disposed while at work");
        lock (_work)
        {
            _stop = true;
            Monitor.PulseAll(_work);
        }
        foreach (Thread worker in _workers)
        {
            worker.Join();
        }
    }

    // Idle workers read the first while busy ones write the second: a pair of cache lines to each (two are fetched at once).
    [StructLayout(LayoutKind.Explicit, Size = 384)]
    private struct Counters
    {
        [FieldOffset(128)]
        public int Unclaimed;

        [FieldOffset(256)]
        public int Unfinished;
    }
}
