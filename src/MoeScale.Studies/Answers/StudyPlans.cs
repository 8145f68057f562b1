using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Planning;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Answers;

/// <summary>One plan that a study asks for.</summary>
/// <param name="Request">The question.</param>
/// <param name="Plan">The answer; null where there is none.</param>
/// <param name="Refusal">Why the law gives no plan; null where there is no law, or a plan.</param>
public sealed record StudyPlan(StudyPlanRequest Request, Plan? Plan, UserException? Refusal = null)
{
    /// <summary>What became of the question.</summary>
    public StudyPlanEnd End
    {
        get
        {
            if (Plan is not null)
            {
                return Plan.Best is null ? StudyPlanEnd.NothingFits : StudyPlanEnd.Found;
            }
            return Refusal is null ? StudyPlanEnd.NoLaw : StudyPlanEnd.Refused;
        }
    }
}

/// <summary>What became of a plan that a study asks for.</summary>
public enum StudyPlanEnd
{
    /// <summary>There is a model to train.</summary>
    Found,

    /// <summary>No model keeps to the limits.</summary>
    NothingFits,

    /// <summary>The runs gave no law to plan with.</summary>
    NoLaw,

    /// <summary>No plan follows from the law.</summary>
    Refused,
}

/// <summary>The plans that a study asks for, by the law that it fitted.</summary>
public static class StudyPlans
{
    // Ends of an interval that are further apart are no knowledge.
    private const double WidestInterval = 30;

    /// <summary>In the order of the file.</summary>
    /// <param name="study">The study.</param>
    /// <param name="folder">Its folder, with the law.</param>
    /// <param name="answer">That the fit gave.</param>
    public static IReadOnlyList<StudyPlan> Run(Study study, StudyFolder folder, StudyAnswer answer) =>
        [
            .. study.Plans.Select(request =>
                answer.HasLaw ? Solve(study, request, LawCatalog.Open(folder.LawPath), answer) : new StudyPlan(request, null)
            ),
        ];

    private static StudyPlan Solve(Study study, StudyPlanRequest request, Law law, StudyAnswer answer)
    {
        try
        {
            Plan plan = Planner.Solve(
                PlanRequest.For(law, request.ToBudget()) with
                {
                    Experts = request.Experts,
                    Granularities = request.Granularities,
                    MultipleOf = request.MultipleOf,
                }
            );
            return new StudyPlan(request, plan with { Warnings = [.. plan.Warnings, .. Doubts(study, plan, answer)] });
        }
        catch (UserException e)
        {
            return new StudyPlan(request, null, e);
        }
    }

    private static IEnumerable<PlanWarning> Doubts(Study study, Plan plan, StudyAnswer answer)
    {
        if (plan.Best is null)
        {
            yield break;
        }
        if (answer.Floor is FloorAnswer floor && plan.Best.Loss < floor.Truth)
        {
            yield return new PlanWarning.BelowEntropy(plan.Best.Loss, floor.Truth);
        }
        foreach (
            (string name, Interval? interval) in ((string, Interval?)[])
                [("active_params", plan.Intervals?.Best.ActiveParams), ("tokens", plan.Intervals?.Best.Tokens)]
        )
        {
            if (interval is not null && interval.High / interval.Low > WidestInterval)
            {
                yield return new PlanWarning.WideInterval(name, interval.High / interval.Low);
            }
        }
        if (study.FamilyVaries.Count > 0)
        {
            yield return new PlanWarning.FamilyVaried(study.FamilyVaries);
        }
    }
}
