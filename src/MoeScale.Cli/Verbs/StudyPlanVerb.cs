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
        (Study study, StudyFolder folder) = StudyVerb.Read(parsed, all: true);
        int side = SideBySide(parsed);
        SpeedMeter? meter = study.Trainer.IsBuiltIn && !parsed.GetValue(StudyArguments.NoMeasure) ? SpeedMeter.Measure(study.Cells, side) : null;
        StudyCost Cost(IReadOnlyList<Cell> cells) => StudyCost.Of(cells, study.Trainer, meter, side);
        Selection? selection = Selection.Read(folder) ?? StudyBudget.Choose(parsed, study, Cost);
        Study chosen = selection?.Apply(study) ?? study;
        StudyCost cost = Cost(chosen.Cells);
        if (parsed.GetValue(StudyArguments.AsJson))
        {
            Json.Write(StudyCostJson.Of(chosen, folder, cost, selection));
            return 0;
        }
        StudyPage.WriteCost(chosen, folder, cost);
        if (selection is not null)
        {
            StudyPage.WriteLeftOut(selection);
        }
        return 0;
    }

    public static int SideBySide(ParseResult parsed) => (int)(Options.Whole(parsed, StudyArguments.SideBySide, StudyArguments.MostThreads) ?? Environment.ProcessorCount);
}
