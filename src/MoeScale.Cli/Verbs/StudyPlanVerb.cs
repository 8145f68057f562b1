using System.CommandLine;
using MoeScale.Cli.Output;
using MoeScale.Studies.Costs;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Cli.Verbs;

/// <summary><c>moescale study plan</c>: every derived number before anything is spent.</summary>
internal static class StudyPlanVerb
{
    public static int Run(ParseResult parsed)
    {
        (Study study, StudyFolder folder) = StudyVerb.Read(parsed);
        int side = SideBySide(parsed);
        StudyCost cost = Cost(study, study.Cells, side, measure: !parsed.GetValue(StudyArguments.NoMeasure));
        StudyPage.WriteCost(study, folder, cost);
        return 0;
    }

    public static int SideBySide(ParseResult parsed) => (int)(Options.Whole(parsed, StudyArguments.SideBySide, StudyArguments.MostThreads) ?? Environment.ProcessorCount);

    public static StudyCost Cost(Study study, IReadOnlyList<Cell> cells, int sideBySide, bool measure)
    {
        SpeedMeter? meter = study.Trainer.IsBuiltIn && measure ? SpeedMeter.Measure(study.Cells, sideBySide) : null;
        return StudyCost.Of(cells, study.Trainer, meter, sideBySide);
    }
}
