using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Planning.Hardware;
using MoeScale.Reporting;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Answers;

/// <summary>plan.json of a study: its plans, and why others are not there.</summary>
public static class StudyPlansFile
{
    /// <summary>Plans as JSON has them.</summary>
    public static PlansJson Of(IReadOnlyList<StudyPlan> plans)
    {
        Accelerator device = Accelerator.Open(Cluster.DefaultAccelerator);
        Deployment deployment = new(new Cluster(1, device), Cluster.DefaultMfu, device, null);
        return new PlansJson(
            [.. plans.Where(p => p.Plan is not null).Select(p => PlanJson.Of(p.Plan!, deployment, StudyTerms.All))],
            [
                .. plans
                    .Where(p => p.End != StudyPlanEnd.Found)
                    .Select(p => WarningJson.Of(Kind(p), StudyWords.Of(p), "flops", p.Request.Flops)),
            ]
        );
    }

    private static string Kind(StudyPlan plan) => plan.End == StudyPlanEnd.NothingFits ? "nothing_fits" : "no_plan";

    /// <summary>Writes the file.</summary>
    /// <exception cref="UserException">It cannot be written.</exception>
    public static void Write(IReadOnlyList<StudyPlan> plans, StudyFolder folder) =>
        TextFile.WriteWhole(folder.PlanPath, Of(plans).ToText() + "\n");

    /// <summary>Reads the file; null where there is none.</summary>
    /// <exception cref="UserException">It cannot be read, or is of another version.</exception>
    public static PlansJson? Read(StudyFolder folder)
    {
        if (!File.Exists(folder.PlanPath))
        {
            return null;
        }
        try
        {
            return PlansJson.Parse(TextFile.Read(folder.PlanPath)) is { Plans: not null, Warnings: not null } plans
                ? plans
                : throw new JsonException();
        }
        catch (JsonException)
        {
            throw new UserException(
                $"{folder.PlanPath} has no plans of a study, or those of another version. 'study report' writes it again."
            );
        }
    }
}
