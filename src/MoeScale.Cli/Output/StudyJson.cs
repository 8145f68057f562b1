using MoeScale.Reporting;
using MoeScale.Studies;
using MoeScale.Studies.Answers;
using MoeScale.Studies.Costs;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Cli.Output;

/// <summary>The JSON of <c>study status</c>.</summary>
internal sealed record StudyStatusJson(
    string Study,
    string Folder,
    IReadOnlyList<CellStatusJson> Cells,
    IReadOnlyList<StudyChangeJson> Changes
)
{
    public static StudyStatusJson Of(
        Study study,
        StudyFolder folder,
        IReadOnlyList<CellStatus> cells,
        IReadOnlyList<StudyChange> changes
    ) =>
        new(
            study.Id,
            folder.Location,
            [
                .. cells.Select(c => new CellStatusJson(
                    c.Cell.Name,
                    c.State.ToString().ToLowerInvariant(),
                    c.Tokens,
                    c.Cell.TrainedTokens,
                    c.Loss,
                    c.TokensPerSecond,
                    c.Attempts,
                    c.Reason
                )),
            ],
            StudyChangeJson.Of(changes)
        );
}

/// <summary>Where a study's file says something else now than when its runs were begun.</summary>
/// <param name="Kind">"other_value" or "gone".</param>
/// <param name="Text">A sentence without full stop.</param>
/// <param name="Cells">That it concerns.</param>
/// <param name="Key">Of config.json; null of cells that are gone, as are the values.</param>
/// <param name="Before">The value with which they were begun, as JSON in a text.</param>
/// <param name="Now">The value of the file.</param>
internal sealed record StudyChangeJson(string Kind, string Text, IReadOnlyList<string> Cells, string? Key, string? Before, string? Now)
{
    public static IReadOnlyList<StudyChangeJson> Of(IReadOnlyList<StudyChange> changes) => [.. changes.Select(Of)];

    private static StudyChangeJson Of(StudyChange change) =>
        change is StudyChange.OtherValue { Setting: SettingDifference d }
            ? new("other_value", StudyWords.Of(change), change.Cells, d.Key, d.Before, d.Now)
            : new("gone", StudyWords.Of(change), change.Cells, null, null, null);
}

internal sealed record CellStatusJson(
    string Cell,
    string State,
    double Tokens,
    double AllTokens,
    double? Loss,
    double? TokensPerSecond,
    int FailedAttempts,
    string Reason
);

/// <summary>The JSON of <c>study plan</c>.</summary>
internal sealed record StudyCostJson(
    string Study,
    string Folder,
    double Flops,
    double? Seconds,
    double DiskBytes,
    IReadOnlyList<CellCostJson> Cells,
    IReadOnlyList<LeftOutJson> LeftOut,
    IReadOnlyList<string> Notes,
    IReadOnlyList<string> SlurmReport,
    IReadOnlyList<StudyChangeJson> Changes
)
{
    public static StudyCostJson Of(
        Study study,
        StudyFolder folder,
        StudyCost cost,
        Selection? selection,
        IReadOnlyList<StudyChange> changes
    ) =>
        new(
            study.Id,
            folder.Location,
            cost.Flops,
            cost.Seconds,
            cost.DiskBytes,
            [
                .. cost.Cells.Select(c => new CellCostJson(
                    c.Cell.Name,
                    c.Cell.Census.ActiveParams,
                    c.Cell.Census.TotalParams,
                    c.Cell.Lengths,
                    c.Cell.TrainedTokens,
                    (double)c.Cell.Batch * c.Cell.Context,
                    c.Steps,
                    c.Cell.LearningRate,
                    c.Flops,
                    c.Seconds,
                    c.DiskBytes,
                    study.Slurm.Of(c.Cell)
                )),
            ],
            [.. selection?.LeftOut.Select(l => new LeftOutJson(l.Run, l.CostShare, l.ToldShare)) ?? []],
            [.. study.Notes.Select(StudyWords.Of)],
            study.Slurm.Report,
            StudyChangeJson.Of(changes)
        );
}

internal sealed record CellCostJson(
    string Cell,
    double ActiveParams,
    double TotalParams,
    IReadOnlyList<long> Runs,
    double TrainedTokens,
    double BatchTokens,
    double Steps,
    double LearningRate,
    double TrainFlops,
    double? Seconds,
    double DiskBytes,
    IReadOnlyList<string> Slurm
);

internal sealed record LeftOutJson(string Run, double CostShare, double ToldShare);

/// <summary>The JSON of <c>study report</c> and <c>run</c>: fit.json, and the plans as the JSON of <c>plan</c> has them.</summary>
internal sealed record StudyReportJson(
    string Folder,
    string Report,
    StudyAnswer Answer,
    PlansJson Planned,
    IReadOnlyList<StudyChangeJson> Changes
)
{
    public static StudyReportJson Of(StudyFolder folder, StudyAnswer answer, StudyOutcome outcome) =>
        new(folder.Location, folder.ReportPath, answer, StudyPlansFile.Of(outcome.Plans), StudyChangeJson.Of(outcome.Changes));
}

/// <summary>The JSON of <c>study run</c> where Slurm trains.</summary>
internal sealed record StudyQueuedJson(string Study, string Folder, IReadOnlyList<string> Queued);
