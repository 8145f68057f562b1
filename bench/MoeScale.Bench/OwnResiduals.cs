using MoeScale.Laws;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Runs;

namespace MoeScale.Bench;

/// <summary>
/// How often intervals of 95 % cover the truth where rows scatter as real ones do. The truth is a law fitted to a
/// table; each draw keeps its predictions and gives every row its own residual with a random sign, so that rows scatter
/// as unequally as they do in the table, or the residuals of all rows in a random order, so that they scatter alike.
/// </summary>
internal static class OwnResiduals
{
    /// <param name="path">A table with params, tokens and loss, of which rows with outlier5 = 1 are left out.</param>
    /// <param name="repetitions">Draws.</param>
    public static void Run(string path, int repetitions)
    {
        Law law = LawCatalog.Open("chinchilla-2024");
        RunTable table = RunTable.Read(path);
        int[] chosen = table.Find("outlier5") is null
            ? [.. Enumerable.Range(0, table.RowCount)]
            : RunFilter.Parse("outlier5 = 0", "--where").Select(table);
        FitRows rows = FitRows.Take(table, ColumnMap.Parse(table, "N=params").For(law), chosen);
        Console.WriteLine(
            $"{repetitions} repetitions, level 0.95; two standard errors of a share are {2 * Math.Sqrt(0.95 * 0.05 / repetitions):0.000}"
        );
        foreach (Objective objective in new[] { new Objective(), new Objective(ObjectiveKind.LogSquares) })
        {
            Fit truth = LawFitter.Run(
                new FitRequest(LawForm.Of(law), rows)
                {
                    Options = new FitOptions { Objective = objective, Starts = 64 },
                    Profile = false,
                }
            );
            double[] predicted = truth.Predict(rows);
            double[] residuals = [.. rows.Observed.Zip(predicted, (o, p) => Math.Log(o / p))];
            Law fitted = law with { Coefficients = [.. law.Coefficients.Select((c, i) => c with { Value = truth.Coefficients[i].Value })] };
            foreach (string order in new[] { "own", "shuffled" })
            {
                foreach (string kind in new[] { "profile", "curvature" })
                {
                    CoverageCount count = new(fitted);
                    for (int i = 0; i < repetitions; i++)
                    {
                        Random random = new(1000 + i);
                        double[] drawn = [.. residuals];
                        if (order == "shuffled")
                        {
                            random.Shuffle(drawn);
                        }
                        FitRows draw = DrawnRuns.Table(fitted, rows.Values, [.. drawn.Select(r => random.Next(2) == 0 ? r : -r)]);
                        count.Add(
                            LawFitter.Run(
                                new FitRequest(LawForm.Of(fitted), draw)
                                {
                                    Options = new FitOptions { Objective = objective, Starts = 4 },
                                    Profile = kind == "profile",
                                }
                            )
                        );
                    }
                    Console.WriteLine($"{objective.Name, -11} {order, -8} {kind, -9} {rows.Count} rows, {count}");
                }
            }
        }
    }
}
