namespace MoeScale.Studies.Answers;

/// <summary>Something that a study asks for and that is not there. <see cref="StudyWords"/> says it.</summary>
public abstract record StudyGap
{
    private StudyGap() { }

    /// <summary>Cells without results.</summary>
    /// <param name="Cells">These.</param>
    /// <param name="CellCount">Of the whole study.</param>
    public sealed record UndoneCells(IReadOnlyList<UndoneCell> Cells, int CellCount) : StudyGap;

    /// <summary>No run is finished, so that nothing can be answered.</summary>
    /// <param name="File">Of the study.</param>
    /// <param name="Cells">All of them.</param>
    public sealed record NoRuns(string File, UndoneCells Cells) : StudyGap;

    /// <summary>All cells are done, and there is no law of their losses.</summary>
    /// <param name="Answer">With its status.</param>
    public sealed record NoLaw(StudyAnswer Answer) : StudyGap;

    /// <summary>All cells are done, and a plan is missing.</summary>
    /// <param name="Plan">Without a model.</param>
    public sealed record NoPlan(StudyPlan Plan) : StudyGap;

    /// <summary>All cells are done, and there is no law of learning rates.</summary>
    /// <param name="Rates">With their status.</param>
    public sealed record NoRateLaw(RateAnswer Rates) : StudyGap;

    /// <summary>What an answer lacks, the first reason first; what follows from undone cells is not told again.</summary>
    /// <param name="answer">That was made.</param>
    /// <param name="plans">That were asked for.</param>
    /// <param name="isLawAsked">Whether the study asks for a law, be it for its plans.</param>
    public static IReadOnlyList<StudyGap> Of(StudyAnswer answer, IReadOnlyList<StudyPlan> plans, bool isLawAsked)
    {
        if (answer.Undone.Count > 0)
        {
            return [new UndoneCells(answer.Undone, answer.Cells)];
        }
        if (!answer.HasLaw && isLawAsked)
        {
            return [new NoLaw(answer)];
        }
        IEnumerable<StudyGap> missing = plans.Where(p => p.Plan?.Best is null).Select(p => new NoPlan(p));
        return [.. missing, .. answer.Rates is { HasLaw: false } rates ? (StudyGap[])[new NoRateLaw(rates)] : []];
    }
}
