using MoeScale.Exchange.Logs;
using MoeScale.Models;

namespace MoeScale.Exchange.Import;

/// <summary>One run as a row of a table.</summary>
/// <param name="Log">Where it comes from.</param>
/// <param name="End">How it ended.</param>
/// <param name="Model">What it trained; null where nothing tells it.</param>
/// <param name="Numbers">Its columns, of the whole run.</param>
public sealed record ImportedRun(RunLog Log, RunEnd End, Model? Model, IReadOnlyDictionary<string, double> Numbers)
{
    /// <summary>Of no other run of the import, but for those of one file that share a name.</summary>
    public required string Name { get; init; }

    /// <summary>What its user must know.</summary>
    public required IReadOnlyList<ImportNote> Notes { get; init; }

    /// <summary>Its columns at each report; empty unless they were asked for.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, double>> Points { get; init; } = [];
}

/// <summary>What an import came to.</summary>
/// <param name="Runs">In the order of their files.</param>
/// <param name="PassedOver">Files of folders that are of no known kind, and any file without a report.</param>
public sealed record ImportedRuns(IReadOnlyList<ImportedRun> Runs, IReadOnlyList<string> PassedOver);
