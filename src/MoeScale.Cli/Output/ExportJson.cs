using MoeScale.Cli.Input;
using MoeScale.Exchange.Export;
using MoeScale.Reporting;

namespace MoeScale.Cli.Output;

/// <summary>The JSON of <c>export</c>.</summary>
/// <param name="Target">What was written for.</param>
/// <param name="Name">What was exported.</param>
/// <param name="Files">In the order in which they were written.</param>
/// <param name="Notes">What was chosen, said nearly or left out.</param>
internal sealed record ExportJson(string Target, string Name, IReadOnlyList<ExportedFileJson> Files, IReadOnlyList<NoteJson> Notes)
{
    public static ExportJson Of(ExportTarget target, ExportSubject subject, Exported exported, IReadOnlyList<string>? paths) =>
        new(
            target.Name,
            subject.Name,
            [.. exported.Files.Select((f, i) => new ExportedFileJson(f.Name, paths?[i], paths is null ? f.Text : null))],
            [.. exported.Notes.Select(n => new NoteJson(n.Kind, ExportWords.Of(n).Say(CommandTerms.All)))]
        );
}

/// <param name="Name">Within the export.</param>
/// <param name="Path">Where it was written; null if nothing was.</param>
/// <param name="Text">All of it, where it is text and nothing was written.</param>
internal sealed record ExportedFileJson(string Name, string? Path, string? Text);
