using System.Globalization;
using System.Text;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Fitting.Searching;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Tests.Runs;

namespace MoeScale.Laws.Tests.Fitting;

/// <summary>Tables of runs whose losses a known law gives, perhaps with noise.</summary>
internal static class SyntheticRuns
{
    public const string Chinchilla = "chinchilla-2024";

    /// <summary>Fewer starting points than usual: these problems have one optimum, which most of them find.</summary>
    public static FitOptions Quick(Objective? objective = null) =>
        new() { Objective = objective ?? new Objective(ObjectiveKind.LogSquares), Starts = 16 };

    /// <summary>A grid of sizes and tokens for each, with the losses of a law of N and D.</summary>
    /// <param name="law">A catalog law over active_params and tokens.</param>
    /// <param name="noise">Standard deviation of ln L.</param>
    /// <param name="count">Values of N and of D, each.</param>
    /// <param name="seed">Of the noise.</param>
    /// <param name="extra">One more column: its name, and its text for each row.</param>
    public static RunTable Grid(Law law, double noise = 0, int count = 6, int seed = 1, (string Name, Func<int, string> Text)? extra = null)
    {
        StringBuilder csv = new($"active_params,tokens,loss{(extra is null ? "" : "," + extra.Value.Name)}\n");
        Func<double> normal = Samples.Normal(seed, noise);
        for (int i = 0; i < count * count; i++)
        {
            double n = 1e8 * Math.Pow(2, i % count),
                d = 1e9 * Math.Pow(3, i / count);
            csv.AppendLine(Line(n, d, law.Evaluate(n, d) * Math.Exp(normal()), extra is null ? null : extra.Value.Text(i)));
        }
        return Tables.Read(csv.ToString());
    }

    /// <summary>Runs at some budgets 6·N·D, each at sizes around the law's optimum.</summary>
    /// <param name="law">L = E + A/N^α + B/D^β.</param>
    /// <param name="budgets">In FLOPs.</param>
    /// <param name="offsets">ln(N/N_opt) of each run, for a budget.</param>
    /// <param name="noise">Standard deviation of L.</param>
    public static RunTable IsoFlop(Law law, IReadOnlyList<double> budgets, Func<double, IEnumerable<double>> offsets, double noise = 0)
    {
        StringBuilder csv = new("active_params,tokens,loss\n");
        Func<double> normal = Samples.Normal(1, noise);
        foreach (double budget in budgets)
        {
            foreach (double offset in offsets(budget))
            {
                double n = OptimalSize(law, budget) * Math.Exp(offset),
                    d = budget / 6 / n;
                csv.AppendLine(Line(n, d, law.Evaluate(n, d) + normal()));
            }
        }
        return Tables.Read(csv.ToString());
    }

    /// <summary>N where α·A·N^−α = β·B·D^−β at 6·N·D = C.</summary>
    public static double OptimalSize(Law law, double budget)
    {
        IReadOnlyDictionary<string, double> c = law.CoefficientValues;
        double alpha = c["α"],
            beta = c["β"];
        return Math.Pow(alpha * c["A"] / (beta * c["B"]), 1 / (alpha + beta)) * Math.Pow(budget / 6, beta / (alpha + beta));
    }

    /// <summary>The catalog's Chinchilla law with other coefficients.</summary>
    public static Law ChinchillaWith(params (string Name, double Value)[] changes)
    {
        Law law = LawCatalog.Open(Chinchilla);
        return law with
        {
            Coefficients =
            [
                .. law.Coefficients.Select(c =>
                    c with
                    {
                        Value = changes.Where(n => n.Name == c.Name).Select(n => n.Value).DefaultIfEmpty(c.Value).First(),
                    }
                ),
            ],
        };
    }

    public static FitRows Rows(RunTable table, Law law) => FitRows.Take(table, ColumnMap.Parse(table).For(law));

    public static FitRequest Request(RunTable table, Law law, Objective? objective = null) =>
        new(LawForm.Of(law), Rows(table, law)) { Options = Quick(objective) };

    private static string Line(double n, double d, double loss, string? extra = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{n:R},{d:R},{loss:R}{(extra is null ? "" : "," + extra)}");
}
