using System.CommandLine;
using MoeScale.Cli.Input;
using MoeScale.Cli.Output;
using MoeScale.Studies.Answers;
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
        Places? places = StudyBudget.PlacesFor(parsed, study);
        // Refused before seconds are spent on measuring.
        Selection.Begun(folder, study, StudyArguments.Limits(parsed));
        SpeedMeter? meter =
            places is not null && study.Trainer.IsBuiltIn && !parsed.GetValue(StudyArguments.NoMeasure)
                ? SpeedMeter.Measure(study.Cells, places)
                : null;
        StudyCost Cost(IReadOnlyList<Cell> cells) => StudyCost.Of(cells, study.Trainer, meter, places);
        Selection? selection = StudyBudget.Choose(parsed, study, folder, Cost);
        Study chosen = selection?.Apply(study) ?? study;
        StudyCost cost = Cost(chosen.Cells);
        IReadOnlyList<StudyChange> changes = StudyChange.Of(chosen, folder);
        if (parsed.GetValue(StudyArguments.AsJson))
        {
            Json.Write(StudyCostJson.Of(chosen, folder, cost, selection, changes));
            return 0;
        }
        StudyPage.WriteCost(chosen, folder, cost, changes);
        if (selection is not null)
        {
            StudyPage.WriteLeftOut(selection);
        }
        return 0;
    }
}
