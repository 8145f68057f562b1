using MoeScale.Laws;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Procedure;

namespace MoeScale.Bench;

/// <summary>
/// How often intervals of 95 % cover the truth: losses are drawn again and again from a published law over designs like
/// its paper's, fitted, and the intervals compared with the coefficients they were drawn from. Once with errors of
/// equal spread, once with errors that grow fourfold from the smallest to the largest model.
/// </summary>
internal static class Coverage
{
    /// <param name="repetitions">Draws of each.</param>
    /// <param name="kinds">How intervals are made: curvature, profile, bootstrap.</param>
    public static void Run(int repetitions, IReadOnlyList<string> kinds)
    {
        Law joint = LawCatalog.Open("joint-2025"),
            fine = LawCatalog.Open("fine-grained-2024"),
            dense = LawCatalog.Open("chinchilla-2024");
        Console.WriteLine(
            $"{repetitions} repetitions, level 0.95; two standard errors of a share are {2 * Math.Sqrt(0.95 * 0.05 / repetitions):0.000}"
        );
        foreach (Objective objective in new[] { new Objective(), new Objective(ObjectiveKind.LogSquares) })
        {
            foreach (
                (Law law, double[][] points, double deviation) in new[]
                {
                    (dense, Grid([7e7, 2e8, 5e8, 1.4e9, 4e9, 1.6e10], [5e9, 1.5e10, 5e10, 1.5e11, 5e11]), 0.004),
                    (fine, Grid([1.35e8, 4.56e8, 1.1e9, 2.1e9, 3.7e9], [1.6e10, 3.3e10, 6.6e10, 1.3e11], [1, 2, 4, 8, 16]), 0.004),
                    (joint, Grid([7.9e7, 1.7e8, 4e8, 1e9, 2.7e9], [5e8, 2e9, 8e9, 3.2e10, 8e10], [1, 2, 4, 8, 16, 32]), 0.002),
                }
            )
            {
                foreach (double growth in new[] { 1.0, 4 })
                {
                    foreach (string kind in kinds)
                    {
                        One(law, points, deviation, growth, objective, kind, repetitions);
                    }
                }
            }
        }
    }

    private static void One(Law law, double[][] points, double deviation, double growth, Objective objective, string kind, int repetitions)
    {
        CoverageCount count = new(law);
        for (int i = 0; i < repetitions; i++)
        {
            count.Add(
                LawFitter.Run(
                    new FitRequest(LawForm.Of(law), DrawnRuns.Draw(law, points, deviation, 1000 + i, growth))
                    {
                        Options = new FitOptions { Objective = objective, Starts = 4 },
                        Profile = kind == "profile",
                        Bootstrap = kind == "bootstrap" ? 300 : 0,
                    }
                )
            );
        }
        Console.WriteLine(
            $"{law.Id, -18} {objective.Name, -11} {(growth == 1 ? "equal" : "growing"), -7} {kind, -9} {points[0].Length} rows, {count}"
        );
    }

    /// <summary>Every combination of some values, a column for each.</summary>
    public static double[][] Grid(params double[][] values)
    {
        IEnumerable<double[]> rows =
        [
            [],
        ];
        foreach (double[] axis in values)
        {
            rows = rows.SelectMany(row => axis.Select(v => (double[])[.. row, v])).ToArray();
        }
        double[][] all = [.. rows];
        return [.. values.Select((_, k) => all.Select(row => row[k]).ToArray())];
    }
}
