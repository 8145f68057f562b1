using System.Text.Json.Serialization;
using MoeScale.Reporting;

namespace MoeScale.Studies.Answers;

/// <summary>Whether a sweep gave a law of learning rates, and if not, why.</summary>
[JsonConverter(typeof(SnakeCaseNames<RateStatus>))]
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
