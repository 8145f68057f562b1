using System.Globalization;
using MoeScale.Basics;
using MoeScale.Laws;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Runs;
using MoeScale.Models;
using MoeScale.Planning;
using MoeScale.Reporting;
using MoeScale.Studies.Files;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Answers;

/// <summary>
/// The best learning rates of a sweep, and a rate law fitted to them: of runs that differ in nothing but the rate and their seeds, the
/// minimum of the parabola in ln(rate) through
/// the lowest loss and its neighbours. Where the lowest loss is at an end of the rates that were tried there is none.
/// </summary>
internal static class RateFit
{
    public static RateAnswer Run(string name, string study, RunTable table, RunAxes axes, StudyFolder folder, FitOptions options)
    {
        Law law = LawCatalog.Open(name);
        (List<(int Row, RateOptimum Optimum)> optima, List<string> leftOut) = Optima(table, axes);
        RateOptimum[] found = [.. optima.Select(o => o.Optimum)];
        if (optima.Count == 0)
        {
            return End(RateStatus.NoOptimum);
        }
        TextFile.WriteWhole(folder.RatesPath, Csv(table, optima));
        RunTable rates = RunTable.Read(folder.RatesPath);
        try
        {
            FitColumns columns = ColumnMap.Parse(rates).For(law);
            Fit fit = LawFitter.Run(
                new FitRequest(LawForm.Of(law), FitRows.Take(rates, columns))
                {
                    Options = options with { Objective = new Objective(ObjectiveKind.LogSquares) },
                }
            );
            CoefficientAnswer[] coefficients = [.. fit.Coefficients.Select(c => new CoefficientAnswer(c.Name, c.Value, c.Low, c.High))];
            if (fit.Status != FitStatus.Converged)
            {
                return End(RateStatus.Unidentifiable, coefficients);
            }
            FittedLawDraft draft = new($"{study}-rate-law", "moescale study report", columns)
            {
                From = law,
                IsPlanColumn = n => PlanColumns.Index(n) >= 0,
            };
            TextFile.WriteWhole(
                folder.RateLawPath,
                LawWriter.Write(FitChecklist.Fill(draft, fit), "Written by moescale study, from the optima in rates.csv.", folder.Location)
            );
            return End(RateStatus.Converged, coefficients);
        }
        catch (UserException e)
        {
            return End(RateStatus.Refused) with { Status = e.Phrase.Say(StudyTerms.All) };
        }

        RateAnswer End(RateStatus status, params CoefficientAnswer[] coefficients) =>
            new(law.Id, status, StudyWords.Of(status), coefficients, found, leftOut);
    }

    private static (List<(int Row, RateOptimum Optimum)> Optima, List<string> LeftOut) Optima(RunTable table, RunAxes axes)
    {
        double Number(string column, int row) => table.Find(column) is RunColumn c ? c.Numbers.Span[row] : double.NaN;
        List<(int, RateOptimum)> optima = [];
        List<string> leftOut = [];
        foreach (Sweep sweep in Sweep.All(table, axes, [.. Enumerable.Range(0, table.RowCount)]).Where(s => s.Rates.Count > 1))
        {
            (IReadOnlyList<SweptRate> tried, int best) = (sweep.Rates, sweep.Best);
            int row = tried[best].Rows[0];
            if (sweep.IsAtEnd)
            {
                leftOut.Add(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{Quantity.FormatCount(Number("active_params", row))} parameters on "
                            + $"{Quantity.FormatCount(Number("tokens", row))} tokens: the lowest loss is at the "
                            + $"{(best == 0 ? "lowest" : "highest")} rate that was tried, {Figures.Significant(tried[best].Rate, 3)}"
                    )
                );
                continue;
            }
            (double rate, double loss) = Parabola(
                (tried[best - 1].Rate, tried[best - 1].Loss),
                (tried[best].Rate, tried[best].Loss),
                (tried[best + 1].Rate, tried[best + 1].Loss)
            );
            optima.Add((row, new RateOptimum(Number("active_params", row), Number("tokens", row), rate, loss, tried.Count)));
        }
        return (optima, leftOut);
    }

    /// <summary>The minimum of the parabola in ln(rate) through three points, the middle one the lowest.</summary>
    private static (double Rate, double Loss) Parabola(
        (double Rate, double Loss) a,
        (double Rate, double Loss) b,
        (double Rate, double Loss) c
    )
    {
        (double left, double right) = (Math.Log(a.Rate / b.Rate), Math.Log(c.Rate / b.Rate));
        (double up, double down) = ((a.Loss - b.Loss) / left, (c.Loss - b.Loss) / right);
        double curve = (down - up) / (right - left);
        double slope = up - (curve * left);
        double x = curve > 0 ? -slope / (2 * curve) : 0;
        return (b.Rate * Math.Exp(x), b.Loss + (slope * x) + (curve * x * x));
    }

    private static string Csv(RunTable table, List<(int Row, RateOptimum Optimum)> optima)
    {
        string[] columns = [.. ModelColumns.Names.Concat(["tokens", "batch_tokens", "train_flops"]).Where(c => table.Find(c) is not null)];
        CsvText csv = new(["learning_rate", "loss", .. columns]);
        foreach ((int row, RateOptimum optimum) in optima)
        {
            csv.Row([optimum.LearningRate, optimum.Loss, .. columns.Select(c => table.Find(c)!.Numbers.Span[row])]);
        }
        return csv.ToString();
    }
}
