using MoeScale.Basics;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Running;

/// <summary>
/// This machine: cells side by side, the longest first, each with a thread until fewer are left than there are processors; these get the
/// threads that are free.
/// What ends later is handed to them too: a trainer of our own is stopped and goes on with more, to the same bits.
/// </summary>
public sealed class LocalExecutor : IExecutor
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(0.5);

    private readonly Study _study;
    private readonly StudyFolder _folder;
    private readonly ICellTrainer _trainer;
    private readonly int _threads;
    private readonly int _sideBySide;

    // Of a cell that is stopped and goes on, the same: it counts the tries.
    private readonly Dictionary<string, CellWork> _works = [];

    /// <param name="study">The study.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="trainer">Trains cells.</param>
    /// <param name="threads">To share out.</param>
    /// <param name="sideBySide">Cells at once, at most.</param>
    public LocalExecutor(Study study, StudyFolder folder, ICellTrainer trainer, int threads, int sideBySide) =>
        (_study, _folder, _trainer, _threads, _sideBySide) = (study, folder, trainer, threads, Math.Min(threads, sideBySide));

    /// <summary>With a cell on each thread, trained in this process, or by the trainer that the study names.</summary>
    /// <param name="study">The study.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="threads">To share out; null for all processors.</param>
    public LocalExecutor(Study study, StudyFolder folder, int? threads = null)
        : this(
            study,
            folder,
            study.Trainer.IsBuiltIn ? new InProcessTrainer(study) : new ProcessTrainer(study),
            threads ?? Environment.ProcessorCount,
            threads ?? Environment.ProcessorCount
        ) { }

    /// <summary>Between looks at who could use threads that are free.</summary>
    internal TimeSpan Look { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Seconds that a stop must gain for its cell to go on with more threads: a start and reading a checkpoint take one.</summary>
    public double GainAtLeast { get; init; } = 3;

    /// <inheritdoc/>
    public async Task<WorkReport> Run(IReadOnlyList<Cell> cells, CancellationToken cancel)
    {
        IReadOnlyList<Cell> open = cells;
        while (open.Count > 0 && !cancel.IsCancellationRequested)
        {
            open = await LeftByOthers(await Work(open, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);
        }
        return new WorkReport.Ended([
            .. _works.Values.Where(w => w.Trouble is not null).Select(w => new CellTrouble(w.Cell, w.Trouble!, w.IsTroubleWritten)),
        ]);
    }

    /// <summary>Works on cells; returns those that other programs have claimed.</summary>
    private async Task<List<Cell>> Work(IReadOnlyList<Cell> cells, CancellationToken cancel)
    {
        Queue<Cell> waiting = new(cells);
        Dictionary<Task<WorkEnd>, Place> running = [];
        List<Cell> taken = [];
        while ((waiting.Count > 0 && !cancel.IsCancellationRequested) || running.Count > 0)
        {
            while (waiting.Count > 0 && running.Count < _sideBySide && !cancel.IsCancellationRequested)
            {
                int others = Math.Min(waiting.Count, _sideBySide - running.Count);
                // Rounded up: the first one is the longest.
                Begin(waiting.Dequeue(), (Free(running.Values) + others - 1) / others);
            }
            Task<WorkEnd>? ended = await Next(running, cancel).ConfigureAwait(false);
            if (ended is null)
            {
                continue;
            }
            running.Remove(ended, out Place? place);
            using CancellationTokenSource _ = place!.Stop;
            WorkEnd end = await ended.ConfigureAwait(false);
            if (end == WorkEnd.Taken)
            {
                taken.Add(place.Cell);
            }
            else if (end == WorkEnd.Stopped && !cancel.IsCancellationRequested)
            {
                Begin(place.Cell, place.Threads);
            }
        }
        return taken;

        void Begin(Cell cell, int threads)
        {
            CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            CellWork work = _works.TryGetValue(cell.Name, out CellWork? begun)
                ? begun
                : _works[cell.Name] = new CellWork(_study, _folder.Of(cell), _trainer);
            running.Add(Task.Run(() => work.Run(threads, stop.Token), CancellationToken.None), new Place(cell, threads, stop));
        }
    }

    private int Free(IEnumerable<Place> running) => _threads - running.Sum(r => r.Threads);

    /// <summary>The next that ends; null where threads are free, and it is time to look again who could use them.</summary>
    private async Task<Task<WorkEnd>?> Next(Dictionary<Task<WorkEnd>, Place> running, CancellationToken cancel)
    {
        if (!_trainer.TakesOtherThreads || Free(running.Values) == 0 || cancel.IsCancellationRequested)
        {
            return await Task.WhenAny(running.Keys).ConfigureAwait(false);
        }
        HandOver(running);
        return await Task.WhenAny([.. running.Keys, Task.Delay(Look, CancellationToken.None)]).ConfigureAwait(false) as Task<WorkEnd>;
    }

    /// <summary>
    /// Stops the cell that would end last, so that it goes on with all threads that are free, where that gains more than it costs.
    /// </summary>
    private void HandOver(Dictionary<Task<WorkEnd>, Place> running)
    {
        int free = Free(running.Values);
        (Task<WorkEnd> task, Place place, double left) = running
            .Where(r => !r.Value.Stop.IsCancellationRequested)
            .Select(r => (r.Key, r.Value, CellStatus.Of(_folder.Of(r.Value.Cell), _study.Retries).SecondsLeft ?? 0))
            .DefaultIfEmpty()
            .MaxBy(r => r.Item3);
        if (left * free / (place?.Threads + free) > GainAtLeast)
        {
            running[task] = place! with { Threads = place!.Threads + free };
            place.Stop.Cancel();
        }
    }

    /// <summary>
    /// What another program claimed is its work; waits until it has let go of one, and returns those of them that this program has to go on
    /// with.
    /// </summary>
    private async Task<IReadOnlyList<Cell>> LeftByOthers(List<Cell> taken, CancellationToken cancel)
    {
        while (taken.Count > 0 && !cancel.IsCancellationRequested)
        {
            Cell[] left = [.. taken.Where(c => !FileLock.IsHeld(_folder.Of(c).ClaimPath))];
            taken.RemoveAll(left.Contains);
            if (Array.Exists(left, IsOpen))
            {
                return [.. left.Where(IsOpen), .. taken];
            }
            if (taken.Count > 0)
            {
                await Task.Delay(Poll, CancellationToken.None).ConfigureAwait(false);
            }
        }
        return [];

        bool IsOpen(Cell cell) =>
            _folder.Of(cell) is CellFolder folder
            && !folder.IsDone
            && !FailedAttempts.AreAll(FailedAttempts.Read(folder.AttemptsPath), _study.Retries);
    }

    /// <param name="Cell">That is trained.</param>
    /// <param name="Threads">Of its trainer, or of the one that goes on where this one was stopped.</param>
    /// <param name="Stop">Stops it.</param>
    private sealed record Place(Cell Cell, int Threads, CancellationTokenSource Stop);
}
