using MoeScale.Exchange.Logs;
using MoeScale.Models;

namespace MoeScale.Exchange.Import;

/// <summary>What is to be imported, and what its user knows that logs do not say.</summary>
/// <param name="Paths">Files and folders; folders are searched whole.</param>
public sealed record ImportRequest(IReadOnlyList<string> Paths)
{
    /// <summary>The kind of all files; null to tell it by what stands in them.</summary>
    public ILogFormat? Format { get; init; }

    /// <summary>Reports at the end of a run whose mean is its loss.</summary>
    public int Smooth { get; init; } = 1;

    /// <summary>Tokens of a sequence, where logs count sequences.</summary>
    public double? SequenceTokens { get; init; }

    /// <summary>Tokens of a step, where logs count steps alone.</summary>
    public double? BatchTokens { get; init; }

    /// <summary>Devices of each run.</summary>
    public double? Devices { get; init; }

    /// <summary>FLOPs a second that a device can do at most, for its use; null where nobody asks.</summary>
    public double? PeakFlops { get; init; }

    /// <summary>Whether each report becomes a row.</summary>
    public bool WithPoints { get; init; }

    /// <summary>The model of all runs; null for the one that a log, or a file beside it, tells of each.</summary>
    public Model? Model { get; init; }
}
