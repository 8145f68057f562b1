using System.Text.Json.Serialization;
using MoeScale.Reporting;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Answers;

/// <summary>Where a cell without results stands.</summary>
[JsonConverter(typeof(SnakeCaseNames<UndoneState>))]
public enum UndoneState
{
    /// <summary>See <see cref="CellState.Waiting"/>.</summary>
    Waiting,

    /// <summary>See <see cref="CellState.Running"/>.</summary>
    Running,

    /// <summary>See <see cref="CellState.Stopped"/>.</summary>
    Stopped,

    /// <summary>See <see cref="CellState.Failed"/>.</summary>
    Failed,

    /// <summary>The folder has a table of runs alone, in which some of the cell's are missing.</summary>
    NotInTable,
}
