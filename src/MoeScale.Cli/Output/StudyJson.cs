using MoeScale.Basics;
using MoeScale.Planning;
using MoeScale.Planning.Hardware;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Cli.Output;

/// <summary>The JSON of <c>study status</c>.</summary>
internal sealed record StudyStatusJson(string Study, string Folder, IReadOnlyList<CellStatusJson> Cells)
{
    public static StudyStatusJson Of(Study study, StudyFolder folder, IReadOnlyList<CellStatus> cells) => new(
        study.Id, folder.Location,
        [.. cells.Select(c => new CellStatusJson(c.Cell.Name, c.State.ToString().ToLowerInvariant(), c.Tokens, c.Cell.TrainedTokens, c.Loss, c.TokensPerSecond, c.Attempts, c.Reason))]);
}

internal sealed record CellStatusJson(string Cell, string State, double Tokens, double AllTokens, double? Loss, double? TokensPerSecond, int FailedAttempts, string Reason);

/// <summary>plan.json of a study: its plans, as the JSON of <c>plan</c> has them.</summary>
internal static class StudyPlansJson
{
    // Hours, days and tokens a second are told for one device that is usual.
    private const string Device = "h100";
    private const double Mfu = 0.4;

    public static void Write(IReadOnlyList<Plan> plans, StudyFolder folder)
    {
        Accelerator device = Accelerator.Open(Device);
        Deployment deployment = new(new Cluster(1, device), Mfu, device, null);
        TextFile.WriteWhole(folder.PlanPath, Json.Text(new PlansJson([.. plans.Select(p => PlanJson.Of(p, deployment))], [])) + "\n");
    }
}
