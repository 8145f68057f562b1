using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Running;

/// <summary>
/// What trains a cell: a process of its own, or this one. What it leaves in the cell's folder is all that counts; what was stopped it goes
/// on with.
/// </summary>
public interface ICellTrainer
{
    /// <summary>Whether a cell that was stopped goes on with another number of threads, to the same bits.</summary>
    bool TakesOtherThreads { get; }

    /// <summary>Trains until the result is there, nothing more can be done, or it is asked to stop.</summary>
    /// <param name="folder">Of the cell, in which it has begun.</param>
    /// <param name="threads">To work with.</param>
    /// <param name="cancel">Asks it to stop.</param>
    /// <exception cref="Basics.UserException">It cannot be started.</exception>
    Task<TrainerEnd> Train(CellFolder folder, int threads, CancellationToken cancel);
}

/// <summary>How a trainer ended; whether the cell is done its result says.</summary>
/// <param name="Code">Exit code of a process; 0 where it ended as it should.</param>
/// <param name="Reason">What it said at its end; null for nothing.</param>
/// <param name="IsWrongInput">Whether another try would fail as this one did.</param>
public sealed record TrainerEnd(int Code, string? Reason, bool IsWrongInput = false);
