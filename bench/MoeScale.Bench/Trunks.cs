using MoeScale.Laws;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Runs;

namespace MoeScale.Bench;

/// <summary>
/// What runs that branch from one trunk do to intervals, at the runs of a real table: rows that differ in tokens alone share a part of their
/// noise. How often intervals of 95 % cover the truth with and without <c>--cluster</c>, and how often a fit tells that rows are alike.
/// </summary>
internal static class Trunks
{
    private const double Deviation = 0.003;

    /// <param name="path">A table with active_params, tokens and experts.</param>
    /// <param name="repetitions">Draws.</param>
    public static void Run(string path, int repetitions)
    {
        Law law = LawCatalog.Open("joint-2025");
        RunTable table = RunTable.Read(path);
        double[][] points = [.. law.Variables.Select(v => table.Find(v.Column)!.Numbers.ToArray())];
        string[] trunks = [.. points[0].Zip(points[2], (n, e) => $"{n:0}x{e:0}")];
        Console.WriteLine($"{repetitions} repetitions, {points[0].Length} rows in {trunks.Distinct().Count()} trunks, level 0.95; two standard errors of a share are {2 * Math.Sqrt(0.95 * 0.05 / repetitions):0.000}");
        foreach (double shared in new[] { 0, 0.2, 0.5, 0.8 })
        {
            foreach (string kind in new[] { "profile", "clusters" })
            {
                CoverageCount count = new(law);
                int told = 0;
                for (int i = 0; i < repetitions; i++)
                {
                    Random random = new(1000 + i);
                    double Normal() => Deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
                    Dictionary<string, double> own = trunks.Distinct().ToDictionary(t => t, _ => Math.Sqrt(shared) * Normal());
                    double[] errors = [.. trunks.Select(t => own[t] + (Math.Sqrt(1 - shared) * Normal()))];
                    Fit fit = LawFitter.Run(new FitRequest(LawForm.Of(law), DrawnRuns.Table(law, points, errors, trunks))
                    {
                        Options = new FitOptions { Starts = 4 },
                        Profile = kind == "profile",
                        Cluster = kind == "clusters" ? "trunk" : null,
                    });
                    count.Add(fit);
                    told += fit.Warnings.Any(w => w.Contains("--cluster", StringComparison.Ordinal)) ? 1 : 0;
                }
                Console.WriteLine($"shared {shared:0.0} {kind,-9} told {(double)told / repetitions:0.000}, {count}");
            }
        }
    }
}
