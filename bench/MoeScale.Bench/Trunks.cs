using MoeScale.Laws;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Warnings;

namespace MoeScale.Bench;

/// <summary>
/// What runs that branch from one trunk do to intervals, at the runs of a real table: rows that differ in tokens alone
/// share a part of their noise. How often intervals of 95 % cover the truth with and without <c>--cluster</c>, and how
/// often a fit tells that rows are alike.
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
        Console.WriteLine(
            $"{repetitions} repetitions, {points[0].Length} rows in {trunks.Distinct().Count()} trunks, level 0.95; two standard errors "
                + $"of a share are {2 * Math.Sqrt(0.95 * 0.05 / repetitions):0.000}"
        );
        foreach (double shared in new[] { 0, 0.2, 0.5, 0.8 })
        {
            foreach (string kind in new[] { "profile", "clusters" })
            {
                CoverageCount count = new(law);
                int told = 0;
                for (int i = 0; i < repetitions; i++)
                {
                    Random random = new(1000 + i);
                    double Normal() =>
                        Deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
                    Dictionary<string, double> own = trunks.Distinct().ToDictionary(t => t, _ => Math.Sqrt(shared) * Normal());
                    double[] errors = [.. trunks.Select(t => own[t] + (Math.Sqrt(1 - shared) * Normal()))];
                    Fit fit = LawFitter.Run(
                        new FitRequest(LawForm.Of(law), DrawnRuns.Table(law, points, errors, trunks))
                        {
                            Options = new FitOptions { Starts = 4 },
                            Profile = kind == "profile",
                            Cluster = kind == "clusters" ? "trunk" : null,
                        }
                    );
                    count.Add(fit);
                    told += fit.Warnings.Any(w => w is FitWarning.AlikeRows) ? 1 : 0;
                }
                Console.WriteLine($"shared {shared:0.0} {kind, -9} told {(double)told / repetitions:0.000}, {count}");
            }
        }
    }

    /// <summary>
    /// How often a fit tells that rows are alike, over designs of several laws: where rows are independent, and where half of the variance
    /// is the trunk's.
    /// </summary>
    /// <param name="repetitions">Tables of each.</param>
    public static void Alarms(int repetitions)
    {
        Law joint = LawCatalog.Open("joint-2025"),
            fine = LawCatalog.Open("fine-grained-2024"),
            dense = LawCatalog.Open("chinchilla-2024");
        double[] fifteen = [.. Enumerable.Range(0, 15).Select(i => 1e8 * Math.Pow(1.4, i))];
        double[] forty = [.. Enumerable.Range(0, 40).Select(i => 1e8 * Math.Pow(1.1, i))];
        Console.WriteLine(
            $"{repetitions} tables of each; two standard errors of 0.01 are {2 * Math.Sqrt(0.01 * 0.99 / repetitions):0.000}"
        );
        foreach (
            (Law law, double[][] points) in new[]
            {
                (dense, Coverage.Grid([7e7, 2e8, 5e8, 1.4e9, 4e9, 1.6e10], [5e9, 1.5e10, 5e10, 1.5e11, 5e11])),
                (dense, Coverage.Grid(fifteen, [1e9, 3e9, 9e9, 2.7e10])),
                (dense, Coverage.Grid(forty, [1e9, 3e9, 9e9, 2.7e10])),
                (fine, Coverage.Grid([1.35e8, 4.56e8, 1.1e9, 2.1e9, 3.7e9], [1.6e10, 3.3e10, 6.6e10, 1.3e11], [1, 2, 4, 8, 16])),
                (joint, Coverage.Grid([7.9e7, 1.7e8, 4e8, 1e9, 2.7e9], [5e8, 2e9, 8e9, 3.2e10, 8e10], [1, 2, 4, 8, 16, 32])),
            }
        )
        {
            int tokens = law.Variables.ToList().FindIndex(v => v.Name == "D");
            double[][] others = [.. points.Where((_, i) => i != tokens)];
            string[] trunks = [.. Enumerable.Range(0, points[0].Length).Select(row => string.Join('x', others.Select(p => p[row])))];
            foreach (Objective objective in new[] { new Objective(), new Objective(ObjectiveKind.LogSquares) })
            {
                List<string> told = [];
                foreach (
                    (string words, double shared, double growth, bool heavy) in new[]
                    {
                        ("independent", 0.0, 1.0, false),
                        ("growing fourfold", 0, 4, false),
                        ("heavy tails", 0, 1, true),
                        ("half shared", 0.5, 1, false),
                    }
                )
                {
                    int count = Enumerable
                        .Range(0, repetitions)
                        .Select(i => Errors(points[0], trunks, shared, growth, heavy, 1000 + i))
                        .Count(errors => IsTold(law, points, trunks, objective, errors));
                    told.Add($"{words} {(double)count / repetitions:0.000}");
                }
                string design = $"{points[0].Length} rows in {trunks.Distinct().Count()} trunks";
                Console.WriteLine($"{law.Id, -18} {objective.Name, -11} {design}: {string.Join(", ", told)}");
            }
        }
    }

    private static bool IsTold(Law law, double[][] points, string[] trunks, Objective objective, double[] errors) =>
        LawFitter
            .Run(
                new FitRequest(LawForm.Of(law), DrawnRuns.Table(law, points, errors, trunks))
                {
                    Options = new FitOptions { Objective = objective, Starts = 4 },
                    Profile = false,
                }
            )
            .Warnings.Any(w => w is FitWarning.AlikeRows);

    /// <summary>A part of the variance is the trunk's; heavy tails are Student's t with three degrees of freedom.</summary>
    private static double[] Errors(double[] size, string[] trunks, double shared, double growth, bool heavy, int seed)
    {
        Random random = new(seed);
        double least = size.Min(),
            span = Math.Log(size.Max() / least);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        double Tail() => heavy ? Math.Sqrt(1 / ((Square(Normal()) + Square(Normal()) + Square(Normal())) / 3)) : 1;
        Dictionary<string, double> own = trunks.Distinct().ToDictionary(t => t, _ => Math.Sqrt(shared) * Normal());
        double Error(string trunk) => Deviation * (own[trunk] + (Math.Sqrt(1 - shared) * Normal() * Tail()));
        return [.. trunks.Select((t, i) => Error(t) * Math.Pow(growth, (Math.Log(size[i] / least) / span) - 0.5))];
    }

    private static double Square(double x) => x * x;
}
