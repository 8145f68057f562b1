using MoeScale.Cli.Input;
using MoeScale.Exchange.Import;
using MoeScale.Reporting;

namespace MoeScale.Cli.Output;

/// <summary>The JSON of <c>import</c>.</summary>
/// <param name="Out">The table that was written; null if none was.</param>
/// <param name="Runs">In their order.</param>
/// <param name="PassedOver">Files in which no run was found.</param>
internal sealed record ImportJson(string? Out, IReadOnlyList<ImportedRunJson> Runs, IReadOnlyList<string> PassedOver)
{
    public static ImportJson Of(ImportedRuns imported, string? file) =>
        new(file, [.. imported.Runs.Select(ImportedRunJson.Of)], imported.PassedOver);
}

/// <summary>A run as a row of the table, and what is said of it.</summary>
internal sealed record ImportedRunJson
{
    public required string Run { get; init; }

    /// <summary>The kind of its log.</summary>
    public required string Format { get; init; }

    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>"finished", "unfinished", "diverged" or "unknown".</summary>
    public required string End { get; init; }

    /// <summary>Reports that its log has.</summary>
    public required int Reports { get; init; }

    public required IReadOnlyDictionary<string, double> Numbers { get; init; }

    public required IReadOnlyDictionary<string, string> Texts { get; init; }

    public required IReadOnlyList<NoteJson> Notes { get; init; }

    public static ImportedRunJson Of(ImportedRun run) =>
        new()
        {
            Run = run.Name,
            Format = run.Log.Format,
            Files = run.Log.Files,
            End = run.End.ToString().ToLowerInvariant(),
            Reports = run.Log.Steps.Count,
            Numbers = run.Numbers,
            Texts = run.Log.Texts,
            Notes = [.. run.Notes.Select(n => new NoteJson(n.Kind, ImportWords.Of(n).Say(CommandTerms.All)))],
        };
}

/// <param name="Kind">For programs.</param>
/// <param name="Text">For people.</param>
internal sealed record NoteJson(string Kind, string Text);
