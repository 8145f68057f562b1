using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Planning;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Answers;

/// <summary>One plan that a study asks for.</summary>
/// <param name="Request">The question.</param>
/// <param name="Plan">The answer; null where there is none.</param>
/// <param name="Reason">Why there is none, in words that follow a colon; empty where there is one.</param>
public sealed record StudyPlan(StudyPlanRequest Request, Plan? Plan, string Reason);

/// <summary>The plans that a study asks for, by the law that it fitted.</summary>
public static class StudyPlans
{
    // What a warning advises at its end is an option of the command line, which a study has not.
    private const string Advice = "; --";

    // Ends of an interval that are further apart are no knowledge.
    private const double WidestInterval = 30;

    /// <summary>In the order of the file.</summary>
    /// <param name="study">The study.</param>
    /// <param name="folder">Its folder, with the law.</param>
    /// <param name="answer">That the fit gave.</param>
    public static IReadOnlyList<StudyPlan> Run(Study study, StudyFolder folder, StudyAnswer answer) =>
        [
            .. study.Plans.Select(request =>
                answer.HasLaw
                    ? Solve(study, request, LawCatalog.Open(folder.LawPath), answer)
                    : new StudyPlan(request, null, "there is no law")
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
            return new StudyPlan(
                request,
                plan with
                {
                    Warnings = [.. plan.Warnings.Select(w => w.Split(Advice)[0]), .. Doubts(study, plan, answer)],
                },
                ""
            );
        }
        catch (UserException e)
        {
            return new StudyPlan(request, null, e.Message.TrimEnd('.'));
        }
    }

    private static IEnumerable<string> Doubts(Study study, Plan plan, StudyAnswer answer)
    {
        if (plan.Best is null)
        {
            yield break;
        }
        if (answer.Floor is FloorAnswer floor && plan.Best.Loss < floor.Truth)
        {
            yield return FormattableString.Invariant(
                $"the predicted loss {plan.Best.Loss:0.000} is below the entropy of the text, {floor.Truth:0.000}, which no model can be"
            );
        }
        foreach (
            (string name, Interval? interval) in ((string, Interval?)[])
                [("active_params", plan.Intervals?.Best.ActiveParams), ("tokens", plan.Intervals?.Best.Tokens)]
        )
        {
            if (interval is not null && interval.High / interval.Low > WidestInterval)
            {
                yield return FormattableString.Invariant(
                    $"the interval of {name} spans a factor of {interval.High / interval.Low:G2}: these runs do not fix it"
                );
            }
        }
        if (study.FamilyVaries.Count > 0)
        {
            yield return $"the grid varies {string.Join(", ", study.FamilyVaries)}, and plans keep to the family's own";
        }
    }
}
