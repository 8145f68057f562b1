using System.Text.Json.Serialization;
using MoeScale.Reporting;

namespace MoeScale.Studies.Answers;

/// <summary>Why a run of the table is not fitted.</summary>
[JsonConverter(typeof(SnakeCaseNames<NotFittedKind>))]
public enum NotFittedKind
{
    /// <summary>'fit.where' leaves it out.</summary>
    Filtered,

    /// <summary>Its model was trained at a better learning rate too.</summary>
    WorseRate,
}
