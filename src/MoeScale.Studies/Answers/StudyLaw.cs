using MoeScale.Basics;
using MoeScale.Formulas;
using MoeScale.Laws;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Runs;
using MoeScale.Planning;
using MoeScale.Reporting;
using MoeScale.Studies.Axes;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Answers;

/// <summary>law.yaml and family.yaml: the fitted law as <c>plan</c> reads it.</summary>
internal static class StudyLaw
{
    /// <summary>
    /// Removes what an earlier fit left and this one does not give, so that nothing plans with a law that the runs of today do not give.
    /// </summary>
    public static void RemoveWithout(StudyAnswer answer, StudyFolder folder)
    {
        foreach (
            string path in (string[])
                [
                    .. answer.HasLaw ? (string[])[] : [folder.LawPath, folder.FamilyPath],
                    .. answer.Rates is { HasLaw: true } ? (string[])[] : [folder.RateLawPath],
                    .. answer.Rates is { Optima.Count: > 0 } ? (string[])[] : [folder.RatesPath],
                ]
        )
        {
            File.Delete(path);
        }
    }

    /// <param name="study">The study.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="law">Whose form was fitted.</param>
    /// <param name="fit">Converged.</param>
    /// <param name="columns">That its letters read.</param>
    /// <param name="table">The fitted runs.</param>
    /// <param name="rates">The law of rates of this study; null for none.</param>
    public static void Write(Study study, StudyFolder folder, Law law, Fit fit, FitColumns columns, RunTable table, RateAnswer? rates)
    {
        if (study.Family is not null)
        {
            TextFile.WriteWhole(folder.FamilyPath, study.Family);
        }
        FittedLawDraft draft = new($"{study.Id}-law", $"moescale study report {Path.GetFileName(study.File)}", columns)
        {
            From = law,
            TrainingCost = new CostFormula(StudyPlanRequest.Cost, Parser.ParseNumber(StudyPlanRequest.Cost, "cost")),
            Family = study.Family is null ? null : folder.FamilyPath,
            IsPlanColumn = name => PlanColumns.Index(name) >= 0,
        };
        TrainedChoices trained = new(column => table.Column(column, "fit").Numbers.ToArray());
        Law drafted = FitChecklist.Fill(draft, fit);
        Law filled = drafted with
        {
            // Losses of another text cannot be compared with these.
            DensePartner = null,
            Allocations = [],
            Fixed = Fixed(drafted, table, trained.Kept(law)),
            Candidates = trained.Weighed(law),
            Rates = rates is { HasLaw: true }
                ? [folder.RateLawPath, .. law.Rates.Where(r => LawCatalog.Open(r, law.Folder).Predicts == Predictions.BatchTokens)]
                : law.Rates,
        };
        TextFile.WriteWhole(
            folder.LawPath,
            LawWriter.Write(filled, $"Written by moescale study, from the runs of {study.Id}.", folder.Location)
        );
    }

    // What the table does not tell, the family may have otherwise than the law whose form it is.
    private static Dictionary<string, double> Fixed(Law filled, RunTable table, Dictionary<string, double> kept)
    {
        Dictionary<string, double> common = filled
            .Fixed.Where(f =>
                f.Key is not ("experts" or "granularity") && filled.Measure(f.Key).Columns.All(c => table.Find(c) is { HasNumbers: true })
            )
            .ToDictionary();
        foreach ((string column, double least) in kept)
        {
            common[column] = least;
        }
        return common;
    }
}
