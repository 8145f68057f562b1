using MoeScale.Studies.Files;

namespace MoeScale.Studies.Running;

/// <summary>Where cells are trained: on this machine, or by Slurm. Both have each cell worked on by <see cref="CellWork"/>.</summary>
public interface IExecutor
{
    /// <summary>Has cells trained, the first ones first.</summary>
    /// <param name="cells">That are not done.</param>
    /// <param name="cancel">Asks to stop.</param>
    Task Run(IReadOnlyList<Cell> cells, CancellationToken cancel);
}
