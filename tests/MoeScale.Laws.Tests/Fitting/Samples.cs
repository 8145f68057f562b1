using System.Globalization;
using System.Text;
using MoeScale.Formulas;
using MoeScale.Laws.Fitting;
using MoeScale.Laws.Fitting.Problem;
using MoeScale.Laws.Procedure;
using MoeScale.Laws.Runs;
using MoeScale.Laws.Tests.Runs;

namespace MoeScale.Laws.Tests.Fitting;

/// <summary>Rows to fit: from columns, from designs of the papers, and from the tables in the folder that MOESCALE_DATA names.</summary>
internal static class Samples
{
    public static readonly Objective Squares = new(ObjectiveKind.Squares);

    /// <summary>A form of a bare formula.</summary>
    public static LawForm Form(string formula, params string[] letters) => LawForm.Of(Parser.ParseNumber(formula, "test"), letters);

    /// <summary>Rows with a letter for each column, and what was observed.</summary>
    public static FitRows Rows(
        IReadOnlyList<(string Letter, double[] Values)> columns,
        double[] observed,
        params (string Name, string[] Texts)[] others
    )
    {
        StringBuilder text = new();
        text.AppendJoin(',', [.. columns.Select(c => c.Letter), "loss", .. others.Select(o => o.Name)]).Append('\n');
        for (int i = 0; i < observed.Length; i++)
        {
            text.AppendJoin(',', [.. columns.Select(c => Digits(c.Values[i])), Digits(observed[i]), .. others.Select(o => o.Texts[i])])
                .Append('\n');
        }
        RunTable table = Tables.Read(text.ToString());
        FitColumns letters = new([.. columns.Select(c => Column(c.Letter, $"{c.Letter} + 0"))], Column("loss", "loss"));
        return FitRows.Take(table, letters);
    }

    /// <summary>Rows of a law at points, with losses that are the law's times a factor e^noise.</summary>
    public static FitRows Drawn(Law law, IReadOnlyList<double[]> points, Func<double>? noise = null)
    {
        CompiledFormula formula = law.Compile();
        double[] observed =
        [
            .. Enumerable
                .Range(0, points[0].Length)
                .Select(i => formula.Evaluate([.. points.Select(p => p[i])]) * Math.Exp(noise?.Invoke() ?? 0)),
        ];
        return Rows([.. law.Variables.Select((v, k) => (v.Name, points[k]))], observed);
    }

    /// <summary>Every combination of some values, a column for each.</summary>
    public static IReadOnlyList<double[]> Grid(params double[][] values)
    {
        int count = values.Aggregate(1, (n, v) => n * v.Length);
        double[][] columns = [.. values.Select(_ => new double[count])];
        for (int i = 0; i < count; i++)
        {
            int rest = i;
            for (int k = 0; k < values.Length; k++)
            {
                columns[k][i] = values[k][rest % values[k].Length];
                rest /= values[k].Length;
            }
        }
        return columns;
    }

    /// <summary>A grid over N, D and E of the kind that the joint MoE law was fitted to.</summary>
    public static IReadOnlyList<double[]> JointGrid =>
        Grid([8e7, 1.7e8, 4e8, 1e9, 2.7e9], [1e9, 4e9, 1.6e10, 6.4e10], [1, 2, 4, 8, 16, 32]);

    /// <summary>Normal deviates of a seed.</summary>
    public static Func<double> Normal(int seed, double deviation)
    {
        Random random = new(seed);
        return () => deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }

    /// <summary>Rows of a released table; the test is skipped where there is none.</summary>
    public static FitRows Released(string file, Law law, string? where = null, params string[] map)
    {
        RunTable table = RunTable.Read(DataFile(file));
        FitColumns columns = ColumnMap.Parse(table, map).For(law);
        return FitRows.Take(table, columns, where is null ? null : RunFilter.Parse(where, "--where").Select(table));
    }

    /// <summary>Rows of a released table for a bare formula, and its form; the test is skipped where there is no table.</summary>
    public static FitRows Released(string file, string formula, string? where, string[] map, out LawForm form)
    {
        RunTable table = RunTable.Read(DataFile(file));
        Expression bare = Parser.ParseNumber(formula, "test");
        FitColumns columns = ColumnMap.Parse(table, map).For(bare);
        form = LawForm.Of(bare, [.. columns.Letters.Select(l => l.Name)]);
        return FitRows.Take(table, columns, where is null ? null : RunFilter.Parse(where, "--where").Select(table));
    }

    /// <summary>Columns of a table beside the released ones, in the papers' facts.</summary>
    public static IReadOnlyList<double[]> Facts(string file, Func<Func<string, double>, bool> where, params string[] columns)
    {
        string path = DataFile(Path.Combine("..", "facts", file));
        if (!File.Exists(path))
        {
            Assert.Skip($"{file} is not beside the folder that MOESCALE_DATA names.");
        }
        string[][] lines = [.. File.ReadAllLines(path).Select(l => l.Split(','))];
        Func<string, double>[] rows =
        [
            .. lines
                .Skip(1)
                .Select(cells =>
                    (Func<string, double>)(name => double.Parse(cells[Array.IndexOf(lines[0], name)], CultureInfo.InvariantCulture))
                ),
        ];
        rows = [.. rows.Where(where)];
        return [.. columns.Select(c => rows.Select(r => r(c)).ToArray())];
    }

    /// <summary>The objective by its definition, row by row.</summary>
    public static double ByDefinition(Objective objective, double[] predicted, double[] observed, double[]? weights)
    {
        double sum = 0;
        for (int i = 0; i < observed.Length; i++)
        {
            double r = Math.Abs(objective.IsLog ? Math.Log(predicted[i]) - Math.Log(observed[i]) : predicted[i] - observed[i]);
            sum +=
                (weights?[i] ?? 1)
                * objective.Kind switch
                {
                    ObjectiveKind.Huber or ObjectiveKind.LogHuber => r <= objective.Delta
                        ? r * r / 2
                        : objective.Delta * (r - (objective.Delta / 2)),
                    ObjectiveKind.Squares or ObjectiveKind.LogSquares => r * r,
                    _ => r,
                };
        }
        return objective.Reduce == Reduction.Mean ? sum / (weights?.Sum() ?? observed.Length) : sum;
    }

    public static double Value(this Fit fit, string name) => fit.Coefficients.Single(c => c.Name == name).Value;

    private static Variable Column(string name, string formula) => new(name, formula, Parser.ParseNumber(formula, "test"), "");

    private static string Digits(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string DataFile(string name)
    {
        string? folder = Environment.GetEnvironmentVariable("MOESCALE_DATA");
        if (string.IsNullOrEmpty(folder))
        {
            Assert.Skip($"MOESCALE_DATA is not set: it names the folder that holds {name}.");
        }
        return Path.Combine(folder!, name);
    }
}
