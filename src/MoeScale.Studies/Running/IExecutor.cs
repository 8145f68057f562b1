using MoeScale.Basics;
using MoeScale.Studies.Files;

namespace MoeScale.Studies.Running;

/// <summary>Where cells are trained: on this machine, or by a scheduler. Both have each cell worked on by <see cref="CellWork"/>.</summary>
public interface IExecutor
{
    /// <summary>Has cells trained, the first ones first.</summary>
    /// <param name="cells">That are not done.</param>
    /// <param name="cancel">Asks to stop.</param>
    Task<WorkReport> Run(IReadOnlyList<Cell> cells, CancellationToken cancel);
}

/// <summary>What an executor did.</summary>
public abstract record WorkReport
{
    private WorkReport() { }

    /// <summary>It waited for its cells; what became of each its folder says.</summary>
    /// <param name="Troubles">Cells that could not be worked on at all.</param>
    public sealed record Ended(IReadOnlyList<CellTrouble> Troubles) : WorkReport;

    /// <summary>Cells wait in the queue of a scheduler, or are trained from there.</summary>
    /// <param name="Earlier">What was in the queue before.</param>
    /// <param name="Jobs">That were queued now, in this order.</param>
    /// <param name="Report">Number of the job that fits and reports when they have ended; null where an earlier one does.</param>
    public sealed record Queued(QueuedCells? Earlier, IReadOnlyList<QueuedJob> Jobs, string? Report) : WorkReport;
}

/// <param name="Cell">That could not be worked on.</param>
/// <param name="Trouble">Why, in whole sentences or in the words of the system.</param>
/// <param name="IsWritten">Whether the cell's folder tells it too.</param>
public sealed record CellTrouble(Cell Cell, Phrase Trouble, bool IsWritten);

/// <param name="Count">Cells that were queued by an earlier call, with the threads and options of that time.</param>
/// <param name="Jobs">The numbers of their jobs.</param>
public sealed record QueuedCells(int Count, IReadOnlyList<string> Jobs);

/// <param name="Id">Its number.</param>
/// <param name="Tasks">A cell each.</param>
/// <param name="Needs">Options that its tasks need.</param>
public sealed record QueuedJob(string Id, int Tasks, IReadOnlyList<string> Needs);
