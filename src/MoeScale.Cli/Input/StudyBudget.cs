using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Studies.Costs;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Cli.Input;

/// <summary><c>--max-flops</c> and <c>--max-hours</c>: the runs that tell least for what they cost are left out.</summary>
internal static class StudyBudget
{
    /// <summary>
    /// The choice with which the study began, else the one within the limits that are given; null where there is neither.
    /// </summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="study">All of it.</param>
    /// <param name="folder">Its folder, where a choice is kept.</param>
    /// <param name="cost">Of any cells.</param>
    /// <exception cref="UserException">No run is cheap enough, nobody knows the time, or the study began with other limits.</exception>
    public static Selection? Choose(ParseResult parsed, Study study, StudyFolder folder, Func<IReadOnlyList<Cell>, StudyCost> cost)
    {
        CostLimits? limits = StudyArguments.Limits(parsed);
        if (Selection.Begun(folder, study, limits) is Selection begun)
        {
            return begun;
        }
        if (limits is null)
        {
            return null;
        }
        if (limits.Seconds is not null && cost(study.Cells).Seconds is null)
        {
            throw new UserException(
                StudyArguments.IsSlurm(parsed)
                    ? "--max-hours are hours on this machine, and Slurm decides how many cells run at once elsewhere. Give --max-flops."
                : study.Trainer.IsBuiltIn ? "--max-hours needs the times that --no-measure leaves out. Leave one of them out."
                : "--max-hours needs to know how fast the trainer is. Give 'flops_per_second' under 'trainer' in the study."
            );
        }
        // The share of the limit that is spent, of the one that binds.
        (IReadOnlyList<Cell> cells, IReadOnlyList<LeftOutRun> leftOut) = Economy.Choose(
            study,
            some =>
                cost(some) is StudyCost c
                    ? Math.Max(limits.Flops is double f ? c.Flops / f : 0, limits.Seconds is double s ? c.Seconds!.Value / s : 0)
                    : 0,
            limit: 1
        );
        return Selection.Of(cells, leftOut, limits);
    }

    /// <summary>The study as it is to be run: as it was chosen when it began, else within the limits that are given now.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="study">All of it.</param>
    /// <param name="folder">Its folder, where the choice is kept.</param>
    public static Study Begin(ParseResult parsed, Study study, StudyFolder folder)
    {
        SpeedMeter? meter = null;
        Places? places = PlacesFor(parsed, study);
        Selection? choice = Choose(parsed, study, folder, cells => StudyCost.Of(cells, study.Trainer, Meter(), places));
        if (choice is not null && Selection.Read(folder) is null)
        {
            choice.Write(folder);
        }
        // Another 'study run' may have chosen in the meantime.
        return Selection.Read(folder)?.Apply(study) ?? study;

        SpeedMeter? Meter() =>
            places is null || !study.Trainer.IsBuiltIn || parsed.GetValue(StudyArguments.MaxHours) is null
                ? null
                : meter ??= SpeedMeter.Measure(study.Cells, places);
    }

    /// <summary>How this machine is shared out; null where Slurm shares out others.</summary>
    public static Places? PlacesFor(ParseResult parsed, Study study)
    {
        (int threads, int side) = StudyArguments.Machine(parsed);
        return StudyArguments.IsSlurm(parsed) ? null : Places.For(threads, side, study.Cells.Count);
    }
}
