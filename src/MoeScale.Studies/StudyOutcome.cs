using MoeScale.Studies.Answers;

namespace MoeScale.Studies;

/// <summary>What a study came to: the answer that lies in its folder, and what it lacks.</summary>
public sealed record StudyOutcome
{
    /// <summary>As fit.json has it; null where no run is finished, and nothing is written.</summary>
    public StudyAnswer? Answer { get; init; }

    /// <summary>The plans that the study asks for, in the order of its file.</summary>
    public IReadOnlyList<StudyPlan> Plans { get; init; } = [];

    /// <summary>Where the file says something else now than when its runs were begun.</summary>
    public IReadOnlyList<StudyChange> Changes { get; init; } = [];

    /// <summary>Runs whose routers could not be told.</summary>
    public IReadOnlyList<UntoldRouters> UntoldRouters { get; init; } = [];

    /// <summary>What the study asks for and is not there; <see cref="StudyWords"/> says why.</summary>
    public required IReadOnlyList<StudyGap> Gaps { get; init; }

    /// <summary>Whether everything that the study asks for is there.</summary>
    public bool IsWhole => Gaps.Count == 0;
}
