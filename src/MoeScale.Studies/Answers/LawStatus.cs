using System.Text.Json.Serialization;
using MoeScale.Laws.Fitting;
using MoeScale.Reporting;

namespace MoeScale.Studies.Answers;

/// <summary>Whether the runs of a study gave a law, and if not, why.</summary>
[JsonConverter(typeof(SnakeCaseEnum<LawStatus>))]
public enum LawStatus
{
    /// <summary>There is a law to plan with.</summary>
    Converged,

    /// <summary>The filter of the study leaves no run.</summary>
    NoRuns,

    /// <summary>No law that was compared can be told by these runs.</summary>
    NoneIdentifiable,

    /// <summary>Some can, and none of them has a minimum.</summary>
    NoneConverged,

    /// <summary>See <see cref="FitStatus.Unidentifiable"/>.</summary>
    Unidentifiable,

    /// <summary>See <see cref="FitStatus.RefitsFailed"/>.</summary>
    RefitsFailed,

    /// <summary>See <see cref="FitStatus.NotAtMinimum"/>.</summary>
    NotAtMinimum,

    /// <summary>See <see cref="FitStatus.NoValue"/>.</summary>
    NoValue,

    /// <summary>See <see cref="FitStatus.Interrupted"/>.</summary>
    Interrupted,

    /// <summary>What the study asks for cannot be fitted to its runs; the status says why, in whole sentences.</summary>
    Refused,
}

/// <summary>Whether a sweep gave a law of learning rates, and if not, why.</summary>
[JsonConverter(typeof(SnakeCaseEnum<RateStatus>))]
public enum RateStatus
{
    /// <summary>The next study may take its rates from it.</summary>
    Converged,

    /// <summary>No sweep has its least loss between two other rates.</summary>
    NoOptimum,

    /// <summary>There are optima, and they do not fix the coefficients.</summary>
    Unidentifiable,

    /// <summary>The law cannot be fitted to these optima; the status says why, in whole sentences.</summary>
    Refused,
}

/// <summary>Why a run of the table is not fitted.</summary>
[JsonConverter(typeof(SnakeCaseEnum<NotFittedKind>))]
public enum NotFittedKind
{
    /// <summary>'fit.where' leaves it out.</summary>
    Filtered,

    /// <summary>Its model was trained at a better learning rate too.</summary>
    WorseRate,
}

/// <summary>Where a cell without results stands.</summary>
[JsonConverter(typeof(SnakeCaseEnum<UndoneState>))]
public enum UndoneState
{
    /// <summary>See <see cref="Folders.CellState.Waiting"/>.</summary>
    Waiting,

    /// <summary>See <see cref="Folders.CellState.Running"/>.</summary>
    Running,

    /// <summary>See <see cref="Folders.CellState.Stopped"/>.</summary>
    Stopped,

    /// <summary>See <see cref="Folders.CellState.Failed"/>.</summary>
    Failed,

    /// <summary>The folder has a table of runs alone, in which some of the cell's are missing.</summary>
    NotInTable,
}
