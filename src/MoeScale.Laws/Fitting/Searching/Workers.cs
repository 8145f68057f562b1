namespace MoeScale.Laws.Fitting.Searching;

/// <summary>Runs many small jobs on some threads, each thread with a workspace of its own.</summary>
internal static class Workers
{
    /// <param name="jobs">How many; their results must depend on their index alone.</param>
    /// <param name="threads">At most so many threads; 0 for one for each processor.</param>
    /// <param name="workspace">Makes what one thread needs.</param>
    /// <param name="job">Does one job.</param>
    /// <param name="progress">Told the share that is done, from any thread; null for nobody.</param>
    /// <param name="cancel">Stops before the next job.</param>
    /// <returns>Whether all jobs were done.</returns>
    public static bool Run<T>(
        int jobs,
        int threads,
        Func<T> workspace,
        Action<T, int> job,
        Action<double>? progress,
        CancellationToken cancel
    )
    {
        // Work is handed out in small packets, so that one slow job does not hold up its neighbours.
        const int packet = 4;
        int next = 0,
            done = 0;
        if (threads <= 0)
        {
            threads = Environment.ProcessorCount;
        }
        threads = Math.Clamp(threads, 1, Math.Max(1, (jobs + packet - 1) / packet));
        if (threads == 1)
        {
            Loop();
        }
        else
        {
            Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ => Loop());
        }
        return done == jobs;

        void Loop()
        {
            T own = workspace();
            while (!cancel.IsCancellationRequested)
            {
                int start = Interlocked.Add(ref next, packet) - packet;
                int end = Math.Min(start + packet, jobs);
                if (start >= jobs)
                {
                    return;
                }
                for (int i = start; i < end && !cancel.IsCancellationRequested; i++)
                {
                    job(own, i);
                    int sum = Interlocked.Increment(ref done);
                    progress?.Invoke((double)sum / jobs);
                }
            }
        }
    }
}
