using MoeScale.Formulas;
using MoeScale.Laws;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Runs;

namespace MoeScale.Bench;

/// <summary>
/// Whether other seeds find a lower minimum: tables of ten rows with 0.3 to 10 % of noise, five coefficients, three seeds each.
/// Counted are fits that end above the lowest of their table, and how many of those are called converged without doubt, which none should
/// be.
/// </summary>
internal static class SeedTrials
{
    private const int Rows = 10;
    private static readonly double[] Noises = [0.003, 0.01, 0.03, 0.1];

    public static void Run(int tables, int starts)
    {
        Law law = LawCatalog.Open("chinchilla-2024");
        LawForm form = LawForm.Of(Parser.ParseNumber("E + A*N^-α + B*D^-β", "formula"), ["N", "D"]);
        int fits = 0,
            converged = 0,
            doubted = 0,
            higher = 0,
            silent = 0;
        for (int table = 0; table < tables; table++)
        {
            double[][] points = DrawnRuns.Points(law, Rows, table, (1e7, 3e9), (1e9, 1e11));
            FitRows rows = DrawnRuns.Draw(law, points, Noises[table % Noises.Length], table);
            Fit Search(ulong seed) =>
                LawFitter.Run(
                    new FitRequest(form, rows)
                    {
                        Options = new FitOptions { Starts = starts, Seed = seed },
                    }
                );
            Fit[] found = [Search(1), Search(2), Search(3)];
            double best = found.Min(f => f.Value);
            foreach (Fit fit in found)
            {
                bool isHigher = fit.Value > best * (1 + 1e-6);
                fits++;
                converged += fit.Status == FitStatus.Converged ? 1 : 0;
                doubted += fit.IsDoubtful ? 1 : 0;
                higher += isHigher ? 1 : 0;
                silent += isHigher && fit.Status == FitStatus.Converged && !fit.IsDoubtful ? 1 : 0;
            }
        }
        Console.WriteLine(
            $"{fits} fits of {tables} tables, {starts} starts: {converged} converged, {doubted} of them doubted; "
                + $"{higher} above the lowest, {silent} of those converged without doubt"
        );
    }
}
