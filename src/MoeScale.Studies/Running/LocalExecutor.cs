using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Running;

/// <summary>
/// This machine: cells side by side, the longest first, each with a thread until fewer are left than there are processors; these get the threads that are free.
/// </summary>
public sealed class LocalExecutor : IExecutor
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(0.5);

    private readonly Study _study;
    private readonly StudyFolder _folder;
    private readonly IReadOnlyList<string> _program;
    private readonly int _threads;
    private readonly int _sideBySide;

    /// <param name="study">The study.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="program">The words that start this program.</param>
    /// <param name="threads">To share out.</param>
    /// <param name="sideBySide">Cells at once, at most.</param>
    public LocalExecutor(Study study, StudyFolder folder, IReadOnlyList<string> program, int threads, int sideBySide) =>
        (_study, _folder, _program, _threads, _sideBySide) = (study, folder, program, threads, Math.Min(threads, sideBySide));

    public async Task Run(IReadOnlyList<Cell> cells, CancellationToken cancel)
    {
        Queue<Cell> waiting = new(cells);
        Dictionary<Task<WorkEnd>, (Cell Cell, int Threads)> running = [];
        List<Cell> taken = [];
        while ((waiting.Count > 0 && !cancel.IsCancellationRequested) || running.Count > 0)
        {
            while (waiting.Count > 0 && running.Count < _sideBySide && !cancel.IsCancellationRequested)
            {
                int free = _threads - running.Values.Sum(r => r.Threads);
                int others = Math.Min(waiting.Count, _sideBySide - running.Count);
                int threads = Math.Max(1, free / others);
                Cell cell = waiting.Dequeue();
                running.Add(Task.Run(() => new CellWork(_study, _folder.Of(cell), _program).Run(threads, cancel), CancellationToken.None), (cell, threads));
            }
            Task<WorkEnd> ended = await Task.WhenAny(running.Keys).ConfigureAwait(false);
            Cell done = running[ended].Cell;
            running.Remove(ended);
            if (await ended.ConfigureAwait(false) == WorkEnd.Taken)
            {
                taken.Add(done);
            }
        }
        await WaitForOthers(taken, cancel).ConfigureAwait(false);
    }

    /// <summary>What another program claimed is its work; only if it leaves a cell undone, this one goes on with it.</summary>
    private async Task WaitForOthers(List<Cell> taken, CancellationToken cancel)
    {
        while (taken.Count > 0 && !cancel.IsCancellationRequested)
        {
            Cell[] left = [.. taken.Where(c => !Claim.IsHeld(_folder.Of(c).ClaimPath))];
            taken.RemoveAll(left.Contains);
            Cell[] undone = [.. left.Where(c => !_folder.Of(c).IsDone && FailedAttempts.Read(_folder.Of(c).AttemptsPath).Count <= _study.Retries)];
            if (undone.Length > 0)
            {
                await Run([.. undone, .. taken], cancel).ConfigureAwait(false);
                return;
            }
            if (taken.Count > 0)
            {
                await Task.Delay(Poll, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }
}
