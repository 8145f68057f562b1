using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Planning;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Answers;

/// <summary>The plans that a study asks for, by the law that it fitted.</summary>
public static class StudyPlans
{
    /// <summary>In the order of the file; none where there is no law, or the models are no family.</summary>
    /// <exception cref="UserException">A choice is outside what the law speaks of.</exception>
    public static IReadOnlyList<Plan> Run(Study study, StudyFolder folder)
    {
        if (study.Plans.Count == 0 || !File.Exists(folder.LawPath) || study.Family is null)
        {
            return [];
        }
        Law law = LawCatalog.Open(folder.LawPath);
        return [.. study.Plans.Select(wish => Planner.Solve(PlanRequest.For(law, Budget(wish)) with
        {
            Experts = wish.Experts,
            Granularities = wish.Granularities,
            MultipleOf = wish.MultipleOf,
        }))];
    }

    private static Budget Budget(PlanWish wish) => new() { Flops = wish.Flops, MemoryBytes = wish.MemoryBytes, InferenceTokens = wish.InferenceTokens, MaxTokens = wish.MaxTokens };
}
