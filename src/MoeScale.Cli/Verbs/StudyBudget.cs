using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Studies.Costs;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Cli.Verbs;

/// <summary><c>--max-flops</c> and <c>--max-hours</c>: the runs that tell least for what they cost are left out.</summary>
internal static class StudyBudget
{
    private const double SecondsPerHour = 3600;

    /// <summary>The choice within the limits that are given; null where none is.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="study">All of it.</param>
    /// <param name="cost">Of any cells.</param>
    /// <exception cref="UserException">No run is cheap enough, or nobody knows the time.</exception>
    public static Selection? Choose(ParseResult parsed, Study study, Func<IReadOnlyList<Cell>, StudyCost> cost)
    {
        double? flops = Options.Positive(parsed, StudyArguments.MaxFlops);
        double? seconds = Options.Positive(parsed, StudyArguments.MaxHours) * SecondsPerHour;
        if (flops is null && seconds is null)
        {
            return null;
        }
        if (seconds is not null && cost(study.Cells).Seconds is null)
        {
            throw new UserException(study.Trainer.IsBuiltIn
                ? "--max-hours needs the times that --no-measure leaves out. Leave one of them out."
                : "--max-hours needs to know how fast the trainer is. Give 'flops_per_second' under 'trainer' in the study.");
        }
        // The share of the limit that is spent, of the one that binds.
        (IReadOnlyList<Cell> cells, IReadOnlyList<LeftOutRun> leftOut) = Economy.Choose(
            study, some => cost(some) is StudyCost c ? Math.Max(flops is double f ? c.Flops / f : 0, seconds is double s ? c.Seconds!.Value / s : 0) : 0, limit: 1);
        return Selection.Of(cells, leftOut);
    }

    /// <summary>The study as it is to be run: as it was chosen when it began, else within the limits that are given now.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="study">All of it.</param>
    /// <param name="folder">Its folder, where the choice is kept.</param>
    public static Study Begin(ParseResult parsed, Study study, StudyFolder folder)
    {
        if (Selection.Read(folder) is Selection old)
        {
            return old.Apply(study);
        }
        SpeedMeter? meter = null;
        int side = StudyPlanVerb.SideBySide(parsed);
        Selection? now = Choose(parsed, study, cells => StudyCost.Of(cells, study.Trainer, parsed.GetValue(StudyArguments.MaxHours) is null || !study.Trainer.IsBuiltIn ? null : meter ??= SpeedMeter.Measure(study.Cells, side), side));
        now?.Write(folder);
        return now is null ? study : now.Apply(study);
    }
}
