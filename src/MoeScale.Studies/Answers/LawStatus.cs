using System.Text.Json.Serialization;
using MoeScale.Laws.Fitting;
using MoeScale.Reporting;

namespace MoeScale.Studies.Answers;

/// <summary>Whether the runs of a study gave a law, and if not, why.</summary>
[JsonConverter(typeof(SnakeCaseNames<LawStatus>))]
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
